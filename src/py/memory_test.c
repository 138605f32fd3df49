#include "py/memory.h"

#include <malloc.h>

#include "py/gil.h"
#include "py/runtime_testing.h"

enum { BLOCKS = 2000, THREADS = 4 };

static struct adder_memory process(void)
{
    struct adder_memory m;

    memory_process(&m);
    return m;
}

static struct adder_memory of(const struct account *a)
{
    struct adder_memory m;

    memory_account(a, &m);
    return m;
}

/* ---- Border ----------------------------------------------------------------------------- */

static void border_blocks_are_counted_with_their_size(void **state)
{
    struct adder_memory_border before = process().border, now;
    void *p, *q;

    (void)state;
    p = border_alloc(100);
    q = border_alloc(0);
    now = process().border;
    assert_non_null(p);
    assert_non_null(q);
    assert_int_equal(now.allocations - before.allocations, 2);
    assert_int_equal(now.allocated_bytes - before.allocated_bytes, 100);
    assert_int_equal(now.inuse_bytes - before.inuse_bytes, 100);
    border_free(p);
    border_free(q);
    border_free(NULL);
    now = process().border;
    assert_int_equal(now.frees - before.frees, 2);
    assert_int_equal(now.freed_bytes - before.freed_bytes, 100);
    assert_int_equal(now.inuse_bytes, before.inuse_bytes);
    assert_int_equal(now.untracked_frees, before.untracked_frees);
}

static void a_pointer_never_handed_out_is_only_counted(void **state)
{
    struct adder_memory_border before = process().border, now;
    int on_the_stack;
    void *p = border_alloc(8);

    (void)state;
    border_free(&on_the_stack);
    border_free((char *)p + 1);
    now = process().border;
    assert_int_equal(now.untracked_frees - before.untracked_frees, 2);
    assert_int_equal(now.frees, before.frees);
    assert_int_equal(now.inuse_bytes - before.inuse_bytes, 8);
    border_free(p);
}

/* Releases in an order that moves entries of the table about. */
static void many_blocks_are_found_again(void **state)
{
    struct adder_memory_border before = process().border, now;
    void *blocks[BLOCKS];

    (void)state;
    for (size_t i = 0; i < BLOCKS; i++)
        assert_non_null(blocks[i] = border_alloc(i));
    for (size_t i = 0; i < BLOCKS; i += 2)
        border_free(blocks[i]);
    for (size_t i = BLOCKS; i-- > 0;)
        if (i % 2 == 1)
            border_free(blocks[i]);
    now = process().border;
    assert_int_equal(now.allocations - before.allocations, BLOCKS);
    assert_int_equal(now.frees - before.frees, BLOCKS);
    assert_int_equal(now.inuse_bytes, before.inuse_bytes);
    assert_int_equal(now.untracked_frees, before.untracked_frees);
}

static void *alloc_and_free(void *arg)
{
    struct account *a = arg;
    struct account *before = account_enter(a);

    for (size_t i = 0; i < BLOCKS; i++) {
        void *p = border_alloc(i % 50), *q = border_alloc(7);

        border_free(p);
        border_free(q);
    }
    account_leave(before);
    return NULL;
}

static void threads_share_the_table(void **state)
{
    struct adder_memory_border before = process().border, now;
    struct account *accounts[THREADS];
    pthread_t threads[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        accounts[i] = account_new();
        assert_int_equal(pthread_create(&threads[i], NULL, alloc_and_free, accounts[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(of(accounts[i]).border.allocations, 2 * BLOCKS);
        assert_int_equal(of(accounts[i]).border.frees, 2 * BLOCKS);
        assert_int_equal(of(accounts[i]).border.inuse_bytes, 0);
        account_release(accounts[i]);
    }
    now = process().border;
    assert_int_equal(now.frees - before.frees, 2 * BLOCKS * THREADS);
    assert_int_equal(now.inuse_bytes, before.inuse_bytes);
}

static int fills_the_table(void)
{
    void *blocks[BLOCKS] = {NULL};
    int rc = 0;

    for (size_t i = 0; i < BLOCKS && rc == 0; i++)
        rc = (blocks[i] = border_alloc(1)) != NULL ? 0 : -1;
    for (size_t i = 0; i < BLOCKS; i++)
        border_free(blocks[i]);
    return rc;
}

/* The table keeps its size, so it is grown first. */
static void survives_every_allocation_failing(void **state)
{
    struct adder_memory_border before = process().border;

    (void)state;
    assert_int_equal(fills_the_table(), 0);
    each_alloc_fails(fills_the_table);
    assert_int_equal(process().border.inuse_bytes, before.inuse_bytes);
}

/* ---- Accounts --------------------------------------------------------------------------- */

static void a_block_is_credited_to_its_account_wherever_it_is_released(void **state)
{
    long live = mem_live();
    struct account *a = account_new(), *b = account_new(), *before;
    void *of_a, *of_b, *of_none;

    (void)state;
    before = account_enter(a);
    of_a = border_alloc(10);
    assert_ptr_equal(account_enter(b), a);
    of_b = border_alloc(20);
    border_free(of_a);
    account_leave(a);
    border_free(of_b);
    account_leave(before);
    of_none = border_alloc(40);
    border_free(of_none);
    assert_int_equal(of(a).border.allocated_bytes, 10);
    assert_int_equal(of(a).border.freed_bytes, 10);
    assert_int_equal(of(b).border.allocated_bytes, 20);
    assert_int_equal(of(b).border.freed_bytes, 20);
    assert_int_equal(of(b).border.inuse_bytes, 0);
    account_release(a);
    account_release(b);
    assert_int_equal(mem_live(), live);
}

static void an_account_lives_until_its_last_block_is_released(void **state)
{
    long live = mem_live();
    struct account *a = account_new(), *before = account_enter(a);
    void *p = border_alloc(10), *q = border_alloc(20);

    (void)state;
    account_leave(before);
    account_release(a);
    border_free(p);
    assert_int_equal(of(a).border.inuse_bytes, 20);
    assert_int_equal(mem_live(), live + 2);
    border_free(q);
    assert_int_equal(mem_live(), live);
}

/* ---- Python's allocators ---------------------------------------------------------------- */

static const struct domain {
    const char *name;
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    bool exact; /* sizes as asked, and attributed */
} domains[] = {
    {"mem", PyMem_Malloc, PyMem_Calloc, PyMem_Realloc, PyMem_Free, true},
    {"object", PyObject_Malloc, PyObject_Calloc, PyObject_Realloc, PyObject_Free, true},
    {"raw", PyMem_RawMalloc, PyMem_RawCalloc, PyMem_RawRealloc, PyMem_RawFree, false},
};

static size_t counted(const struct domain *d, void *p, size_t asked)
{
    return d->exact ? asked : malloc_usable_size(p);
}

static void python_blocks_are_counted_once(void **state)
{
    static const size_t sizes[] = {0, 1, 16, 100, 496, 497, 512, 5000, 1000000};
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    struct adder_error err;

    (void)state;
    assert_int_equal(gil_lock(&gil, &err), 0);
    for (size_t k = 0; k < ARRAY_LEN(domains); k++) {
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
            const struct domain *d = &domains[k];
            struct adder_memory_python before = process().python, now;
            void *p = d->malloc(sizes[i]);
            size_t first = counted(d, p, sizes[i]), second;

            now = process().python;
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            assert_int_equal(now.inuse_bytes - before.inuse_bytes, first);
            p = d->realloc(p, sizes[i] * 3);
            second = counted(d, p, sizes[i] * 3);
            now = process().python;
            assert_int_equal(now.inuse_bytes - before.inuse_bytes, second);
            assert_int_equal(now.total_bytes - before.total_bytes, first + second);
            d->free(p);
            assert_int_equal(process().python.inuse_bytes, before.inuse_bytes);
        }
    }
}

static void sizes_that_overflow_are_refused(void **state)
{
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    struct adder_memory_python before;
    struct adder_error err;

    (void)state;
    assert_int_equal(gil_lock(&gil, &err), 0);
    before = process().python;
    for (size_t k = 0; k < ARRAY_LEN(domains); k++) {
        const struct domain *d = &domains[k];
        char *p = d->calloc(0, 5);

        assert_non_null(p);
        d->free(p);
        p = d->calloc(3, 5);

        for (size_t i = 0; i < 15; i++)
            assert_int_equal(p[i], 0);
        p[14] = 'x';
        assert_null(d->malloc(PY_SSIZE_T_MAX));
        assert_null(d->malloc(PY_SSIZE_T_MAX - 3));
        assert_null(d->calloc(PY_SSIZE_T_MAX / 2, 4));
        assert_null(d->calloc(SIZE_MAX / 2, 3));
        assert_null(d->realloc(p, PY_SSIZE_T_MAX - 3));
        assert_int_equal(p[14], 'x');
        d->free(p);
        d->free(NULL);
    }
    assert_int_equal(process().python.inuse_bytes, before.inuse_bytes);
}

static void python_blocks_belong_to_the_account_they_came_from(void **state)
{
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    long live = mem_live();
    struct account *a = account_new(), *before;
    struct adder_error err;
    void *p, *q;

    (void)state;
    assert_int_equal(gil_lock(&gil, &err), 0);
    p = PyMem_Malloc(1000);
    before = account_enter(a);
    q = PyObject_Malloc(300);
    p = PyMem_Realloc(p, 2000);
    PyMem_RawFree(PyMem_RawMalloc(50));
    account_leave(before);
    assert_int_equal(of(a).python.inuse_bytes, 300);
    q = PyObject_Realloc(q, 4000);
    assert_int_equal(of(a).python.inuse_bytes, 4000);
    assert_int_equal(of(a).python.total_bytes, 4300);
    PyMem_Free(p);
    account_release(a);
    PyObject_Free(q);
    assert_int_equal(mem_live(), live);
}

static void tracemalloc_works_on_top(void **state)
{
    struct adder_error err;

    (void)state;
    if (runtime_exec("import tracemalloc\n"
                     "old = [bytearray(600) for _ in range(100)]\n"
                     "tracemalloc.start()\n"
                     "new = [bytearray(600) for _ in range(100)]\n"
                     "assert tracemalloc.get_traced_memory()[0] > 60000\n"
                     "old.clear()\ntracemalloc.stop()\nnew.clear()\n",
                     &err) < 0)
        fail_msg("%s", err.message);
}

static void the_first_start_decides_about_counting(void **state)
{
    struct adder_memory_border before = process().border;
    struct adder_error err;
    void *p;

    (void)state;
    assert_int_equal(memory_start(false, &err), 0);
    p = border_alloc(3);
    assert_int_equal(process().border.inuse_bytes - before.inuse_bytes, 3);
    border_free(p);
}

/* ---- Off -------------------------------------------------------------------------------- */

static int counts_nothing_when_off(struct adder_error *err)
{
    struct adder_runtime_options o = hearing_options();
    struct adder_memory m;

    o.no_memory_tracking = true;
    if (runtime_start(&o, err) < 0)
        return -1;
    border_free(border_alloc(10));
    m = process();
    if (m.border.allocations != 0 || m.python.total_bytes != 0)
        return err_set(err, ADDER_INVALID, "something was counted");
    return 0;
}

static void nothing_is_counted_when_off(void **state)
{
    struct adder_error err = in_child(counts_nothing_when_off);

    (void)state;
    if (err.code != ADDER_OK)
        fail_msg("%s", err.message);
}

static int set_up(void **state)
{
    (void)state;
    hearing_begin();
    nothing_is_counted_when_off(NULL);
    hearing_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(border_blocks_are_counted_with_their_size),
        cmocka_unit_test(a_pointer_never_handed_out_is_only_counted),
        cmocka_unit_test(many_blocks_are_found_again),
        cmocka_unit_test(threads_share_the_table),
        cmocka_unit_test(survives_every_allocation_failing),
        cmocka_unit_test(a_block_is_credited_to_its_account_wherever_it_is_released),
        cmocka_unit_test(an_account_lives_until_its_last_block_is_released),
        cmocka_unit_test(python_blocks_are_counted_once),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(python_blocks_belong_to_the_account_they_came_from),
        cmocka_unit_test(tracemalloc_works_on_top),
        cmocka_unit_test(the_first_start_decides_about_counting),
    };

    return cmocka_run_group_tests_name("memory", tests, set_up, tear_down);
}
