#include "core/testing.h"

#include <stdlib.h>

#include "cli/table.h"
#include "core/str.h"

static const struct table_column columns[] = {
    {"NAME", false, false},
    {"VALUE", true, false},
    {"HOST", false, false},
    {"TAGS", false, true},
};

static void add_row(struct table *t, const char *name, const char *value, const char *tags)
{
    table_add(t, INK_PLAIN, str_of(name));
    table_add(t, INK_PLAIN, str_of(value));
    table_add(t, INK_PLAIN, str_of(""));
    table_add(t, INK_PLAIN, str_of(tags));
}

/* What the table looks like on a terminal `width` columns wide. */
static const char *printed(const struct table *t, unsigned width, bool colour)
{
    struct out o = {.tty = width > 0, .colour = colour, .width = width};
    struct adder_error err;
    static char text[4096];

    o.file = fmemopen(text, sizeof(text), "w");
    assert_non_null(o.file);
    assert_int_equal(table_print(t, &o, 2, &err), 0);
    fclose(o.file);
    return text;
}

static void columns_align_and_empty_ones_are_left_out(void **state)
{
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    const char *text;

    (void)state;
    add_row(t, "a", "1", "x:y");
    add_row(t, "long.name", "12.5", "");
    text = printed(t, 0, false);
    assert_string_equal(text, "  NAME       VALUE  TAGS\n"
                              "  a              1  x:y\n"
                              "  long.name   12.5\n");
    table_free(t);
}

static void long_text_wraps_and_nothing_is_lost(void **state)
{
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    const char *text;

    (void)state;
    add_row(t, "a", "1", "one:1, two:2, three:3, four:4, five:5, six:6");
    text = printed(t, 44, false);
    assert_string_equal(text, "  NAME  VALUE  TAGS\n"
                              "  a         1  one:1, two:2, three:3,\n"
                              "               four:4, five:5, six:6\n");
    table_free(t);
}

static void text_without_room_goes_below_its_row(void **state)
{
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    const char *text;

    (void)state;
    add_row(t, "a.name.that.takes.nearly.all", "1", "one:1, two:2, three:3, four:4, five:5");
    text = printed(t, 40, false);
    assert_string_equal(text, "  NAME                          VALUE\n"
                              "      TAGS\n"
                              "  a.name.that.takes.nearly.all      1\n"
                              "      one:1, two:2, three:3, four:4,\n"
                              "      five:5\n");
    table_free(t);
}

static void cells_are_escaped_and_coloured_apart_from_their_width(void **state)
{
    struct table *t = table_new(columns, 2);
    const char *text;

    (void)state;
    table_add(t, INK_BAD, str_of("\x1b["));
    table_add(t, INK_PLAIN, str_of("1"));
    text = printed(t, 80, true);
    assert_string_equal(text, "  \033[2mNAME\033[0m   \033[2mVALUE\033[0m\n"
                              "  \033[31m\\x1b[\033[0m      1\n");
    table_free(t);
}

static void a_long_name_does_not_make_every_row_as_long(void **state)
{
    enum { LONG = 1024 * 1024, ROWS = 1000 };
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    char *name = mem_alloc(LONG + 1), *text = NULL;
    struct out o = {.width = 0};
    struct adder_error err;
    size_t size;

    (void)state;
    memset(name, 'n', LONG);
    name[LONG] = '\0';
    add_row(t, name, "1", "x:y");
    for (int i = 1; i < ROWS; i++)
        add_row(t, "short", "2", "");
    o.file = open_memstream(&text, &size);
    assert_int_equal(table_print(t, &o, 0, &err), 0);
    fclose(o.file);
    assert_in_range(size, LONG, LONG + 300 * ROWS);
    assert_memory_equal(strstr(text, "nnnn") + LONG, "      1  x:y\n", 12);
    assert_string_equal(strrchr(text, 's') + 206, "2\n");
    free(text);
    mem_free(name);
    table_free(t);
}

static int fill(void)
{
    const struct adder_str items[] = {{"a:b", 3}, {"c:d", 3}};
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    struct out o = {.file = fopen("/dev/null", "w")};
    struct adder_error err;
    int rc = -1;

    assert_non_null(o.file);
    if (t != NULL) {
        for (int i = 0; i < 100; i++) {
            add_row(t, "name", "1", "x");
            table_add_tags(t, (struct adder_tags){items, 2});
            table_add_tags(t, (struct adder_tags){NULL, 0});
            table_add(t, INK_PLAIN, str_of("1"));
            table_add(t, INK_PLAIN, str_of("1"));
        }
        rc = table_print(t, &o, 2, &err);
    }
    table_free(t);
    fclose(o.file);
    return rc;
}

static void filling_survives_any_failed_allocation(void **state)
{
    (void)state;
    each_alloc_fails(fill);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_align_and_empty_ones_are_left_out),
        cmocka_unit_test(long_text_wraps_and_nothing_is_lost),
        cmocka_unit_test(text_without_room_goes_below_its_row),
        cmocka_unit_test(cells_are_escaped_and_coloured_apart_from_their_width),
        cmocka_unit_test(a_long_name_does_not_make_every_row_as_long),
        cmocka_unit_test(filling_survives_any_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
