#include "server/filter.h"

#include <fnmatch.h>

#include "core/str.h"
#include "core/testing.h"

static void a_filter_without_stars_is_part_of_a_text(void **state)
{
    (void)state;
    assert_true(filter_fits(str_of(""), str_of("")));
    assert_true(filter_fits(str_of(""), str_of("system.cpu.user")));
    assert_true(filter_fits(str_of(NULL), str_of("x")));
    assert_true(filter_fits(str_of("cpu"), str_of("system.cpu.user")));
    assert_true(filter_fits(str_of("system.cpu.user"), str_of("system.cpu.user")));
    assert_false(filter_fits(str_of("CPU"), str_of("system.cpu.user")));
    assert_false(filter_fits(str_of("cpu"), str_of("")));
    assert_false(filter_fits(str_of("cpu"), str_of(NULL)));
    assert_false(filter_fits(str_of("[a-z]"), str_of("a")));
    assert_true(filter_fits(str_of("[a-z]"), str_of("x[a-z]x")));
}

static const char *next_text(char *text, size_t max, const char *letters)
{
    /* Counts in the base of the letters; "" begins. */
    size_t len = strlen(text), i;

    for (i = 0; i < len; i++) {
        const char *at = strchr(letters, text[i]);

        text[i] = at[1] != '\0' ? at[1] : letters[0];
        if (at[1] != '\0')
            return text;
    }
    if (len == max)
        return NULL;
    text[len] = letters[0];
    text[len + 1] = '\0';
    return text;
}

/* fnmatch() without its brackets and backslashes is the same language. */
static void patterns_fit_as_those_of_the_shell(void **state)
{
    char pattern[8] = "", text[8];

    (void)state;
    while (next_text(pattern, 5, "*?ab") != NULL) {
        if (strpbrk(pattern, "*?") == NULL)
            continue;
        text[0] = '\0';
        do {
            bool expected = fnmatch(pattern, text, 0) == 0;

            if (filter_fits(str_of(pattern), str_of(text)) != expected)
                fail_msg("'%s' and '%s'", pattern, text);
        } while (next_text(text, 5, "ab") != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_without_stars_is_part_of_a_text),
        cmocka_unit_test(patterns_fit_as_those_of_the_shell),
    };

    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
