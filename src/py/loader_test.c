#include "py/loader.h"

#include "py/gil.h"
#include "py/runtime_testing.h"

#define IMPORT "from datadog_checks.base import AgentCheck\n"

/* Modules that the tests load. */
static const struct {
    const char *path, *text;
} files[] = {
    {"datadog_checks/wheel/__init__.py",
     "from .check import WheelCheck\n__version__ = '1.2.3'\n"},
    {"datadog_checks/wheel/check.py", IMPORT "class WheelCheck(AgentCheck): pass\n"},
    {"wheel.py", IMPORT "class Shadowed(AgentCheck): pass\n"},
    {"plain.py", IMPORT "class PlainCheck(AgentCheck): pass\n__version__ = 7\n"},
    {"adder_checks/shipped.py", IMPORT "class ShippedCheck(AgentCheck): pass\n"},
    {"adder_checks/io.py", IMPORT "class IOCheck(AgentCheck): pass\n"},
    {"bytes_version.py", IMPORT "class C(AgentCheck): pass\n__version__ = b'1.0'\n"},
    {"odd_version.py", IMPORT "class C(AgentCheck): pass\n__version__ = '\\ud800'\n"},
    {"later.py",
     "import sys\nif not hasattr(sys, 'it_is_later'): raise KeyError('soon')\n" IMPORT
     "class LaterCheck(AgentCheck): pass\n"},
    {"leaf.py", IMPORT "class A(AgentCheck): pass\nclass B(A): pass\nclass C(B): pass\n"},
    {"several.py", IMPORT "class Second(AgentCheck): pass\nclass First(AgentCheck): pass\n"},
    {"own_first.py", "from plain import PlainCheck as AAA\nfrom leaf import C as B\n" IMPORT
                     "class Zebra(AgentCheck): pass\n"},
    {"derives.py", "from plain import PlainCheck\nclass Derived(PlainCheck): pass\n"},
    {"imports_only.py", "from plain import PlainCheck\n"},
    {"package/__init__.py",
     "from plain import PlainCheck\nfrom .sub.deep import PackageCheck\n"},
    {"package/sub/__init__.py", ""},
    {"package/sub/deep.py", IMPORT "class PackageCheck(AgentCheck): pass\n"},
    {"hides.py", IMPORT "class Real(AgentCheck): pass\n"
                        "class Meta(type):\n def __instancecheck__(c, o): 1/0\n"
                        " def __subclasscheck__(c, o): 1/0\n"
                        "class Angry(metaclass=Meta): pass\n"
                        "def __getattr__(name): raise RuntimeError(name)\n"
                        "def __dir__(): return ['Absent', 'Angry', 'Real']\n"},
    {"lazy.py", "def __getattr__(name): raise RuntimeError('cannot make ' + name)\n"
                "def __dir__(): return ['LazyCheck']\n"},
    {"bad_dir.py", "def __dir__(): return [1, 'a']\n"},
    {"empty.py", "from datadog_checks.base import AgentCheck\n"},
    {"datadog_checks/needs/__init__.py", "import no_such_library.part\n"},
    {"needs.py", IMPORT "class Fallback(AgentCheck): pass\n"},
    {"datadog_checks/needs_itself/__init__.py", "from .missing import x\n"},
    {"syntax.py", "def\n"},
    {"raises.py", "raise KeyError('k')\n"},
    {"exits.py", "import sys\nsys.exit(4)\n"},
    {"interrupts.py", "raise KeyboardInterrupt\n"},
    {"datadog_checks/classless.py", "x = 1\n"},
    {"queue.py", IMPORT "class Hidden(AgentCheck): pass\n"},
    {"json/__init__.py", IMPORT "class Hidden(AgentCheck): pass\n"},
};

static void load(const char *name, struct py_loaded *ret)
{
    struct adder_error err;

    if (py_load(name, ret, &err) < 0)
        fail_msg("%s: %s\n%s", name, err.message, err.traceback);
}

static void finds_the_module_and_its_class(void **state)
{
    static const struct {
        const char *name, *module, *class, *version;
        bool wheel;
    } cases[] = {
        {"wheel", "datadog_checks.wheel", "WheelCheck", "1.2.3", true},
        {"plain", "plain", "PlainCheck", "unversioned", false},
        {"shipped", "adder_checks.shipped", "ShippedCheck", "unversioned", false},
        {"io", "adder_checks.io", "IOCheck", "unversioned", false},
        {"bytes_version", "bytes_version", "C", "unversioned", false},
        {"odd_version", "odd_version", "C", "unversioned", false},
        {"leaf", "leaf", "C", "unversioned", false},
        {"several", "several", "First", "unversioned", false},
        {"own_first", "own_first", "Zebra", "unversioned", false},
        {"derives", "derives", "Derived", "unversioned", false},
        {"imports_only", "imports_only", "PlainCheck", "unversioned", false},
        {"package", "package", "PackageCheck", "unversioned", false},
        {"package.sub.deep", "package.sub.deep", "PackageCheck", "unversioned", false},
        {"hides", "hides", "Real", "unversioned", false},
    };
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    struct adder_error err;

    (void)state;
    assert_int_equal(gil_lock(&gil, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(py_loaded_end) struct py_loaded l = {.class = NULL};

        load(cases[i].name, &l);
        assert_string_equal(l.module, cases[i].module);
        assert_string_equal(((PyTypeObject *)l.class)->tp_name, cases[i].class);
        assert_string_equal(l.version, cases[i].version);
        assert_int_equal(l.wheel, cases[i].wheel);
        assert_int_equal(strncmp(l.file, scratch, strlen(scratch)), 0);
    }
}

static const struct {
    const char *name;
    enum adder_code code;
    const char *message, *traceback; /* the traceback holds it; NULL: there is none */
} failures[] = {
    {"foo", ADDER_NOT_FOUND, "unable to import module 'foo': No module named 'foo'", NULL},
    {"foo.bar", ADDER_NOT_FOUND, "unable to import module 'foo.bar': No module named 'foo'",
     NULL},
    {"", ADDER_INVALID, "the check has no name", NULL},
    {"needs", ADDER_PYTHON,
     "unable to import module 'datadog_checks.needs': ModuleNotFoundError: No module named "
     "'no_such_library'",
     "import no_such_library.part"},
    {"needs_itself", ADDER_PYTHON,
     "unable to import module 'datadog_checks.needs_itself': ModuleNotFoundError: No "
     "module "
     "named 'datadog_checks.needs_itself.missing'",
     "from .missing import x"},
    {"syntax", ADDER_PYTHON,
     "unable to import module 'syntax': SyntaxError: invalid syntax (syntax.py, line 1)",
     "syntax.py\", line 1"},
    {"raises", ADDER_PYTHON, "unable to import module 'raises': KeyError: 'k'",
     "raise KeyError('k')"},
    {"exits", ADDER_PYTHON, "unable to import module 'exits': SystemExit: 4", "sys.exit(4)"},
    {"interrupts", ADDER_PYTHON, "unable to import module 'interrupts': KeyboardInterrupt",
     "raise KeyboardInterrupt"},
    {"lazy", ADDER_PYTHON,
     "unable to find a subclass of the base check in module 'lazy': LazyCheck: "
     "RuntimeError: "
     "cannot make LazyCheck",
     "raise RuntimeError"},
    {"bad_dir", ADDER_PYTHON,
     "unable to find a subclass of the base check in module 'bad_dir': there was an error "
     "calling dir() on module object: TypeError: '<' not supported between instances of "
     "'str' and 'int'",
     NULL},
};

static void says_why_there_is_no_class(void **state)
{
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    struct adder_error err;

    (void)state;
    assert_int_equal(gil_lock(&gil, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
        struct py_loaded l = {.class = NULL};

        assert_int_equal(py_load(failures[i].name, &l, &err), -1);
        assert_string_equal(err.message, failures[i].message);
        assert_int_equal(err.code, failures[i].code);
        if (failures[i].traceback != NULL)
            assert_non_null(strstr(err.traceback, failures[i].traceback));
        else
            assert_string_equal(err.traceback, "");
        assert_null(l.class);
        assert_null(PyErr_Occurred());
    }
}

static void says_which_file_has_no_class_and_what_it_hides(void **state)
{
    static const struct {
        const char *name, *module, *end; /* of the message; %s is the scratch folder */
    } cases[] = {
        {"empty", "empty", " (%s/empty.py)"},
        {"classless", "datadog_checks.classless", " (%s/datadog_checks/classless.py)"},
        {"sys", "sys", " (built into Python)"},
        {"queue", "queue", "/queue.py), which hides %s/queue.py: that needs another name"},
        {"json", "json",
         "/json/__init__.py), which hides %s/json/__init__.py: that needs another name"},
    };
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    struct py_loaded l = {.class = NULL};
    struct adder_error err;

    (void)state;
    assert_int_equal(gil_lock(&gil, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOFREE char *start = mem_printf(
            "unable to find a subclass of the base check in module '%s' (", cases[i].module);
        const char *folder = strstr(cases[i].end, "%s");
        AUTOFREE char *end = mem_strdup(cases[i].end);

        if (folder != NULL) {
            mem_free(end);
            end = mem_printf("%.*s%s%s", (int)(folder - cases[i].end), cases[i].end, scratch,
                             folder + 2);
        }
        assert_int_equal(py_load(cases[i].name, &l, &err), -1);
        assert_int_equal(err.code, ADDER_PYTHON);
        assert_string_equal(err.traceback, "");
        assert_memory_equal(err.message, start, strlen(start));
        assert_string_equal(err.message + strlen(err.message) - strlen(end), end);
    }
}

static void a_module_that_failed_is_tried_again(void **state)
{
    CLEANUP(py_loaded_end) struct py_loaded l = {.class = NULL};
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    struct adder_error err;

    (void)state;
    assert_int_equal(gil_lock(&gil, &err), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(py_load("later", &l, &err), -1);
        assert_string_equal(err.message, "unable to import module 'later': KeyError: 'soon'");
    }
    assert_int_equal(runtime_exec("import sys; sys.it_is_later = True", &err), 0);
    load("later", &l);
    assert_string_equal(((PyTypeObject *)l.class)->tp_name, "LaterCheck");
}

static void says_at_debug_what_it_passed_over(void **state)
{
    CLEANUP(py_loaded_end) struct py_loaded l = {.class = NULL}, m = {.class = NULL};
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    struct adder_error err;

    (void)state;
    buf_clear(&heard);
    assert_int_equal(gil_lock(&gil, &err), 0);
    load("own_first", &l);
    load("leaf", &m);
    py_loaded_end(&l);
    py_loaded_end(&m);
    assert_heard(
        "10 Unable to load python module - datadog_checks.own_first: unable to import "
        "module 'datadog_checks.own_first': No module named 'datadog_checks.own_first'");
    assert_heard("10 own_first: passed over class PlainCheck for Zebra");
    assert_heard("10 own_first: passed over class C for PlainCheck");
    assert_heard("10 leaf: passed over class A, the base of B");
}

static void a_name_that_is_too_long_is_refused(void **state)
{
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    struct py_loaded l = {.class = NULL};
    struct adder_error err;
    char name[257];

    (void)state;
    memset(name, 'x', 256);
    name[256] = '\0';
    assert_int_equal(gil_lock(&gil, &err), 0);
    assert_int_equal(py_load(name, &l, &err), -1);
    assert_int_equal(err.code, ADDER_INVALID);
    assert_string_equal(err.message, "the check's name is longer than 255 bytes");
    name[255] = '\0';
    assert_int_equal(py_load(name, &l, &err), -1);
    assert_int_equal(err.code, ADDER_NOT_FOUND);
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
        cmocka_unit_test(finds_the_module_and_its_class),
        cmocka_unit_test(says_why_there_is_no_class),
        cmocka_unit_test(says_which_file_has_no_class_and_what_it_hides),
        cmocka_unit_test(a_module_that_failed_is_tried_again),
        cmocka_unit_test(says_at_debug_what_it_passed_over),
        cmocka_unit_test(a_name_that_is_too_long_is_refused),
    };

    return cmocka_run_group_tests_name("loader", tests, set_up, tear_down);
}
