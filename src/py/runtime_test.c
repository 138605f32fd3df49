#include "py/gil.h"
#include "py/runtime_testing.h"

#include <signal.h>

#define VERSION BACKEND_PYTHON_VERSION

/* A virtual environment of the right Python with nothing installed. */
static char empty_venv[128];

static struct adder_runtime_options options(void)
{
    return hearing_options();
}

static void must_start(const struct adder_runtime_options *o)
{
    struct adder_error err;

    if (runtime_start(o, &err) < 0)
        fail_msg("%s\n%s", err.message, err.traceback);
}

/* ---- Before Python starts --------------------------------------------------------------- */

static void refuses_what_cannot_start_and_says_what_to_do(void **state)
{
    char plain[128], other[128], hollow[128];
    const struct {
        struct adder_runtime_options options;
        enum adder_code code;
        const char *message;
    } cases[] = {
        {{.venv = "/nonexistent/venv"},
         ADDER_NOT_FOUND,
         "there is no virtual environment '/nonexistent/venv'; make one: python" VERSION
         " -m venv '/nonexistent/venv' && '/nonexistent/venv/bin/pip' install "
         "'datadog-checks-base[deps]==38.5.0'"},
        {{.venv = plain},
         ADDER_INVALID,
         "'TMP/plain' is not a virtual environment: it has no pyvenv.cfg"},
        {{.venv = other},
         ADDER_INVALID,
         "the virtual environment 'TMP/other' is one of Python 3.1, not of Python " VERSION},
        {{.venv = hollow},
         ADDER_NOT_FOUND,
         "the virtual environment 'TMP/hollow' has no interpreter any more: "
         "'TMP/hollow/bin/python' does not lead to one; make it anew"},
        {{.venv = empty_venv, .home = "/nonexistent"},
         ADDER_NOT_FOUND,
         "'/nonexistent' is not the home of a Python " VERSION ": it has no lib/python" VERSION
         "/os.py"},
        {{.python = "/nonexistent/python"},
         ADDER_NOT_FOUND,
         "there is no interpreter '/nonexistent/python'"},
    };

    (void)state;
    snprintf(plain, sizeof(plain), "%s/plain", scratch);
    snprintf(other, sizeof(other), "%s/other", scratch);
    snprintf(hollow, sizeof(hollow), "%s/hollow", scratch);
    scratch_write("plain/file", "");
    scratch_write("other/pyvenv.cfg", "version = 3.1.4\n");
    scratch_write("hollow/pyvenv.cfg", "version = " VERSION ".0\n");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct adder_error err;

        assert_int_equal(runtime_start(&cases[i].options, &err), -1);
        assert_string_equal(without_scratch(err.message), cases[i].message);
        assert_int_equal(err.code, cases[i].code);
        assert_string_equal(err.traceback, "");
        assert_null(runtime_python());
    }
}

static int start_empty(struct adder_error *err)
{
    return runtime_start(&(struct adder_runtime_options){.venv = empty_venv}, err);
}

/* As start_empty() with the folder `name` of the scratch folder in sys.path. */
static int start_with(const char *name, struct adder_error *err)
{
    AUTOFREE char *folder = mem_printf("%s/%s", scratch, name);
    const char *folders[] = {folder, NULL};
    struct adder_runtime_options o = {.venv = empty_venv, .python_path = folders};

    return runtime_start(&o, err);
}

static int start_with_broken_base(struct adder_error *err)
{
    return start_with("broken_base", err);
}

static int start_without_yaml(struct adder_error *err)
{
    return start_with("stub_base", err);
}

static int start_with_legacy_base(struct adder_error *err)
{
    return start_with("legacy_base", err);
}

/* Fails, then has what it missed. */
static int start_twice(struct adder_error *err)
{
    if (start_empty(err) == 0)
        return err_set(err, ADDER_STATE, "started without a base");
    return start_with("full_base", err);
}

static void answer_procfs(void *ctx, struct adder_str key, struct adder_reply *ret)
{
    (void)ctx;
    if (str_is(key, "procfs_path"))
        adder_reply(ret, "/host/proc", 10);
}

static int start_with_procfs_path(struct adder_error *err)
{
    static const struct adder_facts facts = {.config = answer_procfs};
    AUTOFREE char *folder = mem_printf("%s/full_base", scratch);
    const char *folders[] = {folder, NULL};
    struct adder_runtime_options o = {
        .venv = empty_venv, .python_path = folders, .facts = &facts};

    if (runtime_start(&o, err) < 0)
        return -1;
    return runtime_exec("import psutil; assert psutil.PROCFS_PATH == '/host/proc'", err);
}

static int start_for_other_venv(struct adder_error *err)
{
    struct adder_runtime_options o = options();

    if (start_twice(err) < 0)
        return -1;
    runtime_stop();
    return runtime_start(&o, err);
}

static int start_plain_interpreter(struct adder_error *err)
{
    return runtime_start(&(struct adder_runtime_options){.python = BACKEND_PYTHON}, err);
}

static int start_with_home(struct adder_error *err)
{
    struct adder_runtime_options o = options();

    o.home = BACKEND_PYTHON_HOME;
    if (runtime_start(&o, err) < 0)
        return -1;
    return runtime_exec("import sys; assert sys.base_prefix == '" BACKEND_PYTHON_HOME "'", err);
}

static void says_what_the_python_lacks(void **state)
{
    const struct {
        int (*start)(struct adder_error *err);
        enum adder_code code;
        const char *message;
    } cases[] = {
        {start_empty, ADDER_NOT_FOUND,
         "datadog_checks.base is not installed for this Python; run: 'TMP/empty/bin/pip' "
         "install "
         "'datadog-checks-base[deps]==38.5.0'"},
        {start_without_yaml, ADDER_NOT_FOUND,
         "yaml is not installed for this Python; run: 'TMP/empty/bin/pip' install "
         "'datadog-checks-base[deps]==38.5.0'"},
        {start_with_legacy_base, ADDER_NOT_FOUND,
         "yaml is not installed for this Python; run: 'TMP/empty/bin/pip' install "
         "'datadog-checks-base[deps]==38.5.0'"},
        {start_with_broken_base, ADDER_PYTHON,
         "could not import base class: ZeroDivisionError: division by zero"},
        {start_plain_interpreter, ADDER_NOT_FOUND,
         "datadog_checks.base is not installed for this Python; run: '" BACKEND_PYTHON
         "' -m pip install 'datadog-checks-base[deps]==38.5.0'"},
        {start_for_other_venv, ADDER_STATE,
         "Python of 'TMP/empty/bin/python' runs in this process for good and cannot be "
         "replaced "
         "by that of '" BACKEND_VENV "/bin/python'"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct adder_error err = in_child(cases[i].start);

        assert_string_equal(without_scratch(err.message), cases[i].message);
        assert_int_equal(err.code, cases[i].code);
    }
}

static void starts_where_it_can(void **state)
{
    static int (*const cases[])(struct adder_error * err) = {start_twice, start_with_home,
                                                             start_with_procfs_path};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct adder_error err = in_child(cases[i]);

        if (err.code != ADDER_OK)
            fail_msg("%s\n%s", err.message, err.traceback);
    }
}

/* ---- While it runs ---------------------------------------------------------------------- */

static void has_a_real_python_and_isolates_it(void **state)
{
    struct adder_runtime_options o = options();
    struct adder_error err;

    (void)state;
    must_start(&o);
    assert_int_equal(strncmp(runtime_python()->version, VERSION ".", strlen(VERSION) + 1), 0);
    assert_null(strchr(runtime_python()->banner, '\n'));
    assert_string_equal(runtime_python()->executable, BACKEND_VENV "/bin/python");
    assert_non_null(strstr(runtime_python()->path, scratch));
    if (runtime_exec("import sys, os\n"
                     "assert sys.prefix == '" BACKEND_VENV "', sys.prefix\n"
                     "assert os.access(sys.executable, os.X_OK)\n"
                     "assert sys.flags.utf8_mode == 1 and sys.flags.isolated == 1\n"
                     "assert '' not in sys.path\n"
                     "assert not sys.dont_write_bytecode\n",
                     &err) < 0)
        fail_msg("%s\n%s", err.message, err.traceback);
    assert_int_equal(runtime_start(&o, &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
    assert_string_equal(err.message, "there is a runtime in this process already");
}

static void leaves_signals_alone(void **state)
{
    static const int signals[] = {SIGINT, SIGPIPE, SIGTERM, SIGSEGV, SIGXFSZ};
    struct adder_runtime_options o = options();
    struct sigaction before[ARRAY_LEN(signals)], after;
    struct adder_error err;

    (void)state;
    signal(SIGINT, SIG_DFL);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaction(signals[i], NULL, &before[i]);
    must_start(&o);
    assert_int_equal(runtime_exec("import signal, subprocess, asyncio", &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        sigaction(signals[i], NULL, &after);
        assert_ptr_equal(after.sa_handler, before[i].sa_handler);
    }
}

static void errors_of_statements_are_values(void **state)
{
    static const struct {
        const char *code, *message, *traceback_end;
    } cases[] = {
        {"def", "SyntaxError: invalid syntax (<string>, line 1)", ""},
        {"1 / 0", "ZeroDivisionError: division by zero",
         "ZeroDivisionError: division by zero\n"},
        {"import sys; sys.exit(3)", "SystemExit: 3", "SystemExit: 3\n"},
        {"raise SystemExit", "SystemExit", "SystemExit\n"},
        {"raise KeyboardInterrupt", "KeyboardInterrupt", "KeyboardInterrupt\n"},
        {"raise ValueError('\\udc80x')", "ValueError: \\udc80x", NULL},
        {"class E(Exception):\n def __str__(s): 1/0\nraise E", "E", NULL},
        {"x", "NameError: name 'x' is not defined", NULL},
    };
    struct adder_runtime_options o = options();
    struct adder_error err;

    (void)state;
    must_start(&o);
    assert_int_equal(runtime_exec("x = 1", &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *end = cases[i].traceback_end;

        assert_int_equal(runtime_exec(cases[i].code, &err), -1);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.code, ADDER_PYTHON);
        if (end != NULL)
            assert_string_equal(err.traceback + strlen(err.traceback) - strlen(end), end);
    }
}

static void orders_the_folders_of_modules(void **state)
{
    const char *checks[] = {"/two", "/three", "/one", NULL}, *python[] = {"/one", "/two", NULL};
    struct adder_runtime_options o = options();
    struct adder_error err;

    (void)state;
    o.check_paths = checks;
    o.python_path = python;
    must_start(&o);
    if (runtime_exec("import sys\n"
                     "assert sys.path[:2] == ['/environment', '/more'], sys.path\n"
                     "assert sys.path[-4].endswith('site-packages'), sys.path\n"
                     "assert sys.path[-3:] == ['/one', '/two', '/three'], sys.path",
                     &err) < 0)
        fail_msg("%s\n%s", err.message, err.traceback);
}

static void starts_again_with_other_folders(void **state)
{
    const char *first[] = {"/first", NULL}, *second[] = {scratch, NULL};
    struct adder_runtime_options o = options();
    struct adder_error err;

    (void)state;
    o.check_paths = first;
    must_start(&o);
    runtime_stop();
    runtime_stop();
    assert_int_equal(runtime_exec("1", &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
    assert_string_equal(err.message, "the Python runtime is not running");
    assert_null(runtime_python());
    scratch_write("datadog_checks/spanned/__init__.py", "there = True\n");
    o.check_paths = second;
    must_start(&o);
    if (runtime_exec("import sys\nassert '/first' not in sys.path\n"
                     "from datadog_checks.spanned import there",
                     &err) < 0)
        fail_msg("%s\n%s", err.message, err.traceback);
}

static void lists_integrations_sorted(void **state)
{
    struct adder_runtime_options o = options();
    struct text_reply reply;
    struct adder_error err;

    (void)state;
    scratch_write("datadog_zk-1.0.dist-info/METADATA", "Name: datadog-zk\n");
    scratch_write("datadog_my_db-2.0.dist-info/METADATA", "Name: datadog-my-db\n");
    scratch_write("datadog_a7-1.0.dist-info/METADATA", "Name: datadog-a7\n");
    scratch_write("other-1.0.dist-info/METADATA", "Name: other\n");
    must_start(&o);
    text_reply_start(&reply);
    assert_int_equal(runtime_integrations(&reply.reply, &err), 0);
    assert_string_equal(reply.text.data, "my_db\nzk\n");
    buf_free(&reply.text);
}

static void flushes_what_python_printed(void **state)
{
    struct adder_runtime_options o = options();
    AUTOFREE char *path = mem_printf("%s/printed", scratch), *text = NULL;
    AUTOFREE char *code =
        mem_printf("import sys; sys.stdout = open('%s', 'w'); print('x')", path);
    struct adder_error err;
    size_t len;

    (void)state;
    must_start(&o);
    assert_int_equal(runtime_exec(code, &err), 0);
    runtime_stop();
    assert_int_equal(file_read(path, 100, &text, &len, &err), 0);
    assert_string_equal(text, "x\n");
}

static void submits_to_nobody_when_down(void **state)
{
    struct adder_runtime_options o = options();

    (void)state;
    must_start(&o);
    assert_non_null(py_runtime()->sink.metric);
    assert_non_null(py_runtime()->facts.log);
    runtime_stop();
    assert_null(py_runtime()->sink.metric);
    assert_null(py_runtime()->facts.log);
    assert_null(py_runtime()->facts.config);
}

static void our_own_records_follow_the_log_level_setting(void **state)
{
    struct adder_runtime_options o = options();
    struct adder_gil gil = {{NULL}};
    struct adder_error err;

    (void)state;
    log_level_setting = "warn";
    must_start(&o);
    assert_int_equal(gil_lock(&gil, &err), 0);
    py_log(ADDER_LOG_INFO, "quiet %d", 1);
    py_log(ADDER_LOG_WARNING, "loud %d", 2);
    gil_unlock(&gil);
    py_log(ADDER_LOG_WARNING, "without the GIL");
    assert_heard("30 loud 2");
    assert_false(was_heard("20 quiet 1"));
    assert_false(was_heard("30 without the GIL"));
    log_level_setting = "debug";
}

/* ---- Set-up ----------------------------------------------------------------------------- */

static int set_up(void **state)
{
    AUTOFREE char *link = NULL;

    (void)state;
    hearing_begin();
    setenv("PYTHONPATH", ":/environment:/more", 1);
    snprintf(empty_venv, sizeof(empty_venv), "%s/empty", scratch);
    scratch_write("empty/pyvenv.cfg",
                  "home = " BACKEND_PYTHON_HOME "/bin\ninclude-system-site-packages = false\n");
    scratch_write("empty/bin/x", "");
    link = mem_printf("%s/bin/python", empty_venv);
    assert_int_equal(symlink(BACKEND_PYTHON, link), 0);
    scratch_write("broken_base/datadog_checks/base.py", "1 / 0\n");
    scratch_write("stub_base/datadog_checks/base.py", "class AgentCheck: pass\n");
    scratch_write("legacy_base/datadog_checks/checks.py", "class AgentCheck: pass\n");
    scratch_write("full_base/datadog_checks/base.py", "class AgentCheck: pass\n");
    scratch_write("full_base/yaml.py", "");
    scratch_write("full_base/psutil.py", "PROCFS_PATH = '/proc'\n");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(refuses_what_cannot_start_and_says_what_to_do, stop),
        cmocka_unit_test_teardown(says_what_the_python_lacks, stop),
        cmocka_unit_test_teardown(starts_where_it_can, stop),
        cmocka_unit_test_teardown(leaves_signals_alone, stop),
        cmocka_unit_test_teardown(has_a_real_python_and_isolates_it, stop),
        cmocka_unit_test_teardown(errors_of_statements_are_values, stop),
        cmocka_unit_test_teardown(orders_the_folders_of_modules, stop),
        cmocka_unit_test_teardown(starts_again_with_other_folders, stop),
        cmocka_unit_test_teardown(lists_integrations_sorted, stop),
        cmocka_unit_test_teardown(flushes_what_python_printed, stop),
        cmocka_unit_test_teardown(our_own_records_follow_the_log_level_setting, stop),
        cmocka_unit_test_teardown(submits_to_nobody_when_down, stop),
    };

    return cmocka_run_group_tests_name("runtime", tests, set_up, tear_down);
}
