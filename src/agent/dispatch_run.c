/* Runs, from due to done. */
#include "agent/dispatch_impl.h"

#include <math.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/str.h"

#define FOR_EVER_S 1e9

static const enum offence offence_of[BUDGET_PARTS] = {
    [BUDGET_CPU] = OFFENCE_CPU,         [BUDGET_MEMORY] = OFFENCE_MEMORY,
    [BUDGET_FILES] = OFFENCE_FILES,     [BUDGET_PROCESSES] = OFFENCE_PROCESSES,
    [BUDGET_THREADS] = OFFENCE_THREADS, [BUDGET_SAMPLES] = OFFENCE_SAMPLES,
};

void run_begin(struct dispatch *d, struct task *t, double due)
{
    t->due = due;
    t->wanted = true;
    if (t->worker == NULL)
        team_join(d, t);
    if (t->load == TASK_LOADED && worker_is_up(t->worker))
        run_send(d, t);
}

void run_send(struct dispatch *d, struct task *t)
{
    t->wanted = false;
    t->running = true;
    t->started = t->interrupted = t->killed = t->heard = false;
    t->offence = OFFENCE_NONE;
    t->began = clock_monotonic();
    t->run++;
    d->progress.runs++;
    worker_send(t->worker,
                &(struct message){.type = MESSAGE_RUN, .key = t->key, .run = {.run = t->run}});
}

void run_started(struct task *t, const struct message *m)
{
    struct task_stats *s = &t->stats;

    if (!t->running || m->started.run != t->run)
        return;
    t->started = true;
    t->thread = m->started.thread;
    t->began = clock_monotonic();
    s->lateness_s = t->began - t->due;
    if (s->lateness_s > s->max_lateness_s)
        s->max_lateness_s = s->lateness_s;
    s->late += s->lateness_s > 1;
}

/* ---- The end of a run ------------------------------------------------------------------- */

/* Says what the run failed with, and that it does no more, but not the same again and again. */
static void log_outcome(const struct task *t, const struct message_error *e)
{
    if (e->code == 0 && t->error != NULL)
        LOG_INFO("%s: runs without an error again", t->conf.id);
    else if (e->code != 0 && !str_eq(str_of(t->error), e->message))
        LOG_ERROR("%s: %.*s", t->conf.id, STR_ARG(e->message));
}

static void count(struct task *t, const struct message *m)
{
    struct task_stats *s = &t->stats;

    s->runs++;
    s->last_s = m->done.wall_s;
    s->total_s += m->done.wall_s;
    s->max_s = s->last_s > s->max_s ? s->last_s : s->max_s;
    s->last_cpu_s = m->done.cpu_s;
    s->cpu_s += m->done.cpu_s;
    s->memory = m->done.memory;
    s->dropped += m->done.dropped_records;
    s->last_run = clock_wall();
    if (m->done.error.code == 0)
        s->last_good_run = s->last_run;
    else
        s->errors++;
    log_outcome(t, &m->done.error);
    task_text(&t->error, m->done.error.message);
    task_text(&t->traceback, m->done.error.traceback);
}

/* A check that has been good for long enough goes back to the others; a mere suspect after one
 * good run. */
static void judge_good_run(struct dispatch *d, struct task *t)
{
    unsigned needed = t->quarantine.offences > 0 ? (unsigned)t->limits.good_runs : 1;

    if (!t->quarantine.active || !quarantine_good_run(&t->quarantine, needed))
        return;
    LOG_INFO("%s: out of quarantine", t->conf.id);
    team_leave(d, t);
    team_join(d, t);
}

void dispatch_find_fault(struct dispatch *d, struct task *t, enum offence offence, double value,
                         double limit)
{
    struct verdict v = {.time = clock_wall(), .lives = true};

    verdict_words(&v, offence, value, limit);
    task_verdict(d, t, &v);
}

/* The run was interrupted, or submitted too much, and its worker lives. */
static void verdict_of_run(struct dispatch *d, struct task *t)
{
    if (t->offence == OFFENCE_TIMEOUT) {
        t->offence_value = t->stats.last_s;
        t->offence_limit = t->limits.timeout_s;
    }
    dispatch_find_fault(d, t, t->offence, t->offence_value, t->offence_limit);
}

void run_done(struct dispatch *d, struct task *t, const struct message *m)
{
    if (!t->running || m->done.run != t->run)
        return;
    t->running = t->started = false;
    count(t, m);
    d->options.events->done(d->options.ctx, t, m);
    if (t->offence != OFFENCE_NONE)
        verdict_of_run(d, t);
    else
        judge_good_run(d, t);
}

/* ---- Budgets and deadlines -------------------------------------------------------------- */

/* The run's exception says why. */
static void interrupt(struct dispatch *d, struct task *t, double now)
{
    bool cpu = t->offence == OFFENCE_CPU;
    char limit[LIMITS_TEXT], why[96];
    struct message m = {.type = MESSAGE_INTERRUPT, .key = t->key, .run = {.run = t->run}};

    limits_print_duration(cpu ? t->limits.cpu_s : t->limits.timeout_s, limit);
    snprintf(why, sizeof(why), "the run passed its %s of %s", cpu ? "CPU limit" : "timeout",
             limit);
    m.run.why = str_of(why);
    t->interrupted = true;
    t->kill_at = now + t->limits.grace_s;
    blame_mark(d, t->worker);
    worker_send(t->worker, &m);
}

static void kill_run(struct task *t)
{
    t->killed = true;
    worker_kill(t->worker);
}

void run_interrupted(struct task *t, const struct message *m)
{
    t->heard = t->running && m->run.run == t->run;
}

/* CPU time may end with an exception; what is short already must be freed at once. */
void run_over(struct dispatch *d, struct task *t, const struct message *m)
{
    if (!t->running || t->offence != OFFENCE_NONE || m->over.run != t->run ||
        m->over.part >= BUDGET_PARTS)
        return;
    t->offence = offence_of[m->over.part];
    t->offence_value = m->over.value;
    t->offence_limit = m->over.limit;
    if (t->offence == OFFENCE_CPU)
        interrupt(d, t, clock_monotonic());
    else if (t->offence != OFFENCE_SAMPLES)
        kill_run(t);
}

static double timeout(const struct task *t)
{
    return t->limits.timeout_s > 0 ? t->limits.timeout_s : FOR_EVER_S;
}

static bool has_started(const struct dispatch *d, const struct worker *w)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->tasks[i]->worker == w && d->tasks[i]->started)
            return true;
    return false;
}

/* When the run is to be interrupted, or killed when it has been. One that has not begun waits
 * for others, which have deadlines of their own; or its worker does not respond. */
static double deadline(const struct dispatch *d, const struct task *t)
{
    if (t->killed)
        return INFINITY;
    if (t->interrupted)
        return t->kill_at;
    if (t->started)
        return t->began + timeout(t);
    return has_started(d, t->worker) ? INFINITY : t->began + DISPATCH_RESPONSE_S;
}

static void pass_deadline(struct dispatch *d, struct task *t, double now)
{
    struct task *guilty = t;

    if (t->started && !t->interrupted) {
        if (t->offence == OFFENCE_NONE)
            t->offence = OFFENCE_TIMEOUT;
        interrupt(d, t, now);
        return;
    }
    if (!t->heard)
        guilty = blame(d, t);
    if (guilty != t)
        t->offence = OFFENCE_NONE;
    if (guilty->offence == OFFENCE_NONE || guilty->offence == OFFENCE_TIMEOUT) {
        guilty->offence = OFFENCE_TIMEOUT;
        guilty->offence_value = now - guilty->began;
        guilty->offence_limit = guilty->limits.timeout_s;
    }
    t->killed = true;
    kill_run(guilty);
}

double run_deadlines(struct dispatch *d, double now)
{
    double next = now + FOR_EVER_S;

    for (size_t i = 0; i < d->count; i++) {
        struct task *t = d->tasks[i];

        if (!t->running)
            continue;
        if (now >= deadline(d, t))
            pass_deadline(d, t, now);
        next = fmin(next, deadline(d, t));
    }
    return next;
}
