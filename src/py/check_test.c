#include "py/check.h"

#include "py/gil.h"
#include "py/runtime_testing.h"

#define CLASS "from datadog_checks.base import AgentCheck\nclass C(AgentCheck):\n"

static char mine[] = "mine"; /* the `user` of checks */

/* Modules that the tests load. */
static const struct {
    const char *path, *text;
} files[] = {
    {"good.py", CLASS " def check(self, instance):\n"
                      "  self.gauge('g', instance['v'])\n"
                      "  self.warning('first')\n  self.warning('second %d', 2)\n"},
    {"raises.py", CLASS " def check(self, instance):\n"
                        "  self.gauge('before', 1)\n  raise ValueError('it \\udc80 broke')\n"},
    {"exits.py", CLASS " def check(self, instance):\n  import sys\n"
                       "  self.warning('w')\n  sys.exit(2)\n"},
    {"interrupts.py", CLASS " def check(self, instance): raise KeyboardInterrupt\n"},
    {"none.py", CLASS " def run(self): return None\n"},
    {"bytes_run.py", CLASS " def run(self): return b''\n"},
    {"words.py", CLASS " def run(self):\n  self.warning('w')\n  return 'not OK'\n"},
    {"odd_json.py", CLASS " def run(self): return '[1]'\n"},
    {"surrogate.py", CLASS " def run(self): return '\\udc80'\n"},
    {"warns.py",
     CLASS " def get_warnings(self): return ['a', 1, b'b', None, '\\udc80', 'c']\n"},
    {"warns_tuple.py", CLASS " def get_warnings(self): return ('a',)\n"},
    {"warns_raise.py", CLASS " def get_warnings(self): raise ValueError('no list')\n"},
    {"diagnoses.py", CLASS " def get_diagnoses(self): return '[{\"result\": 0}]'\n"},
    {"diagnoses_raise.py",
     CLASS " def get_diagnoses(self):\n"
           "  raise ValueError('\"q\" \\\\ \\b\\f\\r\\t\\x01\\x1f\\x7f \\u00e9/')\n"},
    {"diagnoses_odd.py", CLASS " def get_diagnoses(self): return '\\ud800'\n"},
    {"diagnoses_bytes.py", CLASS " def get_diagnoses(self): return b'[]'\n"},
    {"diagnoses_none.py", CLASS " def get_diagnoses(self): return None\n"},
    {"cancels.py", "from aggregator import submit_metric\n" CLASS
                   " check_id = ''\n def __init__(self, **k): pass\n"
                   " def tell(self, name): submit_metric(self, 'id:1', 0, name, 1.0, [], '')\n"
                   " def cancel(self): self.tell('cancelled')\n"
                   " def __del__(self): self.tell('deleted')\n"},
    {"suicidal.py", "from cancels import C\n"
                    "class D(C):\n"
                    " def cancel(self):\n"
                    "  self.tell('before')\n  free_doomed()\n  self.tell('after')\n"
                    " def run(self):\n  self.cancel()\n  return ''\n"},
    {"cancel_raises.py", CLASS " def cancel(self): raise OSError('no')\n"},
    {"slow.py", CLASS " def check(self, instance):\n  import time\n"
                      "  global inside, most\n  inside += 1\n  most = max(most, inside)\n"
                      "  time.sleep(0.001)\n  inside -= 1\n"
                      "inside = most = 0\n"},
    {"hoards.py", CLASS " kept = []\n def check(self, instance):\n"
                        "  self.kept.append(bytearray(100000))\n"},
    {"threads.py", "import threading\n" CLASS " def check(self, instance):\n"
                   "  t = threading.Thread(target=self.gauge, args=('other', 1))\n"
                   "  t.start()\n  t.join()\n"},
    {"floods.py", "import threading\n" CLASS " def check(self, instance):\n"
                  "  global thread\n  thread = threading.Thread(target=self.flood)\n"
                  "  thread.start()\n"
                  " def flood(self):\n"
                  "  while not done: self.gauge('flood', 1)\n"
                  "done = False\n"},
};

static struct py_check *make(const char *name)
{
    return make_with((struct adder_check_config){.name = name, .id = "id:1", .user = mine});
}

/* ---- Run -------------------------------------------------------------------------------- */

static void a_run_submits_and_commits(void **state)
{
    struct py_check *c;
    struct adder_error err;

    (void)state;
    c = make_with((struct adder_check_config){
        .name = "good", .instance = "v: 7", .id = "good:1", .user = mine});
    must_run(c);
    assert_heard("metric mine 'good:1' g 7");
    assert_heard("commit mine 'good:1'");
    buf_clear(&heard);
    assert_int_equal(check_run(c, ADDER_NO_COMMIT, &err), 0);
    assert_heard("metric mine 'good:1' g 7");
    assert_false(was_heard("commit mine 'good:1'"));
    assert_int_equal(check_run(c, (enum adder_run_mode)77, &err), -1);
    assert_string_equal(err.message, "there is no run mode 77");
    assert_int_equal(err.code, ADDER_INVALID);
    check_free(c);
}

static void failures_of_runs_are_told_apart(void **state)
{
    static const struct {
        const char *name;
        enum adder_code code;
        const char *message, *traceback; /* which holds it; NULL: there is none */
    } cases[] = {
        {"raises", ADDER_CHECK, "it \\udc80 broke", "raise ValueError"},
        {"words", ADDER_CHECK, "not OK", NULL},
        {"odd_json", ADDER_CHECK, "[1]", NULL},
        {"surrogate", ADDER_CHECK, "\\udc80", NULL},
        {"exits", ADDER_PYTHON, "error invoking 'run' method: SystemExit: 2", "sys.exit(2)"},
        {"interrupts", ADDER_PYTHON, "error invoking 'run' method: KeyboardInterrupt",
         "raise KeyboardInterrupt"},
        {"none", ADDER_PYTHON, "error invoking 'run' method: it returned NoneType, not str",
         NULL},
        {"bytes_run", ADDER_PYTHON, "error invoking 'run' method: it returned bytes, not str",
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct py_check *c = make(cases[i].name);
        struct adder_error err;

        buf_clear(&heard);
        assert_int_equal(check_run(c, ADDER_COMMIT, &err), -1);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.code, cases[i].code);
        if (cases[i].traceback != NULL)
            assert_non_null(strstr(err.traceback, cases[i].traceback));
        else
            assert_string_equal(err.traceback, "");
        assert_int_equal(was_heard("commit mine 'id:1'"), cases[i].code == ADDER_CHECK);
        assert_int_equal(was_heard("discard mine 'id:1'"), cases[i].code == ADDER_PYTHON);
        check_free(c);
    }
}

static void *run_often(void *check)
{
    struct adder_error err;

    for (int i = 0; i < 10; i++)
        if (check_run(check, ADDER_COMMIT, &err) < 0)
            return check;
    return NULL;
}

static void threads_take_turns_also_one_that_holds_the_gil(void **state)
{
    struct adder_gil gil = {{NULL}};
    struct py_check *c = make("slow");
    pthread_t threads[3];
    struct adder_error err;
    void *failed;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_often, c), 0);
    assert_int_equal(gil_lock(&gil, &err), 0);
    assert_null(run_often(c));
    gil_unlock(&gil);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(runtime_exec("import slow; assert slow.most == 1", &err), 0);
    check_free(c);
}

static void threads_of_a_check_submit_for_it(void **state)
{
    static char other[] = "other";
    struct py_check *twin, *c;

    (void)state;
    twin = make_with((struct adder_check_config){.name = "good", .id = "id:1", .user = other});
    c = make("threads");
    buf_clear(&heard);
    must_run(c);
    assert_heard("metric mine 'id:1' other 1");
    check_free(c);
    assert_ptr_equal(py_user(str_of("id:1")), other);
    check_free(twin);
    assert_null(py_user(str_of("id:1")));
    assert_null(py_user(str_of("")));
    assert_null(py_user_here());
}

/* Nobody may be handed the user of a check that is gone: it is the program's to free then. */
static void
a_thread_that_submits_all_the_time_submits_to_nobody_once_its_check_is_gone(void **state)
{
    struct adder_gil gil = {{NULL}};
    char *user = mem_strdup("heap");
    struct adder_error err;
    struct py_check *c;

    (void)state;
    c = make_with((struct adder_check_config){.name = "floods", .id = "id:1", .user = user});
    must_run(c);
    check_free(c);
    mem_free(user);
    assert_int_equal(gil_lock(&gil, &err), 0);
    buf_clear(&heard);
    gil_unlock(&gil);
    assert_int_equal(runtime_exec("import floods, time\ntime.sleep(0.01)\n"
                                  "floods.done = True\nfloods.thread.join()",
                                  &err),
                     0);
    assert_null(strstr(heard.data, "metric heap"));
    assert_heard("metric - 'id:1' flood 1");
    buf_clear(&heard);
}

static int run_it(struct py_check *c)
{
    struct adder_error err;

    return check_run(c, ADDER_COMMIT, &err);
}

static int cancel_it(struct py_check *c)
{
    struct adder_error err;

    return check_cancel(c, &err);
}

static struct py_check *doomed;

static PyObject *free_doomed(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    check_free(doomed);
    Py_RETURN_NONE;
}

/* Lets checks call free_doomed(), as a program with a module of its own could. */
static void offer_free_doomed(void)
{
    static PyMethodDef method = {"free_doomed", free_doomed, METH_NOARGS, NULL};
    struct adder_gil gil = {{NULL}};
    struct adder_error err;
    PyObject *function;

    assert_int_equal(gil_lock(&gil, &err), 0);
    function = PyCFunction_New(&method, NULL);
    assert_int_equal(PyDict_SetItemString(PyEval_GetBuiltins(), method.ml_name, function), 0);
    Py_DECREF(function);
    gil_unlock(&gil);
}

static void a_check_freed_by_its_own_run_or_cancel_goes_when_that_ends(void **state)
{
    static const struct {
        int (*call)(struct py_check *c);
        const char *heard;
    } cases[] = {
        {run_it, "metric mine 'id:1' before 1\nmetric - 'id:1' after 1\n"
                 "commit - 'id:1'\nmetric - 'id:1' deleted 1\n"},
        {cancel_it, "metric mine 'id:1' before 1\nmetric - 'id:1' after 1\n"
                    "metric - 'id:1' deleted 1\n"},
    };

    (void)state;
    offer_free_doomed();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        doomed = make("suicidal");
        buf_clear(&heard);
        assert_int_equal(cases[i].call(doomed), 0);
        assert_string_equal(heard.data, cases[i].heard);
        assert_null(py_user(str_of("id:1")));
    }
}

/* ---- Cancel, warnings, diagnoses -------------------------------------------------------- */

static void cancel_calls_the_check(void **state)
{
    struct py_check *c = make("cancels"), *bad = make("cancel_raises");
    struct adder_error err;

    (void)state;
    buf_clear(&heard);
    assert_int_equal(check_cancel(c, &err), 0);
    assert_string_equal(heard.data, "metric mine 'id:1' cancelled 1\n");
    assert_int_equal(check_cancel(bad, &err), -1);
    assert_string_equal(err.message, "error invoking 'cancel' method: OSError: no");
    check_free(bad);
    buf_clear(&heard);
    check_free(c);
    assert_heard("metric mine 'id:1' deleted 1");
}

static char *warnings_of(struct py_check *c)
{
    struct text_reply reply;
    struct adder_error err;

    text_reply_start(&reply);
    if (check_warnings(c, &reply.reply, &err) < 0)
        fail_msg("%s", err.message);
    return buf_detach(&reply.text);
}

static void warnings_are_handed_out_once(void **state)
{
    struct py_check *c = make_with(
        (struct adder_check_config){.name = "good", .instance = "v: 1", .id = "id:1"});
    AUTOFREE char *first = NULL, *second = NULL;

    (void)state;
    must_run(c);
    first = warnings_of(c);
    second = warnings_of(c);
    assert_string_equal(first, "first\nsecond 2\n");
    assert_string_equal(second, "");
    check_free(c);
}

static void a_failed_check_has_warnings_all_the_same(void **state)
{
    struct py_check *c = make("words");
    AUTOFREE char *warnings = NULL;
    struct adder_error err;

    (void)state;
    assert_int_equal(check_run(c, ADDER_COMMIT, &err), -1);
    warnings = warnings_of(c);
    assert_string_equal(warnings, "w\n");
    check_free(c);
}

static void odd_warnings_are_skipped_and_those_of_a_broken_run_kept_back(void **state)
{
    struct py_check *odd = make("warns"), *tuple = make("warns_tuple"), *exits = make("exits"),
                    *raises = make("warns_raise");
    AUTOFREE char *texts = warnings_of(odd), *broken = NULL;
    struct adder_error err;

    (void)state;
    assert_string_equal(texts, "a\nb\nc\n");
    assert_heard("10 check 'warns': skipped a warning that is no text but int");
    assert_heard("10 check 'warns': skipped a warning that is no text but NoneType");
    assert_int_equal(check_warnings(tuple, NULL, &err), -1);
    assert_string_equal(err.message,
                        "error invoking 'get_warnings' method: it returned tuple, not list");
    assert_int_equal(check_warnings(raises, NULL, &err), -1);
    assert_string_equal(err.message,
                        "error invoking 'get_warnings' method: ValueError: no list");
    assert_int_equal(check_run(exits, ADDER_COMMIT, &err), -1);
    broken = warnings_of(exits);
    assert_string_equal(broken, "");
    check_free(raises);
    check_free(odd);
    check_free(tuple);
    check_free(exits);
}

#define NO_DIAGNOSES                                                             \
    "[{\"result\":3, \"diagnosis\": \"check's get_diagnoses() method failed\", " \
    "\"rawerror\": \"error converting 'get_diagnoses' result to string\"}]\n"

static void diagnoses_are_json_whatever_happens(void **state)
{
    static const struct {
        const char *name, *start, *end;
    } cases[] = {
        {"diagnoses", "[{\"result\": 0}]", "[{\"result\": 0}]\n"},
        {"diagnoses_raise",
         "[{\"result\":3, \"diagnosis\": \"check's get_diagnoses() method failed\", "
         "\"rawerror\": \"Traceback (most recent call last):\\n",
         "ValueError: \\\"q\\\" \\\\ \\b\\f\\r\\t\\u0001\\u001f\x7f \xc3\xa9/\\n\"}]\n"},
        {"diagnoses_none", NO_DIAGNOSES, "]\n"},
        {"diagnoses_odd", NO_DIAGNOSES, "]\n"},
        {"diagnoses_bytes", NO_DIAGNOSES, "]\n"},
        {"good", "[]\n", "[]\n"}, /* the base's own */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct py_check *c = make(cases[i].name);
        struct text_reply reply;
        struct adder_error err;

        text_reply_start(&reply);
        assert_int_equal(check_diagnoses(c, &reply.reply, &err), 0);
        assert_int_equal(strncmp(reply.text.data, cases[i].start, strlen(cases[i].start)), 0);
        assert_string_equal(reply.text.data + reply.text.len - strlen(cases[i].end),
                            cases[i].end);
        buf_free(&reply.text);
        check_free(c);
    }
}

/* ---- Memory and the end ----------------------------------------------------------------- */

static void what_a_check_keeps_is_on_its_account(void **state)
{
    struct py_check *c = make("hoards");
    struct adder_memory before, after;
    struct adder_error err;

    (void)state;
    must_run(c); /* the first run imports things */
    check_memory(c, &before);
    must_run(c);
    check_memory(c, &after);
    assert_in_range(after.python.inuse_bytes - before.python.inuse_bytes, 100000, 110000);
    assert_int_equal(runtime_exec("import hoards; hoards.C.kept.pop()", &err), 0);
    check_memory(c, &after);
    assert_in_range(before.python.inuse_bytes - after.python.inuse_bytes + 10000, 0, 20000);
    check_free(c);
}

static void checks_outlive_their_runtime_and_answer_that_it_is_down(void **state)
{
    struct adder_runtime_options o = hearing_options();
    struct adder_check_config config = {.name = "good"};
    struct py_check *early = make("cancels"), *late, *none = NULL;
    struct adder_error err;

    (void)state;
    late = make_with((struct adder_check_config){.name = "cancels", .id = "id:2"});
    runtime_stop();
    assert_int_equal(check_run(early, ADDER_COMMIT, &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
    assert_string_equal(err.message, "the Python runtime is not running");
    assert_int_equal(check_new(&config, &none, &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
    assert_null(none);
    assert_int_equal(check_cancel(early, &err), -1);
    assert_int_equal(check_warnings(early, NULL, &err), -1);
    assert_int_equal(check_diagnoses(early, NULL, &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
    buf_clear(&heard);
    check_free(early);
    assert_false(was_heard("metric - 'id:1' deleted 1"));
    assert_int_equal(runtime_start(&o, &err), 0);
    assert_heard("metric - 'id:1' deleted 1");
    assert_int_equal(check_run(late, ADDER_COMMIT, &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
    assert_string_equal(err.message, "the runtime of check 'cancels' has ended");
    check_free(late);
}

static int set_up(void **state)
{
    (void)state;
    hearing_begin();
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        scratch_write(files[i].path, files[i].text);
    hearing_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_submits_and_commits),
        cmocka_unit_test(failures_of_runs_are_told_apart),
        cmocka_unit_test(threads_take_turns_also_one_that_holds_the_gil),
        cmocka_unit_test(threads_of_a_check_submit_for_it),
        cmocka_unit_test(
            a_thread_that_submits_all_the_time_submits_to_nobody_once_its_check_is_gone),
        cmocka_unit_test(a_check_freed_by_its_own_run_or_cancel_goes_when_that_ends),
        cmocka_unit_test(cancel_calls_the_check),
        cmocka_unit_test(warnings_are_handed_out_once),
        cmocka_unit_test(a_failed_check_has_warnings_all_the_same),
        cmocka_unit_test(odd_warnings_are_skipped_and_those_of_a_broken_run_kept_back),
        cmocka_unit_test(diagnoses_are_json_whatever_happens),
        cmocka_unit_test(what_a_check_keeps_is_on_its_account),
        cmocka_unit_test(checks_outlive_their_runtime_and_answer_that_it_is_down),
    };

    return cmocka_run_group_tests_name("check", tests, set_up, tear_down);
}
