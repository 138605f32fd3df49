#include "cli/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/watch.h"
#include "core/clock.h"
#include "core/closest.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"

/* The tag that the sender adds to every sample: "service:NAME". */
static int service_tag(const struct instance *i, char **ret, struct adder_error *err)
{
    *ret = NULL;
    if (i->service == NULL)
        return 0;
    *ret = mem_printf("service:%s", i->service);
    return *ret != NULL ? 0 : err_nomem(err);
}

static int make_sampler(struct session *s, const struct instance *i, struct sampler **ret,
                        struct adder_error *err)
{
    AUTOFREE char *tag = NULL;
    struct adder_str extra;
    struct sampler_options options = {
        .hostname = s->hostname,
        .empty_default_hostname = i->empty_default_hostname,
    };

    if (service_tag(i, &tag, err) < 0)
        return -1;
    extra = str_of(tag);
    if (tag != NULL)
        options.extra_tags = (struct adder_tags){&extra, 1};
    return sampler_new(&options, ret, err);
}

/* ---- Loading --------------------------------------------------------------------------- */

/* "could not be found" alone leaves its reader where he was: adds where it was looked for, and
 * the name he may have meant. */
static void explain_not_found(struct session *s, const char *check, struct adder_error *err)
{
    struct closest closest = closest_to(check, strlen(check));
    CLEANUP(buf_free) struct buf text;

    buf_init(&text, sizeof(err->message) - 1);
    session_suggest(s, &closest);
    buf_printf(&text, "there is no check '%s'", check);
    if (closest.best[0] != '\0')
        buf_printf(&text, "; did you mean '%s'?", closest.best);
    buf_printf(&text,
               "\nModules tried: datadog_checks.%s, %s, adder_checks.%s\nFolders searched:",
               check, check, check);
    for (size_t i = 0; i < s->folders.count; i++)
        buf_printf(&text, "\n  %s", s->folders.items[i]);
    buf_add_str(&text, "\n  and the packages of ");
    buf_add_str(&text, adder_runtime_python(s->rt)->executable);
    buf_printf(&text,
               "\nPut %s.py into a folder and name that with --checks, or install the package "
               "datadog-%s into the virtual environment.",
               check, check);
    if (!text.failed)
        err_set(err, ADDER_NOT_FOUND, "%s", text.data);
}

static void load(struct session *s, struct result *r)
{
    const struct instance *i = r->instance;
    struct adder_check *handle = NULL;
    struct adder_error failure;
    int rc;
    struct adder_check_config config = {
        .name = r->check,
        .init_config = i->init_config,
        .instance = i->instance,
        .id = i->id,
        .source = i->source,
        .user = r->batch,
    };

    watch_progress("%s, loading", r->check);
    watch_away();
    rc = adder_check_new(s->rt, &config, &handle, &failure);
    watch_end_child(r->check);
    watch_back();
    r->handle = handle;
    if (rc == 0) {
        r->version = adder_check_info(handle)->version;
        return;
    }
    r->failed = true;
    r->error = failure;
    if (failure.code == ADDER_NOT_FOUND)
        explain_not_found(s, r->check, &r->error);
}

/* ---- Running --------------------------------------------------------------------------- */

/* Takes the samples of a run out of its batch. Threads of the check may submit meanwhile: that
 * is the next run's. */
static int feed(struct result *r, struct sampler *sampler, struct adder_error *err)
{
    struct batch_reader *reader = batch_reader_new(batch_bytes(r->batch));
    struct record record;
    int rc;

    if (reader == NULL)
        return err_nomem(err);
    while ((rc = batch_read(reader, &record, err)) > 0) {
        if (record.type == RECORD_METRIC)
            sampler_metric(sampler, &record.metric, record.time);
        else if (record.type == RECORD_BUCKET)
            sampler_bucket(sampler, &record.bucket, record.time);
    }
    batch_reader_free(reader);
    return rc;
}

static int commit(struct result *r, struct sampler *sampler, struct adder_error *err)
{
    struct series_sink to = kept_sink(&r->kept);

    if (feed(r, sampler, err) < 0)
        return -1;
    sampler_commit(sampler, clock_wall(), &to);
    sampler_drain(sampler, &to);
    r->sampler = sampler_stats(sampler);
    return r->kept.failed ? err_nomem(err) : 0;
}

/* A reply that adds to a list. */
struct list_reply {
    struct adder_reply reply; /* first: callbacks get its address */
    struct texts *to;
    bool failed;
};

static void add_to_list(struct adder_reply *self, const char *text, size_t len)
{
    struct list_reply *l = (struct list_reply *)(void *)self;
    struct adder_error ignored;

    watch_back();
    if (texts_add(l->to, text, len, &ignored) < 0)
        l->failed = true;
    watch_away();
}

static int collect_warnings(struct result *r, struct adder_error *err)
{
    struct list_reply list = {{add_to_list}, &r->warnings, false};
    struct adder_error failure;
    int rc;

    watch_away();
    rc = adder_check_warnings(r->handle, &list.reply, &failure);
    watch_back();
    if (rc < 0)
        LOG_WARN("%s: warnings: %s", r->check, failure.message);
    return list.failed ? err_nomem(err) : 0;
}

static int collect_diagnoses(struct result *r, struct adder_error *err)
{
    CLEANUP(texts_free) struct texts texts = {NULL, 0};
    struct list_reply list = {{add_to_list}, &texts, false};
    struct adder_error failure;
    int rc;

    watch_away();
    rc = adder_check_diagnoses(r->handle, &list.reply, &failure);
    watch_back();
    if (rc < 0)
        LOG_WARN("%s: diagnoses: %s", r->check, failure.message);
    if (list.failed)
        return err_nomem(err);
    if (texts.count > 0)
        r->diagnoses = TAKE(texts.items[0]);
    return 0;
}

static void on_commit(void *ctx, void *user, struct adder_str id)
{
    watch_back();
    batch_clear(user);
    batch_sink.commit(ctx, user, id);
}

struct adder_sink probe_sink(void)
{
    struct adder_sink sink = batch_sink;

    sink.commit = on_commit;
    return sink;
}

/* Runs the check. Nothing of the result is touched before the run is over. */
static int run_check(struct result *r, struct adder_error *err)
{
    double cpu = clock_thread_cpu(), wall = clock_monotonic();
    int rc;

    watch_away();
    rc = adder_check_run(r->handle, ADDER_COMMIT, err);
    watch_end_child(r->check);
    watch_back();
    if (rc < 0 && err->code != ADDER_CHECK)
        batch_clear(r->batch); /* nothing was committed */
    r->run_seconds[r->runs] = clock_monotonic() - wall;
    r->cpu_seconds[r->runs++] = clock_thread_cpu() - cpu;
    return rc;
}

static int run_once(struct result *r, struct sampler *sampler, struct adder_error *err)
{
    struct adder_error failure;
    bool fine = run_check(r, &failure) == 0;

    kept_clear(&r->kept);
    texts_free(&r->warnings);
    r->dropped = batch_dropped(r->batch);
    adder_check_memory(r->handle, &r->memory);
    if (!fine) {
        r->errors++;
        r->failed = true;
        r->error = failure;
    }
    if (!fine && failure.code != ADDER_CHECK) /* no warnings */
        return 0;
    if (commit(r, sampler, err) < 0)
        return -1;
    return collect_warnings(r, err);
}

static void sleep_seconds(double s)
{
    struct timespec left = {.tv_sec = (time_t)s};

    left.tv_nsec = (long)((s - (double)left.tv_sec) * 1e9);
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

static int run_times(const struct probe_options *options, struct result *r,
                     struct sampler *sampler, struct adder_error *err)
{
    for (unsigned n = 0; n < options->times; n++) {
        if (n > 0 && options->pause_s > 0) {
            watch_progress("%s, pausing before run %u of %u", r->check, n + 1, options->times);
            watch_away();
            sleep_seconds(options->pause_s);
            watch_back();
        }
        if (options->times > 1)
            watch_progress("%s, run %u of %u", r->check, n + 1, options->times);
        else
            watch_progress("%s, running", r->check);
        if (run_once(r, sampler, err) < 0)
            return -1;
        if (options->after_run != NULL)
            options->after_run(options->ctx, r);
    }
    kept_sort(&r->kept);
    return collect_diagnoses(r, err);
}

static int load_and_run(struct session *s, const struct probe_options *options,
                        struct result *r, struct adder_error *err)
{
    struct sampler *sampler = NULL;
    int rc;

    r->batch = batch_new(0);
    r->run_seconds = mem_zalloc(options->times * sizeof(double));
    r->cpu_seconds = mem_zalloc(options->times * sizeof(double));
    if (r->batch == NULL || r->run_seconds == NULL || r->cpu_seconds == NULL)
        return err_nomem(err);
    load(s, r);
    if (r->handle == NULL)
        return 0;
    if (make_sampler(s, r->instance, &sampler, err) < 0)
        return -1;
    rc = run_times(options, r, sampler, err);
    sampler_free(sampler);
    return rc;
}

int probe_run(struct session *s, const struct probe_options *options, struct result *ret,
              struct adder_error *err)
{
    int rc = load_and_run(s, options, ret, err);

    watch_quiet();
    return rc < 0 ? err_wrap(err, "check '%s'", ret->check) : 0;
}

void result_free(struct result *r)
{
    adder_check_free(r->handle);
    batch_free(r->batch);
    kept_free(&r->kept);
    texts_free(&r->warnings);
    mem_free(r->diagnoses);
    mem_free(r->run_seconds);
    mem_free(r->cpu_seconds);
    *r = (struct result){0};
}
