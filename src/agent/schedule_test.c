#include "agent/schedule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/err.h"
#include "core/str.h"
#include "core/testing.h"

enum { MANY = 100 * 1000 };

#define HOUR 3600.0

static struct adder_str id_of(int i)
{
    static char text[32];

    snprintf(text, sizeof(text), "check:%x", i);
    return str_of(text);
}

static void add(struct schedule *s, struct turn *t, const char *id, double interval, double now)
{
    struct adder_error err;

    *t = (struct turn){.place = 0};
    assert_int_equal(schedule_add(s, t, str_of(id), interval, INFINITY, now, &err), 0);
}

static struct turn *pop(struct schedule *s, double now)
{
    uint64_t missed;
    double late;

    return schedule_pop(s, now, &late, &missed);
}

/* ---- Spread ---------------------------------------------------------------------------- */

static void the_first_turn_depends_on_the_id_alone(void **state)
{
    struct schedule *one = schedule_new(100), *other = schedule_new(7000);
    struct turn a, b, again;

    (void)state;
    add(one, &a, "disk:67cc0574430a16ba", 15, 100);
    add(one, &b, "cpu:e331d61ed1323219", 15, 100);
    add(other, &again, "disk:67cc0574430a16ba", 15, 7000);
    assert_true(fabs((a.due - 100) - (again.due - 7000)) < 1e-9);
    assert_true(a.due != b.due);
    schedule_free(one);
    schedule_free(other);
}

static void first_turns_are_spread_evenly_over_the_interval(void **state)
{
    static struct turn turns[1000];
    struct schedule *s = schedule_new(50);
    size_t counts[10] = {0};
    struct adder_error err;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(schedule_add(s, &turns[i], id_of(i), 20, 60, 50, &err), 0);
        assert_true(turns[i].due > 50 && turns[i].due <= 70);
        counts[(size_t)((turns[i].due - 50) / 2) % 10]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(counts[i], 60, 140);
    schedule_free(s);
}

/* An hourly check of an agent that has just started: soon, and then each hour, neither at once
 * nor together with all others. */
static void a_long_interval_does_not_delay_the_first_turn(void **state)
{
    static struct turn turns[1000];
    size_t counts[10] = {0};
    struct adder_error err;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct schedule *s = schedule_new(0);
        double first, second;

        assert_int_equal(schedule_add(s, &turns[i], id_of(i), HOUR, 5, 0, &err), 0);
        first = turns[i].due;
        assert_true(first >= 0 && first < 5);
        assert_ptr_equal(pop(s, first), &turns[i]);
        second = turns[i].due;
        assert_true(second >= first + HOUR / 2 && second < first + 1.5 * HOUR + 5);
        counts[(size_t)(second / HOUR * 10) % 10]++;
        assert_ptr_equal(pop(s, second), &turns[i]);
        assert_true(fabs(turns[i].due - second - HOUR) < 1e-6);
        schedule_free(s);
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(counts[i], 60, 140);
}

static void a_check_that_comes_later_takes_its_place_on_the_grid(void **state)
{
    struct schedule *s = schedule_new(1000);
    struct turn early, late;

    (void)state;
    add(s, &early, "a", 10, 1000);
    add(s, &late, "a", 10, 1000 + 10 * 1234.5);
    assert_true(late.due > 1000 + 10 * 1234.5 && late.due <= 1000 + 10 * 1235.5);
    assert_true(fabs(fmod(late.due - early.due + 5, 10) - 5) < 1e-6);
    schedule_free(s);
}

/* ---- Grid ------------------------------------------------------------------------------ */

static void turns_do_not_drift_however_late_each_is_taken(void **state)
{
    struct schedule *s = schedule_new(12345.678);
    struct turn t;
    double first;

    (void)state;
    add(s, &t, "drift", 0.1, 12345.678);
    first = t.due;
    for (int i = 0; i < MANY; i++) {
        uint64_t missed = 1;
        double late = -1, delay = (i % 9) * 0.01;

        assert_ptr_equal(schedule_pop(s, t.due + delay, &late, &missed), &t);
        assert_int_equal(missed, 0);
        assert_true(fabs(late - delay) < 1e-9);
    }
    assert_true(fabs(t.due - (first + MANY * 0.1)) < 1e-6);
    schedule_free(s);
}

static void a_turn_is_given_out_once(void **state)
{
    static const double intervals[] = {0.001, 0.1, 1.0 / 3, 1, 7, 15, 3600, 86400};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(intervals); i++) {
        struct schedule *s = schedule_new(98765.4321);
        struct turn t;

        add(s, &t, "once", intervals[i], 98765.4321);
        for (int n = 0; n < 1000; n++) {
            double due = t.due;

            assert_null(pop(s, nextafter(due, 0)));
            assert_ptr_equal(pop(s, due), &t);
            assert_null(pop(s, due));
            assert_true(fabs(t.due - due - intervals[i]) < 1e-6);
        }
        schedule_free(s);
    }
}

static void missed_turns_are_counted_and_not_made_up_for(void **state)
{
    static const struct {
        double delay;
        uint64_t missed;
    } cases[] = {
        {0, 0}, {9.9, 0}, {10.1, 1}, {25, 2}, {1000.5, 100}, {8 * HOUR + 1, 2880},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct schedule *s = schedule_new(0);
        double late, due, now;
        uint64_t missed;
        struct turn t;

        add(s, &t, "missed", 10, 0);
        pop(s, t.due);
        due = t.due;
        now = due + cases[i].delay;
        assert_ptr_equal(schedule_pop(s, now, &late, &missed), &t);
        assert_int_equal(missed, cases[i].missed);
        assert_true(fabs(late - cases[i].delay) < 1e-6);
        assert_true(t.due > now && t.due <= now + 10);
        assert_true(fabs(t.due - due - 10.0 * (double)(missed + 1)) < 1e-6);
        assert_null(pop(s, now));
        schedule_free(s);
    }
}

static void after_hours_of_sleep_every_check_runs_once(void **state)
{
    static struct turn turns[500];
    struct schedule *s = schedule_new(0);
    struct adder_error err;
    double now = 7 * HOUR;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 500; i++)
        assert_int_equal(schedule_add(s, &turns[i], id_of(i), 1 + i % 60, 5, 0, &err), 0);
    while (pop(s, now) != NULL)
        count++;
    assert_int_equal(count, 500);
    assert_true(schedule_next(s) > now && schedule_next(s) <= now + 1);
    schedule_free(s);
}

/* ---- Off the grid ---------------------------------------------------------------------- */

static void a_turn_off_the_grid_leaves_the_grid_as_it_was(void **state)
{
    static const double detours[] = {-14, -1, 0.5, 3, 100, HOUR};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(detours); i++) {
        struct schedule *s = schedule_new(0);
        double planned, late;
        uint64_t missed;
        struct turn t;

        add(s, &t, "detour", 15, 0);
        pop(s, t.due);
        planned = t.due;
        schedule_at(s, &t, planned + detours[i]);
        assert_true(schedule_next(s) == planned + detours[i]);
        assert_ptr_equal(schedule_pop(s, planned + detours[i], &late, &missed), &t);
        assert_int_equal(missed, 0);
        assert_true(late == 0);
        assert_true(t.due > planned + detours[i] && t.due <= planned + detours[i] + 15);
        assert_true(fabs(remainder(t.due - planned, 15)) < 1e-6);
        schedule_free(s);
    }
}

static void what_is_not_scheduled_stays_so(void **state)
{
    struct schedule *s = schedule_new(0);
    struct turn t = {.due = 5};

    (void)state;
    schedule_at(s, &t, 1);
    schedule_remove(s, &t);
    assert_int_equal(schedule_count(s), 0);
    assert_true(schedule_next(s) == -1);
    assert_null(pop(s, 1e9));
    schedule_free(s);
    schedule_free(NULL);
}

static void an_interval_that_is_none_is_refused(void **state)
{
    static const struct {
        double interval;
        const char *message;
    } cases[] = {
        {0, "an interval of 0 seconds is too short"},
        {-1, "an interval of -1 seconds is too short"},
        {NAN, "an interval of nan seconds is too short"},
        {0.0005, "an interval of 0.0005 seconds is too short"},
        {INFINITY, "an interval of inf seconds is too long"},
    };
    struct schedule *s = schedule_new(0);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct turn t = {.place = 0};
        struct adder_error err;

        assert_int_equal(schedule_add(s, &t, str_of("x"), cases[i].interval, 5, 0, &err), -1);
        assert_int_equal(err.code, ADDER_INVALID);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(schedule_count(s), 0);
    }
    schedule_free(s);
}

/* ---- Many ------------------------------------------------------------------------------ */

static void a_hundred_thousand_turns_come_in_order(void **state)
{
    static struct turn turns[MANY];
    struct schedule *s = schedule_new(0);
    struct adder_error err;
    double last = 0;

    (void)state;
    for (int i = 0; i < MANY; i++)
        assert_int_equal(schedule_add(s, &turns[i], id_of(i), 1 + i % 300, 5, 0, &err), 0);
    for (int i = 0; i < MANY; i += 3)
        schedule_remove(s, &turns[i]);
    for (int i = 1; i < MANY; i += 3)
        schedule_at(s, &turns[i], i % 1000);
    assert_int_equal(schedule_count(s), MANY - (MANY + 2) / 3);
    for (int i = 0; i < 5 * MANY; i++) {
        double due = schedule_next(s);
        struct turn *t = pop(s, due);

        assert_non_null(t);
        assert_true((t - turns) % 3 != 0);
        assert_true(due >= last && t->due > due);
        last = due;
    }
    for (int i = 0; i < MANY; i++)
        schedule_remove(s, &turns[i]);
    assert_int_equal(schedule_count(s), 0);
    schedule_free(s);
}

/* Each turn knows its place, and none is missing, after any mixture of operations. */
static void any_mixture_of_operations_keeps_the_order(void **state)
{
    static struct turn turns[200];
    struct schedule *s = schedule_new(0);
    uint32_t random = 1;
    double now = 0;

    (void)state;
    for (int i = 0; i < 200 * 1000; i++) {
        struct turn *t, *due;

        random = random * 1664525 + 1013904223;
        t = &turns[(random >> 8) % 200];
        if (t->place == 0)
            add(s, t, id_of((int)(t - turns)).ptr, 1 + (t - turns) % 30, now);
        else if (random >> 30 == 0)
            schedule_remove(s, t);
        else if (random >> 30 == 1)
            schedule_at(s, t, now + (random & 63));
        now += 0.01;
        while ((due = pop(s, now)) != NULL)
            assert_true(due->place != 0 && due->due > now);
        for (int k = 0; i % 1000 == 0 && k < 200; k++)
            assert_true(turns[k].place == 0 || turns[k].due >= schedule_next(s));
    }
    schedule_free(s);
}

static int adds_two_hundred(void)
{
    static struct turn turns[200];
    struct schedule *s = schedule_new(0);
    struct adder_error err;
    int rc = s != NULL ? 0 : -1;

    for (int i = 0; i < 200 && rc == 0; i++) {
        rc = schedule_add(s, &turns[i], id_of(i), 15, 5, 0, &err);
        assert_int_equal(schedule_count(s), rc == 0 ? i + 1 : i);
    }
    if (s != NULL && rc < 0)
        assert_int_equal(err.code, ADDER_NOMEM);
    schedule_free(s);
    return rc;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(adds_two_hundred);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_turn_depends_on_the_id_alone),
        cmocka_unit_test(first_turns_are_spread_evenly_over_the_interval),
        cmocka_unit_test(a_long_interval_does_not_delay_the_first_turn),
        cmocka_unit_test(a_check_that_comes_later_takes_its_place_on_the_grid),
        cmocka_unit_test(turns_do_not_drift_however_late_each_is_taken),
        cmocka_unit_test(a_turn_is_given_out_once),
        cmocka_unit_test(missed_turns_are_counted_and_not_made_up_for),
        cmocka_unit_test(after_hours_of_sleep_every_check_runs_once),
        cmocka_unit_test(a_turn_off_the_grid_leaves_the_grid_as_it_was),
        cmocka_unit_test(what_is_not_scheduled_stays_so),
        cmocka_unit_test(an_interval_that_is_none_is_refused),
        cmocka_unit_test(a_hundred_thousand_turns_come_in_order),
        cmocka_unit_test(any_mixture_of_operations_keeps_the_order),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
