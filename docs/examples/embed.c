/*
 * embed.c - a program that runs Python checks of its own accord.
 *
 * Usage: embed CHECK_FOLDER NAME [INSTANCE_YAML]
 *
 * Starts the runtime, runs the check NAME from CHECK_FOLDER once, prints what it submitted,
 * stops; then all of that again, since a process may do so.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "adder.h"

/* What one run sent. */
struct samples {
    unsigned metrics;
    unsigned commits;
};

static void on_metric(void *ctx, void *user, struct adder_str check_id,
                      const struct adder_metric *m)
{
    struct samples *samples = user;

    (void)ctx;
    if (samples == NULL)
        return; /* a thread that the check left behind when it was freed */
    samples->metrics++;
    printf("%.*s %.*s = %g", (int)check_id.len, check_id.ptr, (int)m->name.len, m->name.ptr,
           m->value);
    for (size_t i = 0; i < m->tags.count; i++)
        printf(" %.*s", (int)m->tags.items[i].len, m->tags.items[i].ptr);
    printf("\n");
}

static void on_commit(void *ctx, void *user, struct adder_str check_id)
{
    struct samples *samples = user;

    (void)ctx;
    (void)check_id;
    samples->commits++;
}

static void on_log(void *ctx, struct adder_str message, int level)
{
    (void)ctx;
    if (level >= ADDER_LOG_WARNING)
        fprintf(stderr, "%.*s\n", (int)message.len, message.ptr);
}

static const struct adder_sink sink = {.metric = on_metric, .commit = on_commit};
static const struct adder_facts facts = {.log = on_log};

static int report(const char *doing, const struct adder_error *err)
{
    fprintf(stderr, "embed: %s: %s\n%s", doing, err->message, err->traceback);
    return -1;
}

/* Loads the check and runs it once. */
static int run_check(struct adder_runtime *rt, const struct adder_check_config *config)
{
    struct adder_check *check;
    struct adder_error err;
    int rc;

    if (adder_check_new(rt, config, &check, &err) < 0)
        return report("load", &err);
    rc = adder_check_run(check, ADDER_COMMIT, &err);
    if (rc < 0)
        report("run", &err);
    adder_check_free(check);
    return rc;
}

/* One life of the runtime. */
static int live(const char *folder, const char *name, const char *instance)
{
    const char *const folders[] = {folder, NULL};
    struct adder_runtime_options options = {
        .check_paths = folders, .sink = &sink, .facts = &facts};
    struct samples samples = {0, 0};
    struct adder_check_config config = {
        .name = name, .instance = instance, .id = "example:1", .user = &samples};
    struct adder_runtime *rt;
    struct adder_error err;
    int rc;

    if (adder_runtime_new(&options, &rt, &err) < 0)
        return report("start", &err);
    printf("Python %s\n", adder_runtime_python(rt)->version);
    rc = run_check(rt, &config);
    adder_runtime_free(rt);
    printf("%u metrics, %u commits\n", samples.metrics, samples.commits);
    return rc;
}

int main(int argc, char **argv)
{
    const char *instance = argc > 3 ? argv[3] : NULL;

    if (argc < 3) {
        fprintf(stderr, "usage: %s CHECK_FOLDER NAME [INSTANCE_YAML]\n", argv[0]);
        return EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN); /* a check may write to a connection that is gone */
    for (int i = 0; i < 2; i++)
        if (live(argv[1], argv[2], instance) < 0)
            return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
