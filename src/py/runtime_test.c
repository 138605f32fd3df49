#include "py/gil.h"
#include "py/runtime_testing.h"

#include <signal.h>

#define VERSION BACKEND_PYTHON_VERSION

static void must_start(const struct adder_runtime_options *o)
{
    struct adder_error err;

    if (runtime_start(o, &err) < 0)
        fail_msg("%s\n%s", err.message, err.traceback);
}

static void has_a_real_python_and_isolates_it(void **state)
{
    struct adder_runtime_options o = hearing_options();
    struct adder_error err;

    (void)state;
    must_start(&o);
    assert_int_equal(strncmp(runtime_python()->version, VERSION ".", strlen(VERSION) + 1), 0);
    assert_int_equal(strncmp(runtime_python()->banner, "3.", 2), 0);
    assert_null(strchr(runtime_python()->banner, '\n'));
    assert_string_equal(runtime_python()->executable, BACKEND_VENV "/bin/python");
    assert_non_null(strstr(runtime_python()->path, scratch));
    if (runtime_exec("import sys, os\n"
                     "assert sys.prefix == '" BACKEND_VENV "', sys.prefix\n"
                     "assert os.access(sys.executable, os.X_OK)\n"
                     "assert sys.flags.utf8_mode == 1 and sys.flags.isolated == 1\n"
                     "assert '' not in sys.path\n"
                     "assert not sys.dont_write_bytecode\n"
                     "assert sys.argv == [''], sys.argv\n"
                     "from datadog_checks.base import agent\n"
                     "assert agent.AGENT_RUNNING\n"
                     "assert agent.aggregator.__spec__.origin == 'built-in'\n",
                     &err) < 0)
        fail_msg("%s\n%s", err.message, err.traceback);
    assert_int_equal(runtime_start(&o, &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
    assert_string_equal(err.message, "there is a runtime in this process already");
}

static void leaves_signals_alone(void **state)
{
    static const int signals[] = {SIGINT, SIGPIPE, SIGTERM, SIGSEGV, SIGXFSZ};
    struct adder_runtime_options o = hearing_options();
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

static void tracebacks_show_what_led_to_an_exception(void **state)
{
    struct adder_runtime_options o = hearing_options();
    const char *first, *second;
    struct adder_error err;

    (void)state;
    must_start(&o);
    assert_int_equal(
        runtime_exec("try:\n 1 / 0\nexcept ZeroDivisionError:\n raise KeyError('k')", &err),
        -1);
    assert_string_equal(err.message, "KeyError: 'k'");
    first = strstr(err.traceback, "ZeroDivisionError: division by zero\n");
    second = strstr(err.traceback,
                    "During handling of the above exception, another exception occurred:\n");
    assert_true(first != NULL && second != NULL && first < second);
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
    struct adder_runtime_options o = hearing_options();
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
    const char *checks[] = {"/two", "three", "/one", NULL}, *python[] = {"/one", "/two", NULL};
    struct adder_runtime_options o = hearing_options();
    struct adder_error err;

    (void)state;
    o.check_paths = checks;
    o.python_path = python;
    must_start(&o);
    if (runtime_exec(
            "import os, sys\n"
            "assert sys.path[:2] == ['/environment', '/more'], sys.path\n"
            "assert sys.path[-4].endswith('site-packages'), sys.path\n"
            "assert sys.path[-3:] == ['/one', '/two', os.getcwd() + '/three'], sys.path",
            &err) < 0)
        fail_msg("%s\n%s", err.message, err.traceback);
}

static void starts_again_with_other_folders(void **state)
{
    const char *first[] = {"/first", NULL}, *second[] = {scratch, NULL};
    struct adder_runtime_options o = hearing_options();
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
    struct adder_runtime_options o = hearing_options();
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

static void says_why_integrations_cannot_be_listed(void **state)
{
    static const struct {
        const char *body, *message;
    } cases[] = {
        {"1 / 0", "error fetching wheels list: ZeroDivisionError: division by zero"},
        {"('zk',)", "'get_datadog_wheels' did not return a list"},
        {"['zk', 1]", "error sorting wheels list: TypeError: '<' not supported between "
                      "instances of 'int' and 'str'"},
    };
    struct adder_runtime_options o = hearing_options();
    struct adder_error err;

    (void)state;
    must_start(&o);
    assert_int_equal(runtime_exec("from datadog_checks.base.utils.agent import packages\n"
                                  "packages.before = packages.get_datadog_wheels",
                                  &err),
                     0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOFREE char *code =
            mem_printf("from datadog_checks.base.utils.agent import packages\n"
                       "packages.get_datadog_wheels = lambda: %s",
                       cases[i].body);

        assert_int_equal(runtime_exec(code, &err), 0);
        assert_int_equal(runtime_integrations(NULL, &err), -1);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.code, ADDER_PYTHON);
    }
    assert_int_equal(runtime_exec("from datadog_checks.base.utils.agent import packages\n"
                                  "packages.get_datadog_wheels = packages.before",
                                  &err),
                     0);
}

static void flushes_what_python_printed(void **state)
{
    struct adder_runtime_options o = hearing_options();
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
    struct adder_runtime_options o = hearing_options();

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
    struct adder_runtime_options o = hearing_options();
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

static int set_up(void **state)
{
    (void)state;
    hearing_begin();
    setenv("PYTHONPATH", ":/environment:/more", 1);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(leaves_signals_alone, stop),
        cmocka_unit_test_teardown(has_a_real_python_and_isolates_it, stop),
        cmocka_unit_test_teardown(errors_of_statements_are_values, stop),
        cmocka_unit_test_teardown(tracebacks_show_what_led_to_an_exception, stop),
        cmocka_unit_test_teardown(orders_the_folders_of_modules, stop),
        cmocka_unit_test_teardown(starts_again_with_other_folders, stop),
        cmocka_unit_test_teardown(lists_integrations_sorted, stop),
        cmocka_unit_test_teardown(says_why_integrations_cannot_be_listed, stop),
        cmocka_unit_test_teardown(flushes_what_python_printed, stop),
        cmocka_unit_test_teardown(our_own_records_follow_the_log_level_setting, stop),
        cmocka_unit_test_teardown(submits_to_nobody_when_down, stop),
    };

    return cmocka_run_group_tests_name("runtime", tests, set_up, tear_down);
}
