#include "collect/discover.h"

#include "collect/testing.h"

static void texts_make_a_single_instance(void **state)
{
    CLEANUP(configs_freep) struct configs *empty = NULL;
    CLEANUP(configs_freep) struct configs *full = NULL;
    struct adder_error err;

    (void)state;
    assert_int_equal(configs_single("cpu", NULL, NULL, "none", &empty, &err), 0);
    assert_string_equal(empty->instances[0].id, "cpu:e331d61ed1323219");
    assert_string_equal(empty->instances[0].init_config, "");
    assert_string_equal(empty->instances[0].instance, "{}\n");
    assert_string_equal(empty->instances[0].source, "none");
    assert_int_equal(
        configs_single("chk", "{b: 1, a: 2}", "min_collection_interval: 5", "x", &full, &err),
        0);
    assert_string_equal(full->instances[0].init_config, "a: 2\nb: 1\n");
    assert_int_equal(full->instances[0].interval_s, 5);
}

static void unusable_texts_make_none(void **state)
{
    static const struct {
        const char *init_config, *instance, *message;
    } cases[] = {
        {"{", NULL, "init_config: 2:1: a value is missing here"},
        {NULL, "a: b: c",
         "instance: 1:5: a ':' is not allowed here: is the indentation right, "
         "or are quotes missing?"},
        {NULL, "[1]", "instance 0: must be a mapping (found: list)"},
        {"[1]", NULL, "'init_config' must be a mapping (found: list)"},
        {NULL, "tags: a", "instance 0: 'tags' must be a list of strings (found: string)"},
    };
    struct adder_error err;
    struct configs *c;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(
            configs_single("c", cases[i].init_config, cases[i].instance, "x", &c, &err), -1);
        assert_int_equal(err.code, ADDER_INVALID);
        assert_string_equal(err.message, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFD_TEST(texts_make_a_single_instance),
        CONFD_TEST(unusable_texts_make_none),
    };

    return cmocka_run_group_tests_name("single", tests, make_top, remove_top);
}
