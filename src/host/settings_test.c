#include "host/settings.h"

#include "core/log.h"
#include "host/fixture.h"
#include "host/known.h"

static const char file_text[] = "log_level: debug\n"
                                "hostname:\n"
                                "cmd_port: 6000\n"
                                "telemetry: {enabled: true, checks: ['*']}\n"
                                "a.b: flat\n"
                                "a: {b: nested, c: {d: deep}}\n"
                                "tags: [a:1, b, 3]\n"
                                "extra_tags: only\n"
                                "custom: {x: [1, 2]}\n";

/* What key `key` reads as, as YAML text; NULL: unset. */
static void assert_setting(const struct settings *s, const char *key, const char *expected)
{
    CLEANUP(setting_clear) struct setting v = {0};
    CLEANUP(buf_free) struct buf b;
    struct adder_error err;

    buf_init(&b, 10000);
    assert_int_equal(settings_get(s, key, &v, &err), 0);
    if (expected == NULL) {
        assert_null(v.value);
        return;
    }
    assert_non_null(v.value);
    assert_int_equal(yaml_write(v.value, &b, &err), 0);
    assert_string_equal(b.data, expected);
}

static void reads_the_file_and_knows_defaults(void **state)
{
    static const struct {
        const char *key, *expected;
    } cases[] = {
        {"log_level", "debug\n"},
        {"hostname", "\"\"\n"},
        {"cmd_port", "6000\n"},
        {"telemetry.enabled", "true\n"},
        {"telemetry", "checks:\n- '*'\nenabled: true\n"},
        {"a.b", "flat\n"},
        {"a.c.d", "deep\n"},
        {"a.c.e", NULL},
        {"a.b.c", NULL},
        {"log_level.x", NULL},
        {"custom.x", "- 1\n- 2\n"},
        {"enable_metadata_collection", "true\n"},
        {"expvar_port", "5000\n"},
        {"integration_tracing", "false\n"},
        {"tracemalloc_whitelist", NULL},
        {"no_such_key", NULL},
        {"", NULL},
        {".", NULL},
    };
    CLEANUP(settings_freep) struct settings *s = settings_of(file_text, NULL);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_setting(s, cases[i].key, cases[i].expected);
}

static void the_environment_goes_before_the_file(void **state)
{
    static const struct {
        const char *key, *expected;
    } cases[] = {
        {"log_level", "warn\n"},
        {"hostname", "\"123\"\n"},
        {"tags", "- x:1\n- z\n"},
        {"telemetry.enabled", "false\n"},
        {"integration_tracing", "true\n"},
        {"my_map", "a:\n- 1\n- 2\n"},
        {"my_text", "'a: b: c'\n"},
        {"my_number", "12\n"},
        {"cmd_port", "6000\n"}, /* an empty variable counts for nothing */
    };
    CLEANUP(settings_freep) struct settings *s =
        settings_of(file_text, "ADDER_LOG_LEVEL=warn\0DD_LOG_LEVEL=error\0DD_HOSTNAME=123\0"
                               "DD_TAGS=x:1  z \0DD_TELEMETRY_ENABLED=F\0"
                               "DD_INTEGRATION_TRACING=1\0DD_MY_MAP={\"a\": [1, 2]}\0"
                               "DD_MY_TEXT=a: b: c\0DD_MY_NUMBER=12\0DD_CMD_PORT=\0");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_setting(s, cases[i].key, cases[i].expected);
}

static void a_variable_that_does_not_fit_is_ignored(void **state)
{
    CLEANUP(settings_freep) struct settings *s =
        settings_of(file_text, "DD_CMD_PORT=many\0DD_TELEMETRY_ENABLED=perhaps\0"
                               "ADDER_EXPVAR_PORT=99999999999999999999\0DD_EXPVAR_PORT=7\0");

    (void)state;
    assert_setting(s, "cmd_port", "6000\n");
    assert_setting(s, "telemetry.enabled", "true\n");
    assert_setting(s, "expvar_port", "7\n");
}

static void a_key_that_is_too_long_is_unset(void **state)
{
    CLEANUP(settings_freep) struct settings *s = settings_of("{}", NULL);
    char key[SETTINGS_KEY_MAX + 2];

    (void)state;
    memset(key, 'k', sizeof(key));
    key[SETTINGS_KEY_MAX + 1] = '\0';
    assert_setting(s, key, NULL);
    key[SETTINGS_KEY_MAX] = '\0';
    assert_setting(s, key, NULL);
}

static void later_changes_of_the_environment_are_not_seen(void **state)
{
    CLEANUP(settings_freep) struct settings *s = settings_of("{}", "DD_SITE=here\0");

    (void)state;
    setenv("DD_SITE", "there", 1);
    assert_setting(s, "site", "here\n");
    assert_string_equal(settings_env(s, "DD_SITE"), "here");
    assert_null(settings_env(s, "DD_SIT"));
}

static void gives_text_booleans_and_lists(void **state)
{
    CLEANUP(settings_freep) struct settings *s = settings_of(file_text, NULL);
    CLEANUP(list_free) struct list l = {0};
    struct adder_error err;
    AUTOFREE char *text = NULL;
    bool on = false;

    (void)state;
    assert_int_equal(settings_text(s, "cmd_port", &text, &err), 0);
    assert_string_equal(text, "6000");
    assert_int_equal(settings_bool(s, "telemetry.enabled", &on, &err), 0);
    assert_true(on);
    assert_int_equal(settings_bool(s, "log_level", &on, &err), 0);
    assert_false(on);
    assert_int_equal(settings_list(s, "tags", &l, &err), 0);
    assert_int_equal(settings_list(s, "extra_tags", &l, &err), 0);
    assert_int_equal(l.count, 4);
    assert_string_equal(l.items[0], "a:1");
    assert_string_equal(l.items[2], "3");
    assert_string_equal(l.items[3], "only");
}

static void every_known_setting_is_found_by_its_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < known_count(); i++)
        assert_ptr_equal(known_find(known_at(i)->key), known_at(i));
    assert_null(known_at(known_count()));
    assert_null(known_find("no_such_setting"));
}

static void quotes_every_character(void **state)
{
    CLEANUP(value_freep) struct value *v = NULL;
    CLEANUP(buf_free) struct buf b;
    struct adder_error err;
    char all[128];

    (void)state;
    buf_init(&b, 10000);
    for (int c = 1; c < 128; c++)
        all[c - 1] = (char)c;
    settings_quote(&b, (struct adder_str){all, 127});
    assert_int_equal(yaml_parse((struct adder_str){b.data, b.len}, YAML_LENIENT, &v, &err), 0);
    assert_int_equal(v->type, VALUE_STRING);
    assert_int_equal(v->text.len, 127);
    assert_memory_equal(v->text.ptr, all, 127);
}

static int makes_settings_and_asks(void)
{
    CLEANUP(settings_freep) struct settings *s = NULL;
    CLEANUP(list_free) struct list l = {0};
    struct adder_error err;
    bool on;

    if (settings_new(NULL, &s, &err) < 0 || settings_list(s, "tags", &l, &err) < 0 ||
        settings_bool(s, "exclude_pause_container", &on, &err) < 0)
        return -1;
    return 0;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    set_environment("DD_TAGS=a b\0DD_X=y\0");
    each_alloc_fails(makes_settings_and_asks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_file_and_knows_defaults),
        cmocka_unit_test(the_environment_goes_before_the_file),
        cmocka_unit_test(a_variable_that_does_not_fit_is_ignored),
        cmocka_unit_test(a_key_that_is_too_long_is_unset),
        cmocka_unit_test(later_changes_of_the_environment_are_not_seen),
        cmocka_unit_test(gives_text_booleans_and_lists),
        cmocka_unit_test(every_known_setting_is_found_by_its_key),
        cmocka_unit_test(quotes_every_character),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    log_set_level(ADDER_LOG_CRITICAL + 1);
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
