#include "core/map.h"

#include <stdio.h>

#include "core/str.h"
#include "core/testing.h"

enum { MANY = 2000 };

static int numbers[MANY];

/* The name of number `i`, in a static buffer. */
static struct adder_str name(int i)
{
    static char text[16];

    snprintf(text, sizeof(text), "key %d", i);
    return str_of(text);
}

static void fill(struct map *m)
{
    for (int i = 0; i < MANY; i++)
        assert_int_equal(map_set(m, name(i), &numbers[i], NULL), 0);
}

static void finds_what_was_set(void **state)
{
    struct map *m = map_new();

    (void)state;
    fill(m);
    assert_int_equal(map_count(m), MANY);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(map_get(m, name(i)), &numbers[i]);
    assert_null(map_get(m, str_of("key")));
    map_free(m, NULL);
}

static void setting_again_replaces_and_returns_the_former(void **state)
{
    struct map *m = map_new();
    void *old = m;

    (void)state;
    assert_int_equal(map_set(m, str_of("a"), &numbers[0], &old), 0);
    assert_null(old);
    assert_int_equal(map_set(m, str_of("a"), &numbers[1], &old), 0);
    assert_ptr_equal(old, &numbers[0]);
    assert_int_equal(map_count(m), 1);
    assert_ptr_equal(map_get(m, str_of("a")), &numbers[1]);
    map_free(m, NULL);
}

static void keys_are_bytes(void **state)
{
    struct map *m = map_new();
    char key[] = "copied";

    (void)state;
    assert_int_equal(map_set(m, (struct adder_str){NULL, 0}, &numbers[0], NULL), 0);
    assert_int_equal(map_set(m, (struct adder_str){"\0", 1}, &numbers[1], NULL), 0);
    assert_int_equal(map_set(m, (struct adder_str){"\0\0", 2}, &numbers[2], NULL), 0);
    assert_int_equal(map_set(m, str_of(key), &numbers[3], NULL), 0);
    key[0] = 'C';
    assert_ptr_equal(map_get(m, str_of("")), &numbers[0]);
    assert_ptr_equal(map_get(m, (struct adder_str){"\0", 1}), &numbers[1]);
    assert_ptr_equal(map_get(m, (struct adder_str){"\0\0", 2}), &numbers[2]);
    assert_ptr_equal(map_get(m, str_of("copied")), &numbers[3]);
    map_free(m, NULL);
}

/* Many more removals than the table has room for leave it as small and as quick as before. */
static void removed_entries_are_gone_and_their_room_is_used_again(void **state)
{
    struct map *m = map_new();

    (void)state;
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(map_set(m, name(i), &numbers[i], NULL), 0);
        if (i > 0)
            assert_ptr_equal(map_remove(m, name(i - 1)), &numbers[i - 1]);
    }
    assert_int_equal(map_count(m), 1);
    assert_null(map_remove(m, name(0)));
    assert_ptr_equal(map_get(m, name(MANY - 1)), &numbers[MANY - 1]);
    map_free(m, NULL);
}

static void stepping_visits_each_entry_once_and_may_remove_it(void **state)
{
    bool seen[MANY] = {false};
    struct map *m = map_new();
    struct adder_str key;
    size_t at = 0, count = 0;
    void *value;

    (void)state;
    fill(m);
    while (map_next(m, &at, &key, &value)) {
        long i = (int *)value - numbers;

        assert_true(str_eq(key, name((int)i)));
        assert_false(seen[i]);
        seen[i] = true;
        count++;
        assert_ptr_equal(map_remove(m, name((int)i)), value);
    }
    assert_int_equal(count, MANY);
    assert_int_equal(map_count(m), 0);
    map_free(m, NULL);
}

static int freed;

static void count_free(void *value)
{
    (void)value;
    freed++;
}

static void freeing_frees_what_is_left(void **state)
{
    struct map *m = map_new();

    (void)state;
    fill(m);
    map_remove(m, name(5));
    freed = 0;
    map_free(m, count_free);
    assert_int_equal(freed, MANY - 1);
    map_free(NULL, count_free);
}

static int sets_forty(void)
{
    struct map *m = map_new();
    int rc = m != NULL ? 0 : -1;

    for (int i = 0; i < 40 && rc == 0; i++)
        rc = map_set(m, name(i), &numbers[i], NULL);
    for (int i = 0; i < 40 && m != NULL; i++)
        if (map_get(m, name(i)) != NULL)
            assert_ptr_equal(map_get(m, name(i)), &numbers[i]);
    map_free(m, NULL);
    return rc;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(sets_forty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_set),
        cmocka_unit_test(setting_again_replaces_and_returns_the_former),
        cmocka_unit_test(keys_are_bytes),
        cmocka_unit_test(removed_entries_are_gone_and_their_room_is_used_again),
        cmocka_unit_test(stepping_visits_each_entry_once_and_may_remove_it),
        cmocka_unit_test(freeing_frees_what_is_left),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
