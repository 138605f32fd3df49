#include "metrics/kind.h"

#include <stdio.h>
#include <stdlib.h>

#include "metrics/sampler_testing.h"

/* Takes samples such as "2", "2@50" and "2T" (flush_first_value) up to the end of a bracket;
 * returns what is behind it. Without a time they come a second apart. */
static const char *take_bracket(struct sampler *s, int kind, const char *in, double *time)
{
    while (*in != ']') {
        struct adder_metric m = {.kind = kind, .name = TEXT("m")};
        char *end;

        m.value = strtod(in, &end);
        *time += 1;
        if (*end == '@')
            *time = strtod(end + 1, &end);
        if (*end == 'T') {
            m.flush_first_value = true;
            end++;
        }
        sampler_metric(s, &m, *time);
        in = end + strspn(end, " ");
    }
    return in + 1;
}

/* The output of a commit as "value" or, where the time is not the commit's, "value@time". */
static void append_values(struct buf *to, double now)
{
    char name[64], type[16];
    double value, time;
    const char *at = text();
    int len;

    buf_add_str(to, "[");
    for (; sscanf(at, "%63s %15s %lf@%lf%n", name, type, &value, &time, &len) == 4; at += len) {
        buf_printf(to, "%s%s%s%g", to->data[to->len - 1] == '[' ? "" : " ", name + 1,
                   name[1] != '\0' ? "=" : "", value);
        if (time != now)
            buf_printf(to, "@%g", time);
    }
    buf_add_str(to, "]");
}

/* Runs brackets of samples, one commit each, and gives the brackets of values they yield. */
static void run_sequence(int kind, const char *in, struct buf *out)
{
    struct sampler *s = default_sampler();
    double time = 100;

    for (; *in == '['; in += strspn(in, " ")) {
        in = take_bracket(s, kind, in + 1, &time);
        commit(s, time + 0.5);
        if (out->len > 0)
            buf_add_str(out, " ");
        append_values(out, time + 0.5);
    }
    sampler_free(s);
}

static const struct {
    int kind;
    const char *in, *out;
} sequences[] = {
    {ADDER_GAUGE, "[1 2 5] []", "[5] []"},
    {ADDER_GAUGE, "[1] [2] [] [3]", "[1] [2] [] [3]"},
    {ADDER_COUNT, "[1 2 3] [] [4]", "[6] [] [4]"},
    {ADDER_COUNT, "[0] [-2 2]", "[0] [0]"},
    {ADDER_COUNTER, "[2 3] [] [1]", "[5] [] [1]"},
    {ADDER_RATE, "[1@50] [11@52.5]", "[] [4@52.5]"},
    {ADDER_RATE, "[1@50 2@55 4@61]", "[0.333333@61]"},
    {ADDER_RATE, "[2@50 1@55] [3@62]", "[] [0.285714@62]"},
    {ADDER_RATE, "[1@50 2@50]", "[]"},
    {ADDER_RATE, "[1@50 2@50] [] [5@53]", "[] [] [1@53]"},
    {ADDER_RATE, "[1@50 1@60]", "[0@60]"},
    {ADDER_RATE, "[1@50] [] [] [] [] [31@80]", "[] [] [] [] [] [1@80]"},
    {ADDER_MONOTONIC_COUNT, "[2] [1] [2 3 6 7] [11] [11] [9] [12 10 20 13 17]",
     "[] [0] [6] [4] [0] [0] [17]"},
    {ADDER_MONOTONIC_COUNT, "[2 3 6 7] [10 11]", "[5] [4]"},
    {ADDER_MONOTONIC_COUNT, "[10T] [8T] [10T] [10T] [6] [9]", "[10] [8] [2] [0] [0] [3]"},
    {ADDER_MONOTONIC_COUNT, "[10] [12T] [10T]", "[] [2] [10]"},
    {ADDER_MONOTONIC_COUNT, "[10T] [15T 3T 5T]", "[10] [5]"},
    {ADDER_MONOTONIC_COUNT, "[10] [] [] [] [14]", "[] [] [] [] [4]"},
    {ADDER_HISTOGRAM, "[1 10 4 5 2 2]", "[.max=10 .median=2 .avg=4 .count=6 .95percentile=10]"},
    {ADDER_HISTOGRAM, "[7] [] [3 1]",
     "[.max=7 .median=7 .avg=7 .count=1 .95percentile=7] [] "
     "[.max=3 .median=1 .avg=2 .count=2 .95percentile=3]"},
    {ADDER_HISTORATE, "[1@50] [2@51] [3@52] [5@53]",
     "[] [.max=1 .median=1 .avg=1 .count=1 .95percentile=1] [] "
     "[.max=2 .median=2 .avg=2 .count=1 .95percentile=2]"},
    {ADDER_HISTORATE, "[1@50 2@51 4@53 4@55]",
     "[.max=1 .median=1 .avg=0.666667 .count=3 .95percentile=1]"},
    {ADDER_HISTORATE, "[1@50 2@50]",
     "[.count=1]"}, /* the others are infinite, and the Agent hands them out */
    {ADDER_HISTORATE, "[1@50] [] [] [] [7@52]",
     "[] [] [] [] [.max=3 .median=3 .avg=3 .count=1 .95percentile=3]"},
};

static void kinds_yield_what_the_agents_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sequences); i++) {
        struct buf out;

        buf_init(&out, OUTPUT_MAX);
        run_sequence(sequences[i].kind, sequences[i].in, &out);
        if (strcmp(out.data, sequences[i].out) != 0)
            fail_msg("%s yields %s, not %s", sequences[i].in, out.data, sequences[i].out);
        buf_free(&out);
    }
}

static void kinds_have_the_agents_types(void **state)
{
    static const char *const expected[] = {
        [ADDER_GAUGE] = "m gauge 4@20\n",
        [ADDER_RATE] = "m gauge 1@14\n",
        [ADDER_COUNT] = "m count 7@20\n",
        [ADDER_MONOTONIC_COUNT] = "m count 1@20\n",
        [ADDER_COUNTER] = "m rate 7@20\n",
        [ADDER_HISTOGRAM] = "m.max gauge 4@20\nm.median gauge 3@20\nm.avg gauge 3.5@20\n"
                            "m.count rate 2@20\nm.95percentile gauge 4@20\n",
        [ADDER_HISTORATE] = "m.max gauge 1@20\nm.median gauge 1@20\nm.avg gauge 1@20\n"
                            "m.count rate 1@20\nm.95percentile gauge 1@20\n",
    };

    (void)state;
    for (int kind = 0; kind < (int)ARRAY_LEN(expected); kind++) {
        struct sampler *s = default_sampler();

        sample(s, kind, 3, 13);
        sample(s, kind, 4, 14);
        assert_string_equal(commit(s, 20), expected[kind]);
        sampler_free(s);
    }
}

static void note_kind(void *ctx, const struct series *s)
{
    *(int *)ctx = s->kind;
}

static void the_kind_of_its_samples_comes_with_a_series(void **state)
{
    struct sampler *s = default_sampler();
    int kind = -1;

    (void)state;
    sample(s, ADDER_MONOTONIC_COUNT, 1, 10);
    sample(s, ADDER_MONOTONIC_COUNT, 1, 10);
    sampler_commit(s, 10, &(struct series_sink){note_kind, NULL, &kind});
    assert_int_equal(kind, ADDER_MONOTONIC_COUNT);
    sampler_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_yield_what_the_agents_do),
        cmocka_unit_test(kinds_have_the_agents_types),
        cmocka_unit_test(the_kind_of_its_samples_comes_with_a_series),
    };

    return cmocka_run_group_tests_name("kind", tests, lines_set_up, lines_tear_down);
}
