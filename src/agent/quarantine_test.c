#include "agent/quarantine.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>

#include "core/testing.h"

#define MIB (1024.0 * 1024)

/* ---- Words ----------------------------------------------------------------------------- */

static void verdicts_are_told_in_plain_words(void **state)
{
    static const struct {
        enum offence offence;
        double value, limit;
        const char *words;
    } cases[] = {
        {OFFENCE_TIMEOUT, 12.34, 10, "killed: ran 12.3 s, timeout 10 s"},
        {OFFENCE_TIMEOUT, 305, 300, "killed: ran 5 min 5 s, timeout 5 min"},
        {OFFENCE_TIMEOUT, 10.001, 10, "killed: ran longer than 10 s"},
        {OFFENCE_CPU, 31, 30, "killed: CPU time 31 s > 30 s"},
        {OFFENCE_CPU, 30.001, 30, "killed: CPU time > 30 s"},
        {OFFENCE_MEMORY, 212 * MIB, 200 * MIB, "killed: memory 212 MiB > 200 MiB"},
        {OFFENCE_MEMORY, 200 * MIB + 1, 200 * MIB, "killed: memory > 200 MiB"},
        {OFFENCE_FILES, 1200, 1024, "killed: 1200 open files > 1024"},
        {OFFENCE_FILES, 1024, 1024, "killed: open files > 1024"},
        {OFFENCE_PROCESSES, 65, 64, "killed: 65 processes > 64"},
        {OFFENCE_THREADS, 100000, 256, "killed: 100000 threads > 256"},
        {OFFENCE_SAMPLES, 10e6, 1e6, "too many: 10000000 samples > 1000000"},
        {OFFENCE_CONTEXTS, 1000001, 1e6, "too many: 1000001 contexts > 1000000"},
        {OFFENCE_SIGNAL, SIGSEGV, 0, "crashed: SIGSEGV"},
        {OFFENCE_SIGNAL, SIGABRT, 0, "crashed: SIGABRT"},
        {OFFENCE_SIGNAL, SIGKILL, 0, "killed from outside: SIGKILL"},
        {OFFENCE_SIGNAL, SIGTERM, 0, "killed from outside: SIGTERM"},
        {OFFENCE_SIGNAL, 63, 0, "killed from outside: signal 63"},
        {OFFENCE_SIGNAL, NAN, 0, "killed from outside: signal 0"},
        {OFFENCE_EXIT, 3, 0, "ended itself: exit code 3"},
        {OFFENCE_EXIT, 0, 0, "ended itself: exit code 0"},
        {OFFENCE_PROTOCOL, 0, 0, "killed: what its worker said makes no sense"},
        {OFFENCE_NONE, 0, 0, ""},
        {OFFENCE_FILES, INFINITY, NAN, "killed: open files > 0"},
        {OFFENCE_MEMORY, 1e300, -1, "killed: memory 1048576 TiB > 0 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct verdict v = {.time = 5};

        verdict_words(&v, cases[i].offence, cases[i].value, cases[i].limit);
        assert_string_equal(v.text, cases[i].words);
        assert_int_equal(v.offence, cases[i].offence);
        assert_true(v.time == 5);
    }
}

static void a_run_that_was_interrupted_in_time_was_not_killed(void **state)
{
    struct verdict v = {.lives = true};

    (void)state;
    verdict_words(&v, OFFENCE_TIMEOUT, 12.34, 10);
    assert_string_equal(v.text, "interrupted: ran 12.3 s, timeout 10 s");
    verdict_words(&v, OFFENCE_CPU, 31, 30);
    assert_string_equal(v.text, "interrupted: CPU time 31 s > 30 s");
    verdict_words(&v, OFFENCE_SAMPLES, 11, 10);
    assert_string_equal(v.text, "too many: 11 samples > 10");
}

static void every_offence_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (enum offence i = 0; i < OFFENCES; i++)
        for (enum offence k = 0; k < i; k++)
            assert_string_not_equal(offence_name(i), offence_name(k));
    assert_string_equal(offence_name(OFFENCE_MEMORY), "memory");
    assert_string_equal(offence_name(OFFENCES), "none");
}

/* ---- Verdicts -------------------------------------------------------------------------- */

static void note(struct quarantine *q, int n)
{
    struct verdict v = {.time = n, .report = mem_printf("stack %d", n)};

    verdict_words(&v, OFFENCE_EXIT, n, 0);
    quarantine_note(q, &v);
    assert_null(v.report);
}

static void the_latest_verdicts_are_kept_with_their_reports(void **state)
{
    struct quarantine q = {.active = false};
    long before = mem_live();

    (void)state;
    for (int n = 1; n <= 20; n++) {
        note(&q, n);
        assert_int_equal(q.verdict_count, n < VERDICTS_KEPT ? n : VERDICTS_KEPT);
        for (unsigned i = 0; i < q.verdict_count; i++) {
            char report[32];

            snprintf(report, sizeof(report), "stack %u", (unsigned)n - i);
            assert_string_equal(q.verdicts[i].report, report);
            assert_true(q.verdicts[i].time == n - (double)i);
        }
    }
    assert_int_equal(q.total[OFFENCE_EXIT], 20);
    assert_false(q.active);
    quarantine_clear(&q);
    assert_int_equal(mem_live(), before);
    assert_int_equal(q.verdict_count, 0);
    quarantine_clear(&q);
}

/* ---- Quarantine ------------------------------------------------------------------------ */

static void the_pause_doubles_up_to_an_hour_but_not_below_the_interval(void **state)
{
    static const struct {
        double interval;
        double pauses[10];
    } cases[] = {
        {1, {1, 2, 4, 8, 16, 32, 64, 128, 256, 512}},
        {15, {15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600}},
        {3000, {3000, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600}},
        {7200, {7200, 7200, 7200, 7200, 7200, 7200, 7200, 7200, 7200, 7200}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct quarantine q = {.active = false};

        for (size_t k = 0; k < 10; k++) {
            assert_true(quarantine_offend(&q, cases[i].interval) == cases[i].pauses[k]);
            assert_true(q.active);
            assert_int_equal(q.offences, k + 1);
        }
    }
}

static void the_pause_stays_finite_however_often_a_check_offends(void **state)
{
    struct quarantine q = {.offences = 4000 * 1000 * 1000U};

    (void)state;
    assert_true(quarantine_offend(&q, 15) == QUARANTINE_PAUSE_MAX_S);
}

static void good_runs_in_a_row_release_and_the_next_pause_is_short_again(void **state)
{
    static const struct {
        unsigned needed, runs;
    } cases[] = {{0, QUARANTINE_GOOD_RUNS}, {1, 1}, {3, 3}, {100, 100}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct quarantine q = {.active = false};

        quarantine_offend(&q, 15);
        assert_true(quarantine_offend(&q, 15) == 30);
        for (unsigned k = 1; k < cases[i].runs; k++)
            assert_false(quarantine_good_run(&q, cases[i].needed));
        assert_true(q.active);
        assert_true(quarantine_good_run(&q, cases[i].needed));
        assert_false(q.active);
        assert_false(quarantine_good_run(&q, cases[i].needed));
        assert_true(quarantine_offend(&q, 15) == 15);
    }
}

static void an_offence_among_the_good_runs_starts_the_count_again(void **state)
{
    struct quarantine q = {.active = false};

    (void)state;
    quarantine_offend(&q, 15);
    assert_false(quarantine_good_run(&q, 3));
    assert_false(quarantine_good_run(&q, 3));
    assert_true(quarantine_offend(&q, 15) == 30);
    assert_false(quarantine_good_run(&q, 3));
    assert_false(quarantine_good_run(&q, 3));
    assert_true(quarantine_good_run(&q, 3));
}

/* A fake clock: a check that breaks its worker each time costs less and less. */
static void a_check_that_never_mends_runs_24_times_a_day_in_the_end(void **state)
{
    struct quarantine q = {.active = false};
    double now = 0;
    int runs = 0;

    (void)state;
    while (now < 86400) {
        now += quarantine_offend(&q, 1);
        runs++;
    }
    assert_in_range(runs, 24, 24 + 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_are_told_in_plain_words),
        cmocka_unit_test(a_run_that_was_interrupted_in_time_was_not_killed),
        cmocka_unit_test(every_offence_has_a_name_of_its_own),
        cmocka_unit_test(the_latest_verdicts_are_kept_with_their_reports),
        cmocka_unit_test(the_pause_doubles_up_to_an_hour_but_not_below_the_interval),
        cmocka_unit_test(the_pause_stays_finite_however_often_a_check_offends),
        cmocka_unit_test(good_runs_in_a_row_release_and_the_next_pause_is_short_again),
        cmocka_unit_test(an_offence_among_the_good_runs_starts_the_count_again),
        cmocka_unit_test(a_check_that_never_mends_runs_24_times_a_day_in_the_end),
    };

    return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
