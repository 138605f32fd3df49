#include "core/mem.h"

#include <string.h>

#include "core/testing.h"

static void blocks_are_counted_while_they_live(void **state)
{
    long before = mem_live();
    char *a = mem_alloc(0), *b = mem_zalloc(8), *c = mem_realloc(NULL, 4);

    (void)state;
    assert_int_equal(mem_live(), before + 3);
    assert_memory_equal(b, "\0\0\0\0\0\0\0", 8);
    c = mem_realloc(c, 4000);
    assert_int_equal(mem_live(), before + 3);
    mem_free(a);
    mem_free(b);
    mem_free(c);
    mem_free(NULL);
    assert_int_equal(mem_live(), before);
}

static void texts_are_copied_and_formatted(void **state)
{
    AUTOFREE char *whole = mem_strdup("text");
    AUTOFREE char *part = mem_strndup("text", 2);
    AUTOFREE char *formatted = mem_printf("%s-%d", "a", 5);

    (void)state;
    assert_string_equal(whole, "text");
    assert_string_equal(part, "te");
    assert_string_equal(formatted, "a-5");
    assert_null(mem_strdup(NULL));
}

static void the_named_allocation_fails_once(void **state)
{
    AUTOFREE char *first = NULL;
    AUTOFREE char *third = NULL;

    (void)state;
    mem_fail_at(1);
    first = mem_alloc(1);
    assert_non_null(first);
    assert_false(mem_failed());
    assert_null(mem_printf("x"));
    assert_true(mem_failed());
    third = mem_zalloc(1);
    assert_non_null(third);
    mem_fail_at(-1);
    assert_false(mem_failed());
}

static void a_failed_realloc_leaves_the_block(void **state)
{
    AUTOFREE char *text = mem_strdup("kept");

    (void)state;
    mem_fail_at(0);
    assert_null(mem_realloc(text, 1000));
    mem_fail_at(-1);
    assert_string_equal(text, "kept");
}

static int allocates_three_times(void)
{
    AUTOFREE char *a = mem_alloc(1);
    AUTOFREE char *b = a != NULL ? mem_strdup("b") : NULL;
    AUTOFREE char *c = b != NULL ? mem_zalloc(1) : NULL;

    return c != NULL ? 0 : -1;
}

static void each_allocation_can_be_made_to_fail(void **state)
{
    (void)state;
    each_alloc_fails(allocates_three_times);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_counted_while_they_live),
        cmocka_unit_test(texts_are_copied_and_formatted),
        cmocka_unit_test(the_named_allocation_fails_once),
        cmocka_unit_test(a_failed_realloc_leaves_the_block),
        cmocka_unit_test(each_allocation_can_be_made_to_fail),
    };

    return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
