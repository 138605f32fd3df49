#include "core/buf.h"

#include "core/err.h"
#include "core/mem.h"
#include "core/testing.h"

static void adds_and_detaches(void **state)
{
    struct buf b;
    char *text;

    (void)state;
    buf_init(&b, 100);
    buf_add_str(&b, "one");
    buf_add_char(&b, ' ');
    buf_printf(&b, "%d", 2);
    assert_int_equal(b.len, 5);
    text = buf_detach(&b);
    assert_string_equal(text, "one 2");
    assert_int_equal(b.len, 0);
    mem_free(text);
}

static void refuses_to_grow_past_its_limit(void **state)
{
    struct adder_error err;
    struct buf b;

    (void)state;
    buf_init(&b, 4);
    buf_add(&b, "abcd", 4);
    assert_int_equal(buf_check(&b, &err), 0);
    buf_add(&b, "e", 1);
    buf_add(&b, "", 0);
    assert_int_equal(buf_check(&b, &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    assert_string_equal(err.message, "more than 4 bytes");
    assert_null(buf_detach(&b));
    buf_clear(&b);
    assert_int_equal(buf_check(&b, &err), 0);
    buf_free(&b);
}

static int fills_a_buffer(void)
{
    CLEANUP(buf_free) struct buf b;
    struct adder_error err;

    buf_init(&b, 10000);
    for (int i = 0; i < 1000; i++)
        buf_add_str(&b, "12345678");
    return buf_check(&b, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(fills_a_buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_and_detaches),
        cmocka_unit_test(refuses_to_grow_past_its_limit),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
