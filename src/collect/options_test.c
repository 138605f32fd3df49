#include "collect/discover.h"

#include "collect/testing.h"

/* The only problem of a file with one instance, after "instance 0: "; "" for none. */
static void assert_option(const char *option, const char *problem)
{
    CLEANUP(configs_freep) struct configs *c = NULL;
    AUTOFREE char *text = mem_printf("instances: [{%s}, {fine: 1}]", option);
    struct adder_error err;
    bool fails = problem[0] != '\0';

    put("c.yaml", text);
    assert_int_equal(configs_read(root, NULL, NULL, &c, &err), 0);
    assert_int_equal(c->problem_count, fails);
    assert_int_equal(c->instance_count, 2 - fails);
    assert_int_equal(c->instances[0].index, fails);
    if (fails)
        assert_string_equal(c->problems[0].message + strlen("instance 0: "), problem);
}

static void a_wrong_option_costs_its_instance_only(void **state)
{
    static const struct {
        const char *option, *problem;
    } cases[] = {
        {"min_collection_interval: 30", ""},
        {"min_collection_interval: 30.0", ""},
        {"min_collection_interval: 31622400", ""},
        {"min_collection_interval: null", ""},
        {"min_collection_interval: 0.5",
         "'min_collection_interval' must be whole seconds, at most 366 days (found: float)"},
        {"min_collection_interval: '30'",
         "'min_collection_interval' must be whole seconds, at most 366 days (found: string)"},
        {"min_collection_interval: 31622401",
         "'min_collection_interval' must be whole seconds, at most 366 days (found: integer)"},
        {"min_collection_interval: 18446744073709551615",
         "'min_collection_interval' must be whole seconds, at most 366 days (found: integer)"},
        {"tags: [a, 1, true, null]", ""},
        {"tags: a", "'tags' must be a list of strings (found: string)"},
        {"tags: [[a]]", "'tags' must be a list of strings (found: list)"},
        {"tags: {a: b}", "'tags' must be a list of strings (found: mapping)"},
        {"service: 5", ""},
        {"service: [a]", "'service' must be a string (found: list)"},
        {"name: {}", "'name' must be a string (found: mapping)"},
        {"namespace: []", "'namespace' must be a string (found: list)"},
        {"no_index: 1", "'no_index' must be true or false (found: integer)"},
        {"empty_default_hostname: 'true'",
         "'empty_default_hostname' must be true or false (found: string)"},
        {"loader: python", ""},
        {"loader: core", "there is no loader 'core', only 'python'"},
        {"is_jmx: true", "checks of the JMX kind are not supported"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_option(cases[i].option, cases[i].problem);
}

static void options_are_read_from_instance_and_init_config(void **state)
{
    CLEANUP(configs_freep) struct configs *c = NULL;
    struct adder_error err;

    (void)state;
    put("c.yaml", "init_config: {service: shared}\n"
                  "instances:\n"
                  "- {min_collection_interval: 60, no_index: true}\n"
                  "- {service: own, empty_default_hostname: true, min_collection_interval: 0}\n"
                  "- {service: 5}\n"
                  "- {service: ''}\n");
    assert_int_equal(configs_read(root, NULL, NULL, &c, &err), 0);
    assert_int_equal(c->instance_count, 4);
    assert_int_equal(c->instances[0].interval_s, 60);
    assert_string_equal(c->instances[0].service, "shared");
    assert_true(c->instances[0].no_index);
    assert_false(c->instances[0].empty_default_hostname);
    assert_int_equal(c->instances[1].interval_s, CONF_INTERVAL_DEFAULT);
    assert_string_equal(c->instances[1].service, "own");
    assert_true(c->instances[1].empty_default_hostname);
    assert_string_equal(c->instances[2].service, "5");
    assert_string_equal(c->instances[3].service, "shared");
}

static void an_interval_that_is_none_is_the_default_and_warned_of(void **state)
{
    (void)state;
    put("c.yaml", "instances:\n"
                  "- {min_collection_interval: 0}\n"
                  "- {min_collection_interval: -1.0}\n");
    assert_finds("c /c.yaml[0] | min_collection_interval: 0\n|\n"
                 "c /c.yaml[1] | min_collection_interval: -1\n|\n"
                 "warning /c.yaml:2:29: instance 0: 'min_collection_interval' is 0, so the "
                 "default of 15 seconds is used\n"
                 "warning /c.yaml:3:29: instance 1: 'min_collection_interval' is -1, so the "
                 "default of 15 seconds is used\n");
}

static void checks_for_java_are_told_by_name(void **state)
{
    (void)state;
    put("tomcat.yaml", "instances: [{}]");
    put("kafka.yaml", "init_config: {loader: python}\ninstances: [{}]");
    assert_finds("kafka /kafka.yaml[0] loader: python\n| {}\n|\n"
                 "error /tomcat.yaml:1:13: instance 0: checks of the JMX kind are not "
                 "supported\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFD_TEST(a_wrong_option_costs_its_instance_only),
        CONFD_TEST(options_are_read_from_instance_and_init_config),
        CONFD_TEST(an_interval_that_is_none_is_the_default_and_warned_of),
        CONFD_TEST(checks_for_java_are_told_by_name),
    };

    return cmocka_run_group_tests_name("options", tests, make_top, remove_top);
}
