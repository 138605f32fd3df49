#include "py/modules_testing.h"

/* What the command does next. */
static struct {
    const char *out, *errout; /* NULL: no reply */
    int code;
    const char *error; /* NULL: none */
} next;

static void hear_list(const char *const *texts)
{
    if (texts == NULL) {
        buf_add_str(&heard, " -");
        return;
    }
    buf_add_str(&heard, " [");
    for (; *texts != NULL; texts++)
        hear_text(str_of(*texts));
    buf_add_str(&heard, " ]");
}

static int subprocess(void *ctx, const struct adder_command *command, struct adder_reply *out,
                      struct adder_reply *errout, int *code, struct adder_error *err)
{
    (void)ctx;
    hear_call_without_gil("run");
    hear_list(command->argv);
    hear_list(command->env);
    if (next.out != NULL)
        adder_reply(out, next.out, strlen(next.out));
    if (next.errout != NULL)
        adder_reply(errout, next.errout, strlen(next.errout));
    *code = next.code;
    return next.error != NULL ? err_set(err, ADDER_SYSTEM, "%s", next.error) : 0;
}

static int start(void **state)
{
    (void)state;
    python_start();
    py_runtime()->facts.subprocess = subprocess;
    prepare("from _util import *\n"
            "run = get_subprocess_output\n");
    return 0;
}

/* ---- Tests ------------------------------------------------------------------------------ */

static void arguments_are_checked_in_order(void **state)
{
    static const struct row rows[] = {
        {"subprocess_output()",
         "TypeError: get_subprocess_output() missing required argument 'command' (pos 1)"},
        {"get_subprocess_output(raise_on_empty=True)",
         "TypeError: get_subprocess_output() missing required argument 'command' (pos 1)"},
        {"run([], False, {})", "TypeError: get_subprocess_output() takes at most 2 positional "
                               "arguments (3 given)"},
        {"run('ls', 1, env=1)", "TypeError: command args is not a list"},
        {"run(('ls',))", "TypeError: command args is not a list"},
        {"run(None)", "TypeError: command args is not a list"},
        {"run([], 1, env=1)", "TypeError: invalid command: empty list"},
        {"run(['ls', 123], 1, env=1)", "TypeError: command argument must be valid strings"},
        {"run(['ls', '\\ud800'])", "TypeError: command argument must be valid strings"},
        {"run(['ls'], 1, env=1)", "TypeError: env is not a dict"},
        {"run(['ls'], 1, env=[])", "TypeError: env is not a dict"},
        {"run(['ls'], 1, env={1: 'a'})", "TypeError: env key is not a string"},
        {"run(['ls'], 1, env={'a': 'b', 'c': 1})", "TypeError: env value is not a string"},
        {"run(['ls'], 1, env={'a': 'b'})",
         "TypeError: bad raise_on_empty argument: should be bool"},
        {"run(['ls'], 0)", "TypeError: bad raise_on_empty argument: should be bool"},
        {"run(['ls'], None)", "TypeError: bad raise_on_empty argument: should be bool"},
        {"run([None])", "TypeError: command argument must be valid strings"},
        {"run([['ls']])", "TypeError: command argument must be valid strings"},
        {"run(['ls'], env='A=1')", "TypeError: env is not a dict"},
        {"run(['ls'], env={'a': None})", "TypeError: env value is not a string"},
        {"run(['ls'], env={'\\ud800': 'a'})", "TypeError: env key is not a string"},
        {"try: run(['ls'], timeout=1)\nexcept TypeError: pass", ""},
        {"try: run(['ls'], command=['ls'])\nexcept TypeError: pass", ""},
        {"run(['ls'], raise_on_empty='no')",
         "TypeError: bad raise_on_empty argument: should be bool"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void commands_and_environments_reach_the_host(void **state)
{
    static const struct row rows[] = {
        {"run(['ls', '-l', b'x', '\\u00e9', ''])",
         "run [ 'ls' '-l' 'x' '\xc3\xa9' '' ] -; = ('/tmp', '', 0)"},
        {"subprocess_output(command=['ls'], raise_on_empty=True, env=None)",
         "run [ 'ls' ] -; = ('/tmp', '', 0)"},
        {"run(['ls'], True, env={})", "run [ 'ls' ] -; = ('/tmp', '', 0)"},
        {"run(['e\\0f'], env={'FOO': 'BAR', b'BAZ': 'QUX\\0cut', 'E': ''})",
         "run [ 'e' ] [ 'FOO=BAR' 'BAZ=QUX' 'E=' ]; = ('/tmp', '', 0)"},
        {"_util.subprocess_output is _util.get_subprocess_output", "= False"},
    };

    (void)state;
    next.out = "/tmp", next.errout = "", next.code = 0, next.error = NULL;
    python_rows(rows, ARRAY_LEN(rows));
}

#define RUN   "run [ 'ls' ] -; "
#define EMPTY "SubprocessOutputEmptyError: get_subprocess_output expected output but had none."

static void results_and_failures_come_back(void **state)
{
    static const struct {
        const char *out, *errout;
        int code;
        const char *error, *expected, *expected_when_raising;
    } cases[] = {
        {"o", "some error", 21, NULL, RUN "= ('o', 'some error', 21)",
         RUN "= ('o', 'some error', 21)"},
        {"/tmp", "some error", 0, NULL, RUN "= ('/tmp', 'some error', 0)",
         RUN "= ('/tmp', 'some error', 0)"},
        {"/tmp", "", 21, NULL, RUN "= ('/tmp', '', 21)", RUN "= ('/tmp', '', 21)"},
        {"o\xff", "\xc3", 0, NULL, RUN "= ('o\xef\xbf\xbd', '\xef\xbf\xbd', 0)",
         RUN "= ('o\xef\xbf\xbd', '\xef\xbf\xbd', 0)"},
        {"", "e", 1, NULL, RUN "= ('', 'e', 1)", RUN EMPTY},
        {NULL, NULL, -1, NULL, RUN "= (None, None, -1)", RUN EMPTY},
        {"o", "", 0, "broken", RUN "Exception: broken", RUN "Exception: broken"},
        {"", "", 0, "", RUN "Exception: ", RUN EMPTY},
        {"", "", 0, "broken", RUN "Exception: broken", RUN EMPTY},
        /* A command that did not start has no output: the Agent's crashes here. */
        {NULL, NULL, 0, "no such file", RUN "Exception: no such file",
         RUN "Exception: no such file"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        next.out = cases[i].out, next.errout = cases[i].errout;
        next.code = cases[i].code, next.error = cases[i].error;
        python_rows(&(struct row){"run(['ls'])", cases[i].expected}, 1);
        python_rows(&(struct row){"run(['ls'], True)", cases[i].expected_when_raising}, 1);
    }
}

static void the_exception_is_a_class_that_can_be_replaced(void **state)
{
    static const struct row rows[] = {
        {"SubprocessOutputEmptyError", "= <class '_util.SubprocessOutputEmptyError'>"},
        {"SubprocessOutputEmptyError.__bases__", "= (<class 'Exception'>,)"},
        {"try: run(['ls'], True)\nexcept Exception as e: caught = type(e)", "run [ 'ls' ] -"},
        {"caught is SubprocessOutputEmptyError", "= True"},
        {"_util.SubprocessOutputEmptyError = OSError\nrun(['ls'], True)",
         RUN "OSError: get_subprocess_output expected output but had none."},
        {"del _util.SubprocessOutputEmptyError\nrun(['ls'], True)",
         RUN "TypeError: no attribute '_util.SubprocessOutputEmptyError' found"},
        {"class Own: SubprocessOutputEmptyError = KeyError\n"
         "sys.modules['_util'] = Own\nrun(['ls'], True)",
         RUN "KeyError: 'get_subprocess_output expected output but had none.'"},
        {"sys.modules['_util'] = None\nrun(['ls'], True)",
         RUN "TypeError: error: no module '_util'"},
    };

    (void)state;
    next.out = "", next.errout = "", next.error = NULL;
    python_rows(rows, ARRAY_LEN(rows));
}

static void no_memory_is_an_exception(void **state)
{
    static const char code[] = "run(['ls', '-l'], env={'A': 'B'})";
    long n = 0;

    (void)state;
    next.out = "out", next.errout = "err", next.code = 0, next.error = NULL;
    for (bool failed = true; failed; n++) {
        long before = mem_live();
        char *got;

        mem_fail_at(n);
        got = mem_strdup(python_run(code));
        failed = mem_failed();
        mem_fail_at(-1);
        if (got != NULL && failed)
            assert_non_null(strstr(got, "MemoryError: "));
        mem_free(got);
        assert_int_equal(mem_live(), before);
    }
    assert_in_range(n, 8, 20);
}

static void without_a_host_arguments_are_checked_all_the_same(void **state)
{
    static const struct row rows[] = {
        {"run(['ls'])", ""},
        {"run('ls')", "TypeError: command args is not a list"},
        {"run(['ls'], 1)", "TypeError: bad raise_on_empty argument: should be bool"},
    };

    (void)state;
    py_runtime()->facts.subprocess = NULL;
    python_rows(rows, ARRAY_LEN(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_checked_in_order),
        cmocka_unit_test(commands_and_environments_reach_the_host),
        cmocka_unit_test(results_and_failures_come_back),
        cmocka_unit_test(no_memory_is_an_exception),
        cmocka_unit_test(the_exception_is_a_class_that_can_be_replaced),
        cmocka_unit_test(without_a_host_arguments_are_checked_all_the_same),
    };

    return cmocka_run_group_tests(tests, start, python_tear_down);
}
