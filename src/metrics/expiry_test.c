#include "metrics/sampler_testing.h"

#define HOUR 3600.0

static void a_gauge_goes_after_two_silent_commits(void **state)
{
    struct sampler *s = default_sampler();

    (void)state;
    sample(s, ADDER_GAUGE, 1, 10);
    assert_string_equal(commit(s, 10), "m gauge 1@10\n");
    assert_string_equal(commit(s, 25), "");
    assert_int_equal(sampler_stats(s).contexts, 1);
    assert_string_equal(commit(s, 40), "");
    assert_int_equal(sampler_stats(s).contexts, 0);
    sample(s, ADDER_GAUGE, 2, 50);
    assert_string_equal(commit(s, 55), "m gauge 2@55\n");
    sampler_free(s);
}

static void the_number_of_silent_commits_is_a_setting(void **state)
{
    struct sampler *s = new_sampler(&(struct sampler_options){.expiry_commits = 4});

    (void)state;
    sample(s, ADDER_GAUGE, 1, 10);
    for (int i = 0; i < 4; i++) {
        commit(s, 10 + i);
        assert_int_equal(sampler_stats(s).contexts, 1);
    }
    commit(s, 20);
    assert_int_equal(sampler_stats(s).contexts, 0);
    sampler_free(s);
}

/* A counter seen at 0, silent for `hours`, seen again; commits every 15 s or, when that would
 * be many, every 10 minutes. */
static const char *after_silence(struct sampler *s, double hours, bool flush_first)
{
    double step = hours < 1 ? 15 : 600, time = 15;
    struct adder_metric m = {.kind = ADDER_MONOTONIC_COUNT, .name = TEXT("m")};

    m.value = 100;
    sampler_metric(s, &m, 1);
    for (; time < hours * HOUR; time += step)
        assert_string_equal(commit(s, time), "");
    m.value = 130;
    m.flush_first_value = flush_first;
    sampler_metric(s, &m, time);
    return commit(s, hours * HOUR);
}

static void a_counter_silent_for_less_than_a_day_has_its_difference(void **state)
{
    static const struct {
        double hours;
        bool flush_first;
        const char *expected;
    } cases[] = {
        {1.0 / 6, false, "m count 30@600\n"}, {24, false, "m count 30@86400\n"},
        {24, true, "m count 30@86400\n"},     {26, false, ""},
        {26, true, "m count 130@93600\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sampler *s = default_sampler();

        assert_string_equal(after_silence(s, cases[i].hours, cases[i].flush_first),
                            cases[i].expected);
        sampler_free(s);
    }
}

static void a_sample_cancels_the_deadline_of_a_state(void **state)
{
    struct sampler *s = new_sampler(&(struct sampler_options){.stateful_expiry_s = 100});

    (void)state;
    sample(s, ADDER_RATE, 1, 10);
    commit(s, 10);
    commit(s, 20);
    commit(s, 30); /* expires: the deadline is 130 */
    sample(s, ADDER_RATE, 2, 110);
    assert_string_equal(commit(s, 120), "m gauge 0.01@110\n");
    commit(s, 131);
    assert_int_equal(sampler_stats(s).contexts, 1);
    commit(s, 140); /* expires again: the deadline is 240 */
    commit(s, 240);
    assert_int_equal(sampler_stats(s).contexts, 1);
    commit(s, 240.5);
    assert_int_equal(sampler_stats(s).contexts, 0);
    sampler_free(s);
}

static void a_counter_is_no_state_worth_keeping(void **state)
{
    static const int kinds[] = {ADDER_GAUGE, ADDER_COUNT, ADDER_COUNTER, ADDER_HISTOGRAM};
    struct sampler *s = default_sampler();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        sample(s, kinds[i], 1, 10);
    for (int i = 0; i < 3; i++)
        commit(s, 10);
    assert_int_equal(sampler_stats(s).contexts, 0);
    sampler_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gauge_goes_after_two_silent_commits),
        cmocka_unit_test(the_number_of_silent_commits_is_a_setting),
        cmocka_unit_test(a_counter_silent_for_less_than_a_day_has_its_difference),
        cmocka_unit_test(a_sample_cancels_the_deadline_of_a_state),
        cmocka_unit_test(a_counter_is_no_state_worth_keeping),
    };

    return cmocka_run_group_tests_name("expiry", tests, lines_set_up, lines_tear_down);
}
