#include "py/modules_testing.h"

/* ---- Facts ------------------------------------------------------------------------------ */

/* What facts reply next: texts up to NULL. */
static const char *answers[4];

static void reply_all(struct adder_reply *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(answers) && answers[i] != NULL; i++)
        adder_reply(ret, answers[i], strlen(answers[i]));
}

static void tags(void *ctx, struct adder_str entity, int cardinality, struct adder_reply *ret)
{
    (void)ctx;
    hear_call("tags");
    hear_text(entity);
    buf_printf(&heard, " %d", cardinality);
    reply_all(ret);
}

static void kubelet_connection(void *ctx, struct adder_reply *ret)
{
    (void)ctx;
    reply_all(ret);
}

static bool container_excluded(void *ctx, struct adder_str name, struct adder_str image,
                               struct adder_str ns)
{
    (void)ctx;
    hear_call("container");
    hear_text(name);
    hear_text(image);
    hear_text(ns);
    return str_is(name, "foo");
}

static int start(void **state)
{
    struct adder_error err;

    (void)state;
    python_start();
    py_runtime()->facts.tags = tags;
    py_runtime()->facts.kubelet_connection = kubelet_connection;
    py_runtime()->facts.container_excluded = container_excluded;
    assert_int_equal(modules_add_legacy(&err), 0);
    prepare("from tagger import *\n"
            "from kubeutil import *\n"
            "from containers import *\n");
    return 0;
}

static void answer(const char *first, const char *second)
{
    answers[0] = first;
    answers[1] = second;
}

/* ---- Tests ------------------------------------------------------------------------------ */

static void the_modules_are_builtin(void **state)
{
    static const struct row rows[] = {
        {"sorted({'aggregator', 'datadog_agent', 'util', '_util', 'tagger', 'kubeutil', "
         "'containers'} - set(sys.builtin_module_names))",
         "= []"},
        {"[n for n in ('uutil', 'headers', 'checks') if n in sys.builtin_module_names]",
         "= []"},
        {"[sorted(n for n in vars(m) if n[0] != '_') for m in (_util, tagger, kubeutil, "
         "containers)]",
         "= [['SubprocessOutputEmptyError', 'get_subprocess_output', 'subprocess_output'], "
         "['HIGH', 'LOW', 'ORCHESTRATOR', 'get_tags', 'tag'], ['get_connection_info'], "
         "['is_excluded']]"},
        {"{m.__spec__.origin for m in (aggregator, datadog_agent, util, _util, tagger, "
         "kubeutil,"
         " containers)}",
         "= {'built-in'}"},
        {"__import__('inspect').signature(aggregator.submit_metric)",
         "= <Signature (check, check_id, mtype, name, value, tags, hostname, "
         "flush_first_value=False, /)>"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void the_tagger_gives_lists(void **state)
{
    static const struct row rows[] = {
        {"LOW, ORCHESTRATOR, HIGH", "= (0, 1, 2)"},
        {"tag('container_id://x', LOW)", "tags 'container_id://x' 0; = ['a:1', 'b']"},
        {"tag('e', True)", "tags 'e' 1; = ['a:1', 'b']"},
        {"tag('e', HIGH)", "tags 'e' 2; = ['a:1', 'b']"},
        {"tag('e', 123456)", "TypeError: Invalid cardinality"},
        {"tag('e', 3)", "TypeError: Invalid cardinality"},
        {"tag('e', -1)", "TypeError: Invalid cardinality"},
        {"tag(1, LOW)", "TypeError: argument 1 must be str, not int"},
        {"tag(None, LOW)", "TypeError: argument 1 must be str, not None"},
        {"tag(b'e', LOW)", "TypeError: argument 1 must be str, not bytes"},
        {"tag('a\\0b', LOW)", "ValueError: embedded null character"},
        {"tag('e', 'low')", "TypeError: 'str' object cannot be interpreted as an integer"},
        {"tag('e', 1.0)", "TypeError: 'float' object cannot be interpreted as an integer"},
        {"tag('e', 2**31)", "OverflowError: signed integer is greater than maximum"},
        {"tag('e')", "TypeError: function takes exactly 2 arguments (1 given)"},
        {"tag('e', LOW, 1)", "TypeError: function takes exactly 2 arguments (3 given)"},
        {"tag('e', cardinality=LOW)", "TypeError: tag() takes no keyword arguments"},
        {"get_tags('e', False)", "tags 'e' 0; = ['a:1', 'b']"},
        {"get_tags('e', True)", "tags 'e' 2; = ['a:1', 'b']"},
        {"get_tags('e', 7)", "tags 'e' 2; = ['a:1', 'b']"},
        {"get_tags('e', -1)", "tags 'e' 0; = ['a:1', 'b']"},
        {"get_tags('e', 0)", "tags 'e' 0; = ['a:1', 'b']"},
        {"get_tags('e')", "TypeError: function takes exactly 2 arguments (1 given)"},
        {"get_tags('e', high_card=1)", "TypeError: get_tags() takes no keyword arguments"},
        {"get_tags('e', '1')", "TypeError: 'str' object cannot be interpreted as an integer"},
        {"get_tags('e', None)",
         "TypeError: 'NoneType' object cannot be interpreted as an integer"},
        {"get_tags(1, True)", "TypeError: argument 1 must be str, not int"},
    };
    static const struct row none[] = {
        {"tag('e', LOW)", "tags 'e' 0; = []"},
        {"get_tags('e', 1)", "tags 'e' 2; = []"},
    };
    static const struct row replaced[] = {
        {"ascii(tag('e', LOW))", "tags 'e' 0; = \"['\\\\ufffd', '']\""},
    };

    (void)state;
    answer("a:1", "b");
    python_rows(rows, ARRAY_LEN(rows));
    answer("\xff", "");
    python_rows(replaced, ARRAY_LEN(replaced));
    answer(NULL, NULL);
    python_rows(none, ARRAY_LEN(none));
}

static void the_kubelets_connection_is_a_dict(void **state)
{
    static const struct {
        const char *yaml, *expected;
    } cases[] = {
        {"url: https://k:10250\nverify_tls: \"true\"\n",
         "= {'url': 'https://k:10250', 'verify_tls': 'true'}"},
        {"{}", "= {}"},
        {"", "= {}"},
        {"[a]", "= {}"},
        {"a: b: c", "= {}"},
        {"a: \xff", "= {}"},
        {NULL, "= {}"},
    };
    static const struct row rows[] = {
        {"get_connection_info() is get_connection_info()", "= False"},
        {"get_connection_info(1)",
         "TypeError: kubeutil.get_connection_info() takes no arguments (1 given)"},
        {"get_connection_info(x=1)",
         "TypeError: kubeutil.get_connection_info() takes no keyword arguments"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        answer(cases[i].yaml, NULL);
        python_rows(&(struct row){"get_connection_info()", cases[i].expected}, 1);
    }
}

static void containers_are_excluded_or_not(void **state)
{
    static const struct row rows[] = {
        {"is_excluded('foo', 'img', 'ns')", "container 'foo' 'img' 'ns'; = True"},
        {"is_excluded('baz', 'img')", "container 'baz' 'img' -; = False"},
        {"is_excluded('foo', '', '')", "container 'foo' '' ''; = True"},
        {"is_excluded(1, 'img')", "TypeError: argument 1 must be str, not int"},
        {"is_excluded('foo', 2)", "TypeError: argument 2 must be str, not int"},
        {"is_excluded('foo', 'img', None)", "TypeError: argument 3 must be str, not None"},
        {"is_excluded(b'foo', 'img')", "TypeError: argument 1 must be str, not bytes"},
        {"is_excluded('foo', None)", "TypeError: argument 2 must be str, not None"},
        {"is_excluded('foo', 'a\\0b')", "ValueError: embedded null character"},
        {"is_excluded('foo')", "TypeError: function takes at least 2 arguments (1 given)"},
        {"is_excluded('foo', 'img', 'ns', 1)",
         "TypeError: function takes at most 3 arguments (4 given)"},
        {"is_excluded(name='foo', image='i')",
         "TypeError: is_excluded() takes no keyword arguments"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void the_package_checks_is_another_name(void **state)
{
    static const struct row rows[] = {
        /* A small stand-in for the check base. */
        {"import os, sys, tempfile\n"
         "folder = tempfile.TemporaryDirectory()\n"
         "path = folder.name + '/datadog_checks/checks'\n"
         "os.makedirs(path + '/libs')\n"
         "for file, text in {'/../__init__.py': '',\n"
         "                   '/__init__.py': 'class AgentCheck: pass',\n"
         "                   '/network_checks.py': 'from . import AgentCheck',\n"
         "                   '/libs/__init__.py': '', '/libs/timer.py': 'x = 1'}.items():\n"
         "    with open(path + file, 'w') as f: f.write(text)\n"
         "os.makedirs(folder.name + '/checks')\n"
         "sys.dont_write_bytecode = True\n"
         "sys.path.insert(0, folder.name)",
         ""},
        {"[n for n in sys.modules if 'checks' in n]", "= []"},
        {"from checks import AgentCheck\nAgentCheck.__module__", ""},
        {"AgentCheck", "= <class 'datadog_checks.checks.AgentCheck'>"},
        {"import checks.libs.timer\n"
         "from checks.network_checks import AgentCheck as Network",
         ""},
        {"checks.libs.timer.x, Network is AgentCheck, checks.AgentCheck is AgentCheck",
         "= (1, True, True)"},
        {"sys.modules['checks'] is sys.modules['datadog_checks.checks']", "= True"},
        {"checks.__name__, checks.libs.timer.__name__",
         "= ('datadog_checks.checks', 'datadog_checks.checks.libs.timer')"},
        {"import checks.nothing",
         "ModuleNotFoundError: No module named 'datadog_checks.checks.nothing'"},
        {"sys.path.pop(0)\nfolder.cleanup()", ""},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void without_facts_answers_are_empty(void **state)
{
    static const struct row rows[] = {
        {"tag('e', LOW)", "= []"},
        {"tag('e', 3)", "TypeError: Invalid cardinality"},
        {"get_tags('e', True)", "= []"},
        {"get_connection_info()", "= {}"},
        {"is_excluded('foo', 'img')", "= False"},
        {"is_excluded('foo', 1)", "TypeError: argument 2 must be str, not int"},
    };

    (void)state;
    py_runtime()->facts = (struct adder_facts){0};
    python_rows(rows, ARRAY_LEN(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_modules_are_builtin),
        cmocka_unit_test(the_tagger_gives_lists),
        cmocka_unit_test(the_kubelets_connection_is_a_dict),
        cmocka_unit_test(containers_are_excluded_or_not),
        cmocka_unit_test(the_package_checks_is_another_name),
        cmocka_unit_test(without_facts_answers_are_empty),
    };

    return cmocka_run_group_tests(tests, start, python_tear_down);
}
