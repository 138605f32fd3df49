#include "agent/dispatch.h"

#include "agent/dispatch_impl.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"

/* ---- The schedule ----------------------------------------------------------------------- */

static void start_due(struct dispatch *d, double now)
{
    struct turn *turn;
    double late;
    uint64_t missed;

    while ((turn = schedule_pop(d->schedule, now, &late, &missed)) != NULL) {
        struct task *t = (struct task *)(void *)turn;

        t->stats.skipped += missed;
        if (t->running || (t->wanted && t->worker != NULL))
            t->stats.skipped++;
        else /* or its worker died before it was up, and it needs another one */
            run_begin(d, t, now - late);
    }
}

static void on_timer(uv_timer_t *handle)
{
    dispatch_rouse(handle->data);
}

void dispatch_rouse(struct dispatch *d)
{
    double now = clock_monotonic(), next, again;

    d->progress.looked = now;
    if (!d->stopping)
        start_due(d, now);
    again = run_deadlines(d, now);
    next = schedule_next(d->schedule);
    if (next < 0 || again < next)
        next = again;
    if (next > now + 1)
        next = now + 1; /* so that liveness can be told */
    uv_update_time(d->options.loop);
    uv_timer_start(&d->timer, on_timer, next > now ? (uint64_t)((next - now) * 1e3) + 1 : 1, 0);
}

/* ---- What workers say ------------------------------------------------------------------- */

static struct task *find_key(const struct dispatch *d, uint64_t key)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->tasks[i]->key == key)
            return d->tasks[i];
    return NULL;
}

void dispatch_load(struct dispatch *d, struct task *t)
{
    const struct limits *l = &t->limits;
    struct message m = {
        .type = MESSAGE_LOAD,
        .key = t->key,
        .load =
            {
                .name = str_of(t->conf.check),
                .id = str_of(t->conf.id),
                .source = str_of(t->conf.source),
                .init_config = str_of(t->conf.init_config),
                .instance = str_of(t->conf.instance),
                .budget = {.cpu_s = l->cpu_s,
                           .memory_bytes = l->memory_bytes,
                           .files = l->files,
                           .processes = l->processes,
                           .threads = l->threads,
                           .batch_bytes = l->batch_bytes,
                           .samples = l->samples},
            },
    };

    (void)d;
    t->load = TASK_LOADING;
    worker_send(t->worker, &m);
}

static void on_up(void *ctx, struct worker *w)
{
    struct dispatch *d = ctx;

    for (size_t i = 0; i < d->count; i++)
        if (d->tasks[i]->worker == w)
            dispatch_load(d, d->tasks[i]);
}

/* A check that cannot be loaded is not tried again before it, or its configuration, changes. */
static void broken(struct dispatch *d, struct task *t, const struct message_error *e)
{
    t->load = TASK_BROKEN;
    t->wanted = false;
    task_text(&t->load_error, e->message);
    task_text(&t->traceback, e->traceback);
    schedule_remove(d->schedule, &t->turn);
    LOG_ERROR("%s: cannot be loaded: %.*s", t->conf.id, STR_ARG(e->message));
}

static void on_loaded(struct dispatch *d, struct task *t, const struct message *m)
{
    if (t->load != TASK_LOADING)
        return;
    if (m->loaded.error.code != 0) {
        broken(d, t, &m->loaded.error);
    } else {
        t->load = TASK_LOADED;
        task_text(&t->load_error, (struct adder_str){0});
        task_text(&t->version, m->loaded.version);
        if (t->wanted)
            run_send(d, t);
    }
    if (d->options.events->loaded != NULL)
        d->options.events->loaded(d->options.ctx, t, m);
}

static void on_crash(struct task *t, const struct message *m)
{
    struct team *team = team_of(t);

    team->crashed = t->key;
    team->crash_signal = m->crash.signal;
}

static void on_message(void *ctx, struct worker *w, const struct message *m)
{
    struct dispatch *d = ctx;
    struct task *t = find_key(d, m->key);

    if (t == NULL || t->worker != w) /* it has been taken out meanwhile */
        return;
    if (m->type == MESSAGE_LOADED)
        on_loaded(d, t, m);
    else if (m->type == MESSAGE_STARTED)
        run_started(t, m);
    else if (m->type == MESSAGE_DONE)
        run_done(d, t, m);
    else if (m->type == MESSAGE_INTERRUPT)
        run_interrupted(t, m);
    else if (m->type == MESSAGE_OVER)
        run_over(d, t, m);
    else if (m->type == MESSAGE_CRASH)
        on_crash(t, m);
    else if (m->type == MESSAGE_DIAGNOSES && d->options.events->diagnoses != NULL)
        d->options.events->diagnoses(d->options.ctx, t, m);
    dispatch_rouse(d);
}

static void on_died(void *ctx, struct worker *w, const struct worker_end *end)
{
    struct dispatch *d = ctx;

    team_ended(d, worker_owner(w), end);
    dispatch_rouse(d);
}

static void on_hopeless(void *ctx, int code)
{
    const struct dispatch *d = ctx;

    d->options.events->hopeless(d->options.ctx, code);
}

static const struct crew_events crew_events = {on_up, on_message, on_died, on_hopeless};

/* ---- Tasks ------------------------------------------------------------------------------ */

static int make_room(struct dispatch *d, struct adder_error *err)
{
    size_t cap = d->cap > 0 ? d->cap * 2 : 16;
    struct task **tasks;

    if (d->count < d->cap)
        return 0;
    tasks = mem_realloc(d->tasks, cap * sizeof(struct task *));
    if (tasks == NULL)
        return err_nomem(err);
    d->tasks = tasks;
    d->cap = cap;
    return 0;
}

int dispatch_add(struct dispatch *d, struct task *t, struct adder_error *err)
{
    double now = clock_monotonic();

    if (make_room(d, err) < 0)
        return -1;
    if (schedule_add(d->schedule, &t->turn, str_of(t->conf.id), t->conf.interval_s,
                     d->options.first_run_within_s, now, err) < 0)
        return -1;
    t->index = d->count;
    d->tasks[d->count++] = t;
    team_join(d, t);
    dispatch_rouse(d);
    return 0;
}

void dispatch_remove(struct dispatch *d, struct task *t)
{
    team_leave(d, t);
    schedule_remove(d->schedule, &t->turn);
    for (size_t at = t->index + 1; at < d->count; at++) {
        d->tasks[at - 1] = d->tasks[at];
        d->tasks[at - 1]->index = at - 1;
    }
    d->count--;
}

bool dispatch_run(struct dispatch *d, struct task *t)
{
    if (t->running || t->wanted || t->load == TASK_BROKEN)
        return false;
    run_begin(d, t, clock_monotonic());
    return true;
}

bool dispatch_diagnose(struct dispatch *d, struct task *t)
{
    (void)d;
    if (t->load != TASK_LOADED)
        return false;
    worker_send(t->worker, &(struct message){.type = MESSAGE_DIAGNOSE, .key = t->key});
    return true;
}

struct task *dispatch_next(const struct dispatch *d, const struct task *after)
{
    size_t at = after != NULL ? after->index + 1 : 0;

    return at < d->count ? d->tasks[at] : NULL;
}

struct task *dispatch_find(const struct dispatch *d, struct adder_str id)
{
    for (size_t i = 0; i < d->count; i++)
        if (str_is(id, d->tasks[i]->conf.id))
            return d->tasks[i];
    return NULL;
}

const char *task_state_name(const struct task *t)
{
    if (t->load == TASK_BROKEN)
        return "failed to load";
    if (t->running)
        return "running";
    return t->quarantine.active ? "quarantined" : "waiting";
}

/* ---- Life ------------------------------------------------------------------------------- */

int dispatch_new(const struct dispatch_options *options, struct dispatch **ret,
                 struct adder_error *err)
{
    struct dispatch *d = mem_zalloc(sizeof(*d));
    struct crew_options crew = {
        .loop = options->loop,
        .nursery = options->nursery,
        .threads = options->threads,
        .events = &crew_events,
        .ctx = d,
    };

    if (d == NULL)
        return err_nomem(err);
    d->options = *options;
    d->schedule = schedule_new(clock_monotonic());
    if (d->schedule == NULL || crew_new(&crew, &d->crew, err) < 0) {
        if (d->schedule == NULL)
            err_nomem(err);
        schedule_free(d->schedule);
        mem_free(d);
        return -1;
    }
    uv_timer_init(options->loop, &d->timer);
    d->timer.data = d;
    dispatch_rouse(d);
    *ret = d;
    return 0;
}

static void let_go(uv_handle_t *handle)
{
    mem_free(handle->data);
}

void dispatch_free(struct dispatch *d)
{
    if (d == NULL)
        return;
    crew_free(TAKE(d->crew));
    while (d->teams != NULL)
        team_free(d, d->teams);
    schedule_free(d->schedule);
    mem_free(TAKE(d->tasks));
    d->count = 0;
    uv_close((uv_handle_t *)&d->timer, let_go);
}

void dispatch_tend(struct dispatch *d)
{
    if (d->stopping)
        return;
    team_recycle(d);
    team_balance(d);
}

void dispatch_stop(struct dispatch *d)
{
    d->stopping = true;
    crew_stop(d->crew);
    for (struct team *team = d->teams; team != NULL; team = team->next) {
        team->retired = true;
        worker_stop(team->worker);
    }
}

bool dispatch_stopped(const struct dispatch *d)
{
    return d->teams == NULL;
}

const struct crew *dispatch_crew(const struct dispatch *d)
{
    return d->crew;
}

struct dispatch_progress dispatch_progress(const struct dispatch *d)
{
    return d->progress;
}
