#include "core/testing.h"

#include <string.h>

#include "core/closest.h"

static const char *const names[] = {"cpu", "disk", "load", "memory", "network", "openmetrics"};

static void slips_find_the_name_meant(void **state)
{
    static const struct {
        const char *word, *meant;
    } cases[] = {
        {"dsik", "disk"},
        {"dis", "disk"},
        {"diskk", "disk"},
        {"memroy", "memory"},
        {"cpu", "cpu"},
        {"opemetrics", "openmetrics"},
        {"open_metrics", "openmetrics"},
        {"redis", ""},
        {"x", ""},
        {"", ""},
        {"zookeeper", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct closest c = closest_to(cases[i].word, strlen(cases[i].word));

        for (size_t n = 0; n < ARRAY_LEN(names); n++)
            closest_offer(&c, names[n]);
        assert_string_equal(c.best, cases[i].meant);
    }
}

static void names_too_long_to_compare_are_passed_over(void **state)
{
    char word[CLOSEST_MAX + 3];
    struct closest c;

    (void)state;
    memset(word, 'a', sizeof(word));
    word[CLOSEST_MAX] = '\0';
    c = closest_to(word, CLOSEST_MAX);
    word[CLOSEST_MAX] = 'a';
    word[CLOSEST_MAX + 1] = '\0';
    closest_offer(&c, word);
    assert_string_equal(c.best, "");
    word[CLOSEST_MAX] = '\0';
    closest_offer(&c, word);
    assert_string_equal(c.best, word);
    c = closest_to(word, CLOSEST_MAX + 1);
    closest_offer(&c, word);
    assert_string_equal(c.best, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips_find_the_name_meant),
        cmocka_unit_test(names_too_long_to_compare_are_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
