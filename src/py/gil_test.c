#include "py/gil.h"

#include <sched.h>
#include <stdatomic.h>

#include "py/runtime_testing.h"

enum { THREADS = 8, ROUNDS = 200 };

static atomic_long locks, refusals, mistakes;
static atomic_bool stopped, nested_while_stopping, inside;
static long unguarded; /* only ever touched with the GIL held */

static pthread_t spawn(void *(*fn)(void *), void *arg)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
    return thread;
}

static void locks_nest_and_unlock_does_nothing_twice(void **state)
{
    struct adder_gil outer = {{NULL}}, inner = {{NULL}};
    struct adder_error err;

    (void)state;
    hearing_start();
    gil_unlock(&outer);
    assert_false(gil_is_here());
    assert_int_equal(gil_lock(&outer, &err), 0);
    assert_int_equal(gil_lock(&outer, &err), -1);
    assert_int_equal(err.code, ADDER_INVALID);
    assert_string_equal(err.message, "this GIL lock is held already");
    assert_int_equal(gil_lock(&inner, &err), 0);
    assert_int_equal(PyGILState_Check(), 1);
    gil_unlock(&inner);
    gil_unlock(&inner);
    assert_true(gil_is_here());
    gil_unlock(&outer);
    gil_unlock(&outer);
    assert_false(gil_is_here());
    assert_int_equal(gil_lock(&outer, &err), 0);
    gil_unlock(&outer);
}

static void *unlock_here(void *arg)
{
    gil_unlock(arg);
    return NULL;
}

static void another_thread_cannot_unlock(void **state)
{
    struct adder_gil gil = {{NULL}};
    struct adder_error err;

    (void)state;
    hearing_start();
    assert_int_equal(gil_lock(&gil, &err), 0);
    pthread_join(spawn(unlock_here, &gil), NULL);
    assert_true(gil_is_here());
    gil_unlock(&gil);
    assert_false(gil_is_here());
}

static void nothing_is_held_when_down(void **state)
{
    struct adder_gil gil = {{NULL}};
    struct adder_error err;

    (void)state;
    hearing_start();
    runtime_stop();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(gil_lock(&gil, &err), -1);
        assert_int_equal(err.code, ADDER_STATE);
        assert_string_equal(err.message, "the Python runtime is not running");
        assert_null(gil.state[0]);
        gil_unlock(&gil);
    }
    assert_false(gil_hold());
}

/* ---- Threads ---------------------------------------------------------------------------- */

static void *lock_until_refused(void *arg)
{
    (void)arg;
    for (;;) {
        struct adder_gil gil = {{NULL}}, nested = {{NULL}};
        struct adder_error err;

        if (gil_lock(&gil, &err) < 0) {
            atomic_fetch_add(err.code == ADDER_STATE ? &refusals : &mistakes, 1);
            return NULL;
        }
        if (atomic_load(&stopped))
            atomic_fetch_add(&mistakes, 1);
        unguarded++;
        if (gil_lock(&nested, &err) < 0)
            atomic_fetch_add(&mistakes, 1);
        gil_unlock(&nested);
        Py_BEGIN_ALLOW_THREADS sched_yield();
        Py_END_ALLOW_THREADS gil_unlock(&gil);
        atomic_fetch_add(&locks, 1);
    }
}

static void many_threads_lock_until_the_runtime_stops(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    hearing_start();
    atomic_store(&stopped, false);
    for (size_t i = 0; i < THREADS; i++)
        threads[i] = spawn(lock_until_refused, NULL);
    while (atomic_load(&locks) < ROUNDS)
        sched_yield();
    runtime_stop();
    atomic_store(&stopped, true);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&refusals), THREADS);
    assert_int_equal(atomic_load(&mistakes), 0);
    assert_true(unguarded >= ROUNDS);
}

/* Holds a lock until the runtime is being stopped, then nests. */
static void *nest_late(void *arg)
{
    struct adder_gil gil = {{NULL}}, nested = {{NULL}};
    struct adder_error err;

    (void)arg;
    if (gil_lock(&gil, &err) < 0)
        return NULL;
    atomic_store(&inside, true);
    while (gil_is_open()) {
        Py_BEGIN_ALLOW_THREADS sched_yield();
        Py_END_ALLOW_THREADS
    }
    atomic_store(&nested_while_stopping,
                 gil_lock(&nested, &err) == 0 && !atomic_load(&stopped));
    gil_unlock(&nested);
    gil_unlock(&gil);
    return NULL;
}

static void nesting_works_while_a_stop_waits(void **state)
{
    pthread_t thread;

    (void)state;
    hearing_start();
    atomic_store(&stopped, false);
    thread = spawn(nest_late, NULL);
    while (!atomic_load(&inside))
        sched_yield();
    runtime_stop();
    atomic_store(&stopped, true);
    pthread_join(thread, NULL);
    assert_true(atomic_load(&nested_while_stopping));
}

static void *stop_here(void *arg)
{
    (void)arg;
    runtime_stop();
    return NULL;
}

static void any_thread_may_stop_also_one_that_holds_the_lock(void **state)
{
    struct adder_gil gil = {{NULL}};
    struct adder_error err;

    (void)state;
    hearing_start();
    pthread_join(spawn(stop_here, NULL), NULL);
    assert_null(runtime_python());
    hearing_start();
    assert_int_equal(gil_lock(&gil, &err), 0);
    runtime_stop();
    assert_int_equal(PyGILState_Check(), 1);
    gil_unlock(&gil);
    assert_int_equal(gil_lock(&gil, &err), -1);
}

/* ---- Callbacks without the GIL ---------------------------------------------------------- */

static void callbacks_without_the_gil_end_with_the_runtime(void **state)
{
    struct adder_facts facts;

    (void)state;
    hearing_start();
    facts = py_runtime()->facts;
    facts.log(NULL, str_of("while up"), 20);
    assert_heard("20 while up");
    runtime_stop();
    facts.log(NULL, str_of("while down"), 20);
    assert_false(was_heard("20 while down"));
    assert_null(facts.cache_write);
}

static int set_up(void **state)
{
    (void)state;
    hearing_begin();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(locks_nest_and_unlock_does_nothing_twice, stop),
        cmocka_unit_test_teardown(another_thread_cannot_unlock, stop),
        cmocka_unit_test_teardown(nothing_is_held_when_down, stop),
        cmocka_unit_test_teardown(many_threads_lock_until_the_runtime_stops, stop),
        cmocka_unit_test_teardown(nesting_works_while_a_stop_waits, stop),
        cmocka_unit_test_teardown(any_thread_may_stop_also_one_that_holds_the_lock, stop),
        cmocka_unit_test_teardown(callbacks_without_the_gil_end_with_the_runtime, stop),
    };

    return cmocka_run_group_tests_name("gil", tests, set_up, tear_down);
}
