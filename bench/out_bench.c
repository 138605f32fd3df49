/*
 * out_bench - what a series costs in the outputs: taken in, kept, and written.
 *
 * Prints one line per figure. Build it with optimisation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/str.h"
#include "out/json_lines.h"
#include "out/prometheus.h"

#define TEXT(s)                  \
    {                            \
        (s), sizeof("" s "") - 1 \
    }

/* The best round counts: the others were disturbed. Few series have more of them. */
enum { ROUNDS = 3, SERIES_IN_ROUNDS = 300 * 1000 };

static size_t rounds(size_t count)
{
    return ROUNDS + SERIES_IN_ROUNDS / count;
}

static const struct origin from = {TEXT("disk"), TEXT("disk:67cc0574430a16ba"), 15};

static const struct adder_str five_tags[] = {
    TEXT("env:prod"), TEXT("path:"), TEXT("region:eu"), TEXT("service:web"), TEXT("team:core"),
};

static void report(const char *what, double seconds, size_t n)
{
    printf("%-44s %8.1f ns\n", what, seconds / (double)n * 1e9);
}

/* One value of each of `count` series that differ in a tag. */
static double send_all(struct output *o, size_t count, enum series_type type, double time)
{
    struct adder_str tags[ARRAY_LEN(five_tags)];
    struct series s = {
        .name = TEXT("system.disk.in_use"),
        .type = type,
        .kind = type == SERIES_COUNT ? ADDER_MONOTONIC_COUNT : ADDER_GAUGE,
        .time = time,
        .hostname = TEXT("host.example"),
        .tags = {tags, ARRAY_LEN(tags)},
    };
    char text[32];
    double start = clock_monotonic();

    for (size_t i = 0; i < ARRAY_LEN(tags); i++)
        tags[i] = five_tags[i];
    tags[1].ptr = text;
    for (size_t i = 0; i < count; i++) {
        tags[1].len = (size_t)snprintf(text, sizeof(text), "path:/var/lib/%zu", i);
        s.value = (double)(i % 1000) / 7;
        o->class->series(o, &from, &s);
    }
    o->class->commit(o, &from, time);
    return clock_monotonic() - start;
}

static double best_of(struct output *o, size_t count, double time)
{
    double best = 1e9;

    for (size_t round = 0; round < rounds(count); round++) {
        double took = send_all(o, count, SERIES_GAUGE, time);

        best = took < best ? took : best;
    }
    return best;
}

static void ignore(struct output *o, const struct origin *origin, const struct series *s)
{
    (void)origin;
    (void)s;
    o->stats.series++;
}

static void ignore_commit(struct output *o, const struct origin *origin, double time)
{
    (void)o;
    (void)origin;
    (void)time;
}

/* What the loop of send_all() itself takes. */
static double overhead(size_t count)
{
    static const struct output_class nothing = {.series = ignore, .commit = ignore_commit};

    return best_of(&(struct output){.class = &nothing}, count, 1);
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
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void bench_page(struct output *o, enum exposition format, size_t count, const char *what)
{
    struct buf page;
    double best = 1e9;

    buf_init(&page, (size_t)1 << 32);
    for (size_t round = 0; round < rounds(count); round++) {
        double start = clock_monotonic(), took;

        buf_clear(&page);
        prometheus_write(o, format, 3, &page);
        took = clock_monotonic() - start;
        best = took < best ? took : best;
    }
    report(what, best, count);
    buf_free(&page);
}

static void bench_prometheus(size_t count)
{
    size_t before = resident();
    double empty = overhead(count), first;
    struct output *o;
    struct adder_error err;

    if (prometheus_new(&(struct prometheus_options){.bytes_max = (size_t)4 << 30}, &o, &err) <
        0)
        return;
    first = send_all(o, count, SERIES_GAUGE, 1);
    printf("%zu series, %.0f bytes each\n", count,
           (double)(resident() - before) / (double)count);
    report("  first value of a series", first - empty, count);
    report("  further value", best_of(o, count, 2) - empty, count);
    bench_page(o, EXPOSITION_TEXT, count, "  written as text");
    bench_page(o, EXPOSITION_OPENMETRICS, count, "  written as OpenMetrics");
    if (o->stats.dropped > 0)
        printf("  %llu DROPPED: %s\n", (unsigned long long)o->stats.dropped,
               o->stats.last_error);
    o->class->free(o);
}

static void bench_json(size_t count)
{
    struct output *o;
    struct adder_error err;

    if (json_lines_new(&(struct json_lines_options){.path = "/dev/null"}, &o, &err) < 0)
        return;
    report("a series as a line of JSON", best_of(o, count, 1) - overhead(count), count);
    o->class->free(o);
}

int main(void)
{
    static const size_t counts[] = {1000, 10000, 100000, 1000000};

    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        bench_prometheus(counts[i]);
    bench_json(100000);
    return EXIT_SUCCESS;
}
