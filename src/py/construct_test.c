#include "py/construct.h"

#include "py/runtime_testing.h"

#define CLASS "from datadog_checks.base import AgentCheck\nclass C(AgentCheck):\n"
#define REFUSAL                                                                          \
    "The integration refused to load the check configuration, it may be too old or too " \
    "new."

static char mine[] = "mine"; /* the `user` of checks */

/* Modules that the tests load. */
static const struct {
    const char *path, *text;
} files[] = {
    {"good.py", CLASS " def check(self, instance): pass\n"},
    {"shows.py", CLASS " def __init__(self, name, init_config, instances):\n"
                       "  super().__init__(name, init_config, instances)\n"
                       "  self.gauge('constructed', 1)\n"
                       "  self.log.info('%r %r %r %r', name, init_config, instances, "
                       "self.check_id)\n"},
    {"old.py", CLASS " def __init__(self, name, init_config, agentConfig, instances=None):\n"
                     "  super().__init__(name, init_config, instances)\n"
                     "  self.log.info('old %r %r', agentConfig, instances)\n"},
    {"older.py", CLASS " def __init__(self, name, agentConfig): pass\n"},
    {"fails.py", "ran = []\n" CLASS " def __init__(self, **k):\n"
                 "  ran.append(1)\n  raise TypeError('bad argument %d' % len(ran))\n"},
    {"inner.py", "ran = []\n" CLASS " def __init__(self, **k):\n"
                 "  ran.append(1)\n  self.helper(**{'%s': 1})\n"
                 " def helper(self): pass\n"},
    {"refuses.py", CLASS " def __init__(self, **k): raise Exception('" REFUSAL "')\n"},
    {"fixed_id.py", CLASS " check_id = property(lambda self: '', lambda self, v: 1/0)\n"
                          " def __init__(self, **k): pass\n"},
    {"loads.py", CLASS " @staticmethod\n def load_config(text):\n"
                       "  return {'text': text} if 'bad' not in text else 1/0\n"
                       " def check(self, instance): self.gauge(instance['text'], 1)\n"},
    {"list_config.py", CLASS " @classmethod\n def load_config(cls, text): return [text]\n"},
    {"no_config.py", CLASS " load_config = staticmethod(lambda text: None)\n"},
    {"dict_config.py", "import collections\n" CLASS " @classmethod\n"
                       " def load_config(cls, text):\n"
                       "  return collections.OrderedDict(of=cls.__name__, text=text)\n"
                       " def check(self, instance):\n"
                       "  self.gauge('%(of)s %(text)s' % instance, len(self.init_config))\n"},
    {"refuses_behind.py", CLASS " def __init__(self, **k):\n"
                                "  try: raise Exception('" REFUSAL "')\n"
                                "  except Exception: raise ValueError('later')\n"},
    {"old_refuses.py", CLASS " def __init__(self, name, init_config, agentConfig, instances):\n"
                             "  raise Exception('" REFUSAL "')\n"},
    {"old_fails.py", CLASS " def __init__(self, name, init_config, agentConfig, instances):\n"
                           "  raise KeyError('k')\n"},
};

/* ---- Construction ----------------------------------------------------------------------- */

static void is_constructed_from_its_configuration(void **state)
{
    const struct adder_check_info *info;
    struct py_check *c;

    (void)state;
    c = make_with((struct adder_check_config){.name = "shows",
                                              .init_config = "a: 010",
                                              .instance = "{d: 2020-01-02, t: [x]}",
                                              .id = "shows:1",
                                              .source = "file:x",
                                              .user = mine});
    assert_heard("metric mine '' constructed 1");
    assert_non_null(strstr(heard.data, "'shows' {'a': 8} ({'d': datetime.date(2020, 1, 2), "
                                       "'t': ['x']},) ''"));
    info = check_info(c);
    assert_string_equal(info->name, "shows");
    assert_string_equal(info->id, "shows:1");
    assert_string_equal(info->source, "file:x");
    assert_string_equal(info->module, "shows");
    assert_string_equal(without_scratch(info->file), "TMP/shows.py");
    assert_string_equal(info->version, "unversioned");
    assert_false(info->wheel);
    assert_false(info->deprecated_api);
    check_free(c);
}

static void empty_configuration_is_an_empty_mapping(void **state)
{
    static const char *const texts[] = {NULL, "", "{}"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        buf_clear(&heard);
        check_free(make_with((struct adder_check_config){
            .name = "shows", .init_config = texts[i], .instance = texts[i]}));
        assert_non_null(strstr(heard.data, "'shows' {} ({},) ''"));
    }
    buf_clear(&heard);
    check_free(make_with((struct adder_check_config){.name = "shows", .init_config = "~"}));
    assert_non_null(strstr(heard.data, "'shows' {} ({},) ''"));
}

static const struct {
    struct adder_check_config config;
    enum adder_code code;
    const char *message;
} refusals[] = {
    {{.name = "shows", .init_config = "[1]"},
     ADDER_INVALID,
     "error 'init_config' is not a dict"},
    {{.name = "shows", .instance = "~"}, ADDER_INVALID, "error 'instance' is not a dict"},
    {{.name = "shows", .instance = "text"}, ADDER_INVALID, "error 'instance' is not a dict"},
    {{.name = "old", .agent_config = "[]"},
     ADDER_INVALID,
     "error 'agent_config' is not a dict"},
    {{.name = "list_config"}, ADDER_INVALID, "error 'init_config' is not a dict"},
    {{.name = "no_config"}, ADDER_INVALID, "error 'instance' is not a dict"},
    {{.name = "loads", .init_config = "bad"},
     ADDER_PYTHON,
     "error parsing init_config: ZeroDivisionError: division by zero"},
    {{.name = "loads", .instance = "bad"},
     ADDER_PYTHON,
     "error parsing instance: ZeroDivisionError: division by zero"},
    {{.name = "fails"},
     ADDER_PYTHON,
     "could not invoke 'fails' python check constructor: TypeError: bad argument 1"},
    {{.name = "inner"},
     ADDER_PYTHON,
     "could not invoke 'inner' python check constructor: TypeError: C.helper() got an "
     "unexpected keyword argument '%s'"},
    {{.name = "older"},
     ADDER_PYTHON,
     "could not invoke 'older' python check constructor, neither as it is now (TypeError: "
     "C.__init__() got an unexpected keyword argument 'init_config') nor with agentConfig: "
     "TypeError: C.__init__() got an unexpected keyword argument 'init_config'"},
    {{.name = "refuses"},
     ADDER_REFUSED,
     "refused to load the check instance: Exception: " REFUSAL},
    {{.name = "refuses_behind"},
     ADDER_REFUSED,
     "refused to load the check instance: ValueError: later"},
    {{.name = "old_refuses"},
     ADDER_REFUSED,
     "refused to load the check instance: Exception: " REFUSAL},
    {{.name = "old_fails"},
     ADDER_PYTHON,
     "could not invoke 'old_fails' python check constructor, neither as it is now (TypeError: "
     "C.__init__() missing 1 required positional argument: 'agentConfig') nor with "
     "agentConfig: KeyError: 'k'"},
    {{.name = "fixed_id", .id = "x:1"},
     ADDER_PYTHON,
     "error could not set 'check_id' attr: ZeroDivisionError: division by zero"},
    {{.name = "absent"},
     ADDER_NOT_FOUND,
     "unable to import module 'absent': No module named 'absent'"},
    {{.name = NULL}, ADDER_INVALID, "the check has no name"},
};

static void says_why_it_cannot_be_constructed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        struct py_check *check = NULL;
        struct adder_error err;

        assert_int_equal(check_new(&refusals[i].config, &check, &err), -1);
        assert_string_equal(err.message, refusals[i].message);
        assert_int_equal(err.code, refusals[i].code);
        assert_null(check);
    }
}

static void yaml_that_is_none_is_located(void **state)
{
    static const char bad[] = "a: [1\nb: 2";
    static const struct {
        struct adder_check_config config;
        const char *start;
    } cases[] = {
        {{.name = "shows", .instance = bad}, "error parsing instance: 2:"},
        {{.name = "shows", .init_config = bad}, "error parsing init_config: 2:"},
        {{.name = "old", .agent_config = bad}, "error parsing agent_config: 2:"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct py_check *check;
        struct adder_error err;

        assert_int_equal(check_new(&cases[i].config, &check, &err), -1);
        assert_int_equal(err.code, ADDER_INVALID);
        assert_int_equal(strncmp(err.message, cases[i].start, strlen(cases[i].start)), 0);
        assert_string_equal(err.traceback, "");
    }
}

static void a_failing_constructor_runs_once(void **state)
{
    struct adder_error err;

    (void)state;
    assert_int_equal(
        runtime_exec("import fails, inner; assert fails.ran == [1] == inner.ran", &err), 0);
}

static void constructors_of_the_old_api_get_agent_config(void **state)
{
    struct py_check *c;

    (void)state;
    c = make_with((struct adder_check_config){
        .name = "old", .instance = "x: 1", .agent_config = "k: v", .id = "old:1"});
    assert_true(check_info(c)->deprecated_api);
    assert_non_null(strstr(heard.data, "old {'k': 'v'} ({'x': 1},)"));
    assert_heard("30 passing `agentConfig` to the constructor is deprecated, please use the "
                 "`get_config` function from the 'datadog_agent' package (old).");
    check_free(c);
}

static void an_overridden_load_config_is_called(void **state)
{
    struct py_check *c;

    (void)state;
    c = make_with((struct adder_check_config){
        .name = "loads", .instance = "a: 1", .id = "loads:1", .user = mine});
    must_run(c);
    assert_heard("metric mine 'loads:1' a: 1 1");
    check_free(c);
    c = make_with((struct adder_check_config){
        .name = "dict_config", .instance = "x", .id = "d:1", .user = mine});
    must_run(c);
    assert_heard("metric mine 'd:1' C x 2");
    check_free(c);
}

static void without_an_id_none_is_set(void **state)
{
    static const char *const ids[] = {NULL, ""};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        check_free(make_with((struct adder_check_config){.name = "fixed_id", .id = ids[i]}));
}

/* Accounts may outlive their checks, so only the errors are looked at. */
static void survives_every_allocation_failing(void **state)
{
    struct adder_check_config config = {
        .name = "good", .init_config = "a: 1", .instance = "v: 7", .id = "id:1"};
    struct py_check *c = NULL;

    (void)state;
    for (long n = 0; c == NULL; n++) {
        struct adder_error err = {.code = ADDER_OK};
        int rc;

        mem_fail_at(n);
        rc = check_new(&config, &c, &err);
        mem_fail_at(-1);
        assert_int_equal(rc, c != NULL ? 0 : -1);
        if (rc < 0 && strstr(err.message, "emory") == NULL)
            fail_msg("%s", err.message);
        assert_null(py_user(str_of("id:1")));
    }
    must_run(c);
    check_free(c);
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
        cmocka_unit_test(is_constructed_from_its_configuration),
        cmocka_unit_test(empty_configuration_is_an_empty_mapping),
        cmocka_unit_test(says_why_it_cannot_be_constructed),
        cmocka_unit_test(yaml_that_is_none_is_located),
        cmocka_unit_test(a_failing_constructor_runs_once),
        cmocka_unit_test(constructors_of_the_old_api_get_agent_config),
        cmocka_unit_test(an_overridden_load_config_is_called),
        cmocka_unit_test(without_an_id_none_is_set),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("construct", tests, set_up, tear_down);
}
