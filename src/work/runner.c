/* The threads that run checks: they load, run, diagnose and free them. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "work/probes.h"
#include "work/processes.h"
#include "work/worker_impl.h"

enum {
    TEXTS_BYTES_MAX = 4 * 1024 * 1024, /* of one message, but for its batch */
    BATCH_KEEP = 1024 * 1024,          /* bytes that a batch may have to be used again */
};

/* ---- Saying ----------------------------------------------------------------------------- */

/* A check may fork and let its child come back to us. There is no worker there. */
static void leave_if_forked(const struct worker *w)
{
    if (getpid() != w->pid)
        _exit(0);
}

void worker_say(struct worker *w, const struct message *m)
{
    struct adder_error err;

    leave_if_forked(w);
    if (outbox_send(w->out, m, &err) == 0)
        return;
    LOG_ERROR("worker %d ends: %s", (int)getpid(), err.message);
    processes_end(1);
}

static struct message_error error_of(int rc, const struct adder_error *err)
{
    if (rc == 0)
        return (struct message_error){.code = 0};
    return (struct message_error){err->code, str_of(err->message), str_of(err->traceback)};
}

/* A reply that keeps texts one behind the other, each with a NUL or another end. */
struct texts_reply {
    struct adder_reply reply; /* first: callbacks get its address */
    struct buf texts;
    char end;
    size_t count, skip; /* so many of the first are left out */
};

static void keep(struct adder_reply *self, const char *text, size_t len)
{
    struct texts_reply *r = (struct texts_reply *)(void *)self;

    if (r->count++ < r->skip)
        return;
    buf_add(&r->texts, text, len);
    buf_add_char(&r->texts, r->end);
}

static void texts_begin(struct texts_reply *r, char end, size_t skip)
{
    *r = (struct texts_reply){.reply = {keep}, .end = end, .skip = skip};
    buf_init(&r->texts, TEXTS_BYTES_MAX);
}

static void texts_end(struct texts_reply *r)
{
    buf_free(&r->texts);
}

static struct adder_str texts_all(const struct texts_reply *r)
{
    return (struct adder_str){r->texts.data, r->texts.len};
}

/* ---- Imports ---------------------------------------------------------------------------- */

/* Notes how many modules there are before the first load; later ones are what checks import. */
static void count_modules(struct worker *w)
{
    struct texts_reply all;
    struct adder_error err;

    if (w->modules > 0)
        return;
    texts_begin(&all, '\n', SIZE_MAX);
    if (adder_runtime_modules(w->rt, &all.reply, &err) == 0)
        w->modules = all.count;
}

/* The modules imported since the last call. With runners side by side one may get the other's,
 * which does no harm: in the end all are imported in the same place. The GIL must be held. */
static void new_modules(struct worker *w, struct texts_reply *ret)
{
    struct adder_error err;

    texts_begin(ret, '\n', w->modules);
    if (adder_runtime_modules(w->rt, &ret->reply, &err) == 0)
        w->modules = ret->count;
}

/* ---- Loading ---------------------------------------------------------------------------- */

static int load(struct duty *d, struct adder_error *err)
{
    struct adder_check_config config = {
        .name = d->name,
        .init_config = d->init_config,
        .instance = d->instance,
        .id = d->id,
        .source = d->source,
        .user = d,
    };

    return adder_check_new(d->worker->rt, &config, &d->check, err);
}

static void job_load(struct duty *d)
{
    CLEANUP(adder_gil_unlock) struct adder_gil gil = {{NULL}};
    CLEANUP(texts_end) struct texts_reply imports;
    struct message m = {.type = MESSAGE_LOADED, .key = d->key};
    struct adder_error err;
    int rc = adder_gil_lock(d->worker->rt, &gil, &err);

    texts_begin(&imports, '\n', 0);
    if (rc == 0) {
        count_modules(d->worker);
        rc = load(d, &err);
        new_modules(d->worker, &imports);
    }
    m.loaded.error = error_of(rc, &err);
    m.loaded.imports = texts_all(&imports);
    m.loaded.version = m.loaded.module = m.loaded.file = str_of("");
    if (rc == 0) {
        const struct adder_check_info *info = adder_check_info(d->check);

        m.loaded.version = str_of(info->version);
        m.loaded.module = str_of(info->module);
        m.loaded.file = str_of(info->file);
    }
    worker_say(d->worker, &m);
}

/* ---- Running ---------------------------------------------------------------------------- */

/* What is known of a run when it has ended. */
struct outcome {
    int rc;
    struct adder_error err;
    double wall_s, cpu_s;
    struct adder_memory memory;
    struct texts_reply warnings, imports;
    bool over;
};

static void outcome_end(struct outcome *o)
{
    texts_end(&o->warnings);
    texts_end(&o->imports);
}

static void name_thread(const char *name)
{
    char short_name[WORKER_NAME_MAX];

    snprintf(short_name, sizeof(short_name), "%s", name);
    pthread_setname_np(pthread_self(), short_name);
}

/* From here on the run is under way: the watch sees it, and it can be interrupted. */
static void begin_run(struct duty *d, uint64_t number)
{
    struct worker *w = d->worker;
    struct adder_memory memory;
    struct run run = {.number = number};

    adder_check_memory(d->check, &memory);
    run.account_before = run.account_seen = memory.python.inuse_bytes;
    pthread_getcpuclockid(pthread_self(), &run.cpu_clock);
    run.cpu_before = run.cpu_seen = clock_seconds(run.cpu_clock);
    pthread_mutex_lock(&w->lock);
    d->run = run;
    pthread_mutex_unlock(&w->lock);
    worker_say(w, &(struct message){.type = MESSAGE_STARTED,
                                    .key = d->key,
                                    .started = {.run = number, .thread = gettid()}});
    name_thread(d->name);
    PROBE_RUN_START(d->id);
}

static void end_run(struct duty *d)
{
    uint64_t samples = atomic_exchange(&d->samples, 0);
    uint64_t refused = atomic_load(&d->refused);

    PROBE_RUN_END(d->id);
    name_thread("runner");
    pthread_mutex_lock(&d->worker->lock);
    if (refused > 0)
        watch_over(d, BUDGET_SAMPLES, (double)(samples + refused), (double)d->budget.samples);
    d->run.number = 0;
    pthread_mutex_unlock(&d->worker->lock);
}

static void run(struct duty *d, uint64_t number, struct outcome *o)
{
    CLEANUP(adder_gil_unlock) struct adder_gil gil = {{NULL}};
    struct adder_error ignored;
    double wall, cpu;

    o->rc = d->check != NULL ? adder_gil_lock(d->worker->rt, &gil, &o->err)
                             : err_set(&o->err, ADDER_STATE, "the check is not loaded");
    if (o->rc < 0)
        return;
    begin_run(d, number);
    wall = clock_monotonic();
    cpu = clock_thread_cpu();
    o->rc = adder_check_run(d->check, ADDER_COMMIT, &o->err);
    leave_if_forked(d->worker);
    o->cpu_s = clock_thread_cpu() - cpu;
    o->wall_s = clock_monotonic() - wall;
    if (adder_check_warnings(d->check, &o->warnings.reply, &ignored) < 0)
        LOG_WARN("%s: warnings: %s", d->id, ignored.message);
    if (d->runs++ == 0)
        new_modules(d->worker, &o->imports);
    adder_check_memory(d->check, &o->memory);
    end_run(d);
}

/* Fills `ret` with the texts; how many. */
static uint32_t list_texts(const struct texts_reply *r, struct adder_str ret[MESSAGE_TEXTS_MAX])
{
    uint32_t count = 0;

    for (size_t at = 0; at < r->texts.len && count < MESSAGE_TEXTS_MAX; count++) {
        ret[count] = str_of(r->texts.data + at);
        at += ret[count].len + 1;
    }
    return count;
}

static void say_done(struct duty *d, uint64_t number, const struct outcome *o)
{
    struct adder_error err;
    struct adder_str warnings[MESSAGE_TEXTS_MAX];
    struct batch_dropped dropped = batch_dropped(d->batch);
    struct message m = {
        .type = MESSAGE_DONE,
        .key = d->key,
        .done =
            {
                .run = number,
                .error = error_of(o->rc, &o->err),
                .committed = o->rc == 0 || o->err.code == ADDER_CHECK,
                .wall_s = o->wall_s,
                .cpu_s = o->cpu_s,
                .memory = o->memory,
                .dropped_records = dropped.records + atomic_exchange(&d->refused, 0),
                .dropped_tags = dropped.tags,
                .warnings = warnings,
                .warning_count = list_texts(&o->warnings, warnings),
                .imports = texts_all(&o->imports),
                .batch = batch_bytes(d->batch),
            },
    };

    if (outbox_send(d->worker->out, &m, &err) < 0) {
        m.done.error = error_of(-1, &err);
        m.done.committed = false;
        m.done.batch = (struct adder_str){NULL, 0};
        worker_say(d->worker, &m);
    }
    batch_trim(d->batch, BATCH_KEEP); /* many checks share the worker */
}

static void job_run(struct duty *d, uint64_t number)
{
    CLEANUP(outcome_end) struct outcome o = {.rc = 0};

    texts_begin(&o.warnings, '\0', 0);
    texts_begin(&o.imports, '\n', 0);
    run(d, number, &o);
    say_done(d, number, &o);
}

/* ---- Diagnosing, cancelling, freeing ---------------------------------------------------- */

static void job_diagnose(struct duty *d)
{
    CLEANUP(texts_end) struct texts_reply json;
    struct message m = {.type = MESSAGE_DIAGNOSES, .key = d->key};
    struct adder_error err;
    int rc;

    texts_begin(&json, '\n', 0);
    rc = d->check != NULL ? adder_check_diagnoses(d->check, &json.reply, &err)
                          : err_set(&err, ADDER_STATE, "the check is not loaded");
    m.diagnoses.error = error_of(rc, &err);
    m.diagnoses.json = texts_all(&json);
    worker_say(d->worker, &m);
}

static void job_cancel(struct duty *d)
{
    struct adder_error err;

    if (d->check != NULL && adder_check_cancel(d->check, &err) < 0)
        LOG_WARN("%s: %s", d->id, err.message);
    leave_if_forked(d->worker);
}

static void job_free(struct duty *d)
{
    adder_check_free(TAKE(d->check));
    worker_say(d->worker, &(struct message){.type = MESSAGE_DROPPED, .key = d->key});
}

static void perform(struct job *j)
{
    struct duty *d = j->duty;

    crash_enter(d->key, j->run);
    switch (j->type) {
    case JOB_LOAD:
        job_load(d);
        break;
    case JOB_RUN:
        job_run(d, j->run);
        break;
    case JOB_DIAGNOSE:
        job_diagnose(d);
        break;
    case JOB_CANCEL:
        job_cancel(d);
        break;
    case JOB_FREE:
        job_free(d);
        break;
    }
    crash_leave();
}

static void *runner(void *arg)
{
    struct worker *w = arg;
    struct adder_error err;

    name_thread("runner");
    if (crash_thread(&err) < 0) {
        LOG_ERROR("worker %d ends: %s", (int)getpid(), err.message);
        processes_end(1);
    }
    for (;;) {
        struct job *j = duties_take(w);

        perform(j);
        duties_done(w, j);
    }
    return NULL;
}

int runner_start(struct worker *w, struct adder_error *err)
{
    pthread_t thread;
    int rc = pthread_create(&thread, NULL, runner, w);

    if (rc != 0)
        return err_errno(err, rc, "starting a thread");
    pthread_detach(thread);
    return 0;
}
