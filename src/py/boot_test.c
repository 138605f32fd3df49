#include "py/boot.h"

#include "py/runtime_testing.h"

#define VERSION BACKEND_PYTHON_VERSION

/* A virtual environment of the right Python with nothing installed. */
static char empty_venv[128];

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

static void note_key(void *ctx, struct adder_str key, struct adder_reply *ret)
{
    (void)ctx, (void)ret;
    buf_printf(&heard, "config %.*s\n", STR_ARG(key));
}

/* The base asks while it is imported, so answers must be there already. */
static int start_is_asked_for_settings(struct adder_error *err)
{
    static const char *const keys[] = {"log_level", "use_boringssl", "integration_tracing",
                                       "integration_profiling"};
    static const struct adder_facts facts = {.config = note_key};

    if (runtime_start(&(struct adder_runtime_options){.facts = &facts}, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        AUTOFREE char *line = mem_printf("config %s\n", keys[i]);

        if (strstr(heard.data, line) == NULL)
            return err_set(err, ADDER_STATE, "nobody asked for %s", keys[i]);
    }
    return 0;
}

#if PY_HAS_DISTUTILS
static int start_with_distutils(const char *before, const char *expected,
                                struct adder_error *err)
{
    const char *now;

    setenv("SETUPTOOLS_USE_DISTUTILS", before, 1);
    if (runtime_start(&(struct adder_runtime_options){.sink = NULL}, err) < 0)
        return -1;
    now = getenv("SETUPTOOLS_USE_DISTUTILS");
    if (now == NULL || strcmp(now, expected) != 0)
        return err_set(err, ADDER_STATE, "distutils of %s", now != NULL ? now : "nobody");
    return 0;
}

static int start_chooses_distutils(struct adder_error *err)
{
    return start_with_distutils("", "stdlib", err);
}

static int start_leaves_the_choice_of_distutils(struct adder_error *err)
{
    return start_with_distutils("local", "local", err);
}
#endif

static int start_for_other_venv(struct adder_error *err)
{
    struct adder_runtime_options o = hearing_options();

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
    struct adder_runtime_options o = hearing_options();

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
    static int (*const cases[])(struct adder_error * err) = {
        start_twice,
        start_with_home,
        start_with_procfs_path,
        start_is_asked_for_settings,
#if PY_HAS_DISTUTILS
        start_chooses_distutils,
        start_leaves_the_choice_of_distutils,
#endif
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct adder_error err = in_child(cases[i]);

        if (err.code != ADDER_OK)
            fail_msg("%s\n%s", err.message, err.traceback);
    }
}

/* ---- Set-up ----------------------------------------------------------------------------- */

static int set_up(void **state)
{
    AUTOFREE char *link = NULL;

    (void)state;
    hearing_begin();
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
        cmocka_unit_test(refuses_what_cannot_start_and_says_what_to_do),
        cmocka_unit_test(says_what_the_python_lacks),
        cmocka_unit_test(starts_where_it_can),
    };

    return cmocka_run_group_tests_name("boot", tests, set_up, tear_down);
}
