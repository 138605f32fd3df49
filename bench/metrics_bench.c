/*
 * metrics_bench - what a sample costs on its way through a batch into a sampler.
 *
 * Prints one line per figure. Build it with optimisation.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/str.h"
#include "metrics/batch.h"
#include "metrics/sampler.h"

#define TEXT(s)                  \
    {                            \
        (s), sizeof("" s "") - 1 \
    }

enum { SAMPLES = 200 * 1000, ROUNDS = 10 };

static const struct adder_str five_tags[] = {
    TEXT("env:prod"),  TEXT("service:web"), TEXT("device:sda1"),
    TEXT("region:eu"), TEXT("team:core"),
};

static void report(const char *what, double seconds, size_t n)
{
    printf("%-44s %8.1f ns\n", what, seconds / (double)n * 1e9);
}

/* The best round counts: the others were disturbed. */
static double submit(struct batch *b, int kind)
{
    struct adder_metric m = {
        .kind = kind,
        .name = TEXT("system.disk.in_use"),
        .value = 0.5,
        .tags = {five_tags, ARRAY_LEN(five_tags)},
        .hostname = {"", 0},
    };
    double best = 1e9;

    for (int round = 0; round < ROUNDS; round++) {
        double start = clock_monotonic(), took;

        batch_clear(b);
        for (int i = 0; i < SAMPLES; i++)
            batch_sink.metric(NULL, b, (struct adder_str){"", 0}, &m);
        took = clock_monotonic() - start;
        best = took < best ? took : best;
        batch_sink.commit(NULL, b, (struct adder_str){"", 0});
    }
    return best;
}

static void bench_batch(void)
{
    struct batch *b = batch_new(0);
    struct adder_error err;
    struct batch_reader *r;
    struct record record;
    double start;
    size_t n = 0;

    report("submit a gauge with 5 tags", submit(b, ADDER_GAUGE), SAMPLES);
    report("submit a rate with 5 tags", submit(b, ADDER_RATE), SAMPLES);
    r = batch_reader_new(batch_bytes(b));
    start = clock_monotonic();
    while (batch_read(r, &record, &err) > 0)
        n++;
    report("read a record", clock_monotonic() - start, n);
    batch_reader_free(r);
    batch_free(b);
}

static void drop(void *ctx, const struct series *series)
{
    (void)series;
    ++*(size_t *)ctx;
}

/* One sample of each of `contexts` contexts that differ in a tag. */
static void sample_all(struct sampler *s, size_t contexts, double time)
{
    struct adder_str tags[ARRAY_LEN(five_tags)];
    struct adder_metric m = {
        .name = TEXT("system.disk.in_use"),
        .tags = {tags, ARRAY_LEN(tags)},
        .hostname = {"", 0},
    };
    char text[32];

    for (size_t i = 0; i < ARRAY_LEN(tags); i++)
        tags[i] = five_tags[i];
    tags[2].ptr = text;
    for (size_t i = 0; i < contexts; i++) {
        tags[2].len = (size_t)snprintf(text, sizeof(text), "path:/var/lib/%zu", i);
        m.value = (double)i;
        sampler_metric(s, &m, time);
    }
}

/* Resident memory of this process in bytes, or 0. */
static size_t resident(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    size_t pages = 0;

    if (f == NULL)
        return 0;
    if (fscanf(f, "%*s %zu", &pages) != 1)
        pages = 0;
    fclose(f);
    return pages * 4096;
}

static void bench_sampler(size_t contexts)
{
    size_t given = 0, before = resident();
    const struct series_sink to = {drop, NULL, &given};
    struct sampler *s;
    struct adder_error err;
    double times[5];

    if (sampler_new(&(struct sampler_options){.hostname = "host.example"}, &s, &err) < 0)
        return;
    times[0] = clock_monotonic();
    sample_all(s, contexts, 1);
    times[1] = clock_monotonic();
    sample_all(s, contexts, 2);
    times[2] = clock_monotonic();
    sampler_commit(s, 3, &to);
    times[3] = clock_monotonic();
    printf("%zu contexts, %zu series, %.0f bytes each\n", contexts, given,
           (double)(resident() - before) / (double)contexts);
    report("  first sample of a context", times[1] - times[0], contexts);
    report("  further sample", times[2] - times[1], contexts);
    report("  commit, per context", times[3] - times[2], contexts);
    sampler_commit(s, 4, &to);
    times[3] = clock_monotonic();
    sampler_commit(s, 5, &to);
    times[4] = clock_monotonic();
    report("  commit in which it expires", times[4] - times[3], contexts);
    sampler_free(s);
}

int main(void)
{
    static const size_t contexts[] = {1000, 10000, 100000, 1000000};

    bench_batch();
    for (size_t i = 0; i < ARRAY_LEN(contexts); i++)
        bench_sampler(contexts[i]);
    return EXIT_SUCCESS;
}
