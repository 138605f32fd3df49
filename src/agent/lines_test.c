#include "agent/lines.h"

#include <stdio.h>

#include "core/buf.h"
#include "core/str.h"
#include "core/testing.h"

static char seen[4096];

static void add_line(void *ctx, struct adder_str line)
{
    (void)ctx;
    snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%.*s|", STR_ARG(line));
}

static void add_dropped(void *ctx, uint64_t count)
{
    (void)ctx;
    snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "(%d dropped)", (int)count);
}

static struct lines *lines_of(double burst, double rate)
{
    struct lines *l = lines_new(&(struct lines_options){
        .line_max = 8, .burst = burst, .rate = rate, .line = add_line, .dropped = add_dropped});

    assert_non_null(l);
    seen[0] = '\0';
    return l;
}

static void bytes_become_lines_however_they_come(void **state)
{
    static const struct {
        const char *pieces[4], *lines;
    } cases[] = {
        {{"one\ntwo\n"}, "one|two|"},
        {{"o", "ne\nt", "wo\n"}, "one|two|"},
        {{"\n\na\n"}, "||a|"},
        {{"no newline"}, "no newli|"},
        {{"far too long\nnext\n"}, "far too |next|"},
        {{"12345678", "9\n", "x\n"}, "12345678|x|"},
        {{""}, ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lines *l = lines_of(100, 0);

        for (size_t k = 0; k < 4 && cases[i].pieces[k] != NULL; k++)
            lines_add(l, str_of(cases[i].pieces[k]), 1);
        lines_end(l);
        assert_string_equal(seen, cases[i].lines);
        lines_free(l);
    }
}

static void lines_beyond_the_rate_are_dropped_and_counted(void **state)
{
    struct lines *l = lines_of(2, 10);

    (void)state;
    lines_add(l, str_of("a\nb\nc\nd\n"), 100);
    assert_string_equal(seen, "a|b|");
    lines_add(l, str_of("e\n"), 100.05);
    assert_string_equal(seen, "a|b|");
    lines_add(l, str_of("f\n"), 100.15);
    assert_string_equal(seen, "a|b|(3 dropped)f|");
    lines_add(l, str_of("g\n"), 100.15);
    lines_end(l);
    assert_string_equal(seen, "a|b|(3 dropped)f|(1 dropped)");
    lines_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_become_lines_however_they_come),
        cmocka_unit_test(lines_beyond_the_rate_are_dropped_and_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
