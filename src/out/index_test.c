#include "out/index.h"

#include <stdlib.h>
#include <string.h>

#include "core/testing.h"

static void add(struct index *x, uint64_t hash, void *item)
{
    assert_int_equal(index_room(x), 0);
    index_add(x, hash, item);
}

static size_t count_of(const struct index *x, uint64_t hash, const void *item)
{
    size_t at = 0, count = 0;
    const void *found;

    while ((found = index_next(x, hash, &at)) != NULL)
        count += found == item;
    return count;
}

static void items_of_one_hash_are_all_found(void **state)
{
    struct index x = {0};
    char items[3];
    size_t at = 0;

    (void)state;
    assert_null(index_next(&x, 7, &at));
    for (size_t i = 0; i < 3; i++)
        add(&x, 7, &items[i]);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(count_of(&x, 7, &items[i]), 1);
    index_remove(&x, 7, &items[1]);
    assert_int_equal(count_of(&x, 7, &items[0]), 1);
    assert_int_equal(count_of(&x, 7, &items[1]), 0);
    assert_int_equal(count_of(&x, 7, &items[2]), 1);
    index_free(&x);
}

/* Against a plain list; few distinct hashes, at the end of the table, so that runs of slots go
 * round it. */
static void an_index_holds_what_was_added_and_not_removed(void **state)
{
    enum { N = 300, HASHES = 40, STEPS = 20000 };
    struct index x = {0};
    bool there[N] = {false};
    char items[N];
    size_t count = 0;

    (void)state;
    srand(1);
    for (int step = 0; step < STEPS; step++) {
        size_t i = (size_t)rand() % N;
        uint64_t hash = UINT64_MAX - i % HASHES;

        if (there[i])
            index_remove(&x, hash, &items[i]);
        else
            add(&x, hash, &items[i]);
        there[i] = !there[i];
        count += there[i] ? 1 : (size_t)-1;
        assert_int_equal(x.count, count);
        if (step % 50 == 0)
            for (size_t k = 0; k < N; k++)
                assert_int_equal(count_of(&x, UINT64_MAX - k % HASHES, &items[k]), there[k]);
    }
    index_free(&x);
}

static int adds_many(void)
{
    struct index x = {0};
    char items[200];
    int rc = 0;

    for (size_t i = 0; i < sizeof(items) && rc == 0; i++) {
        rc = index_room(&x);
        if (rc == 0)
            index_add(&x, i * 77, &items[i]);
    }
    for (size_t i = 0; i < x.count; i++)
        assert_int_equal(count_of(&x, i * 77, &items[i]), 1);
    index_free(&x);
    return rc;
}

static void without_memory_an_index_stays_as_it_was(void **state)
{
    (void)state;
    each_alloc_fails(adds_many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_of_one_hash_are_all_found),
        cmocka_unit_test(an_index_holds_what_was_added_and_not_removed),
        cmocka_unit_test(without_memory_an_index_stays_as_it_was),
    };

    return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
