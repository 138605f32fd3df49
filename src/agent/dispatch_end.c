/* What follows when a worker ends. */
#include "agent/dispatch_impl.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"

void task_verdict(struct dispatch *d, struct task *t, struct verdict *v)
{
    t->stats.verdicts++;
    LOG_WARN("%s: %s", t->conf.id, v->text);
    if (d->options.events->verdict != NULL)
        d->options.events->verdict(d->options.ctx, t, v);
    quarantine_note(&t->quarantine, v);
}

/* What is said of a task whose worker died. */
static void words(const struct team *team, const struct task *t, const struct worker_end *end,
                  struct verdict *v)
{
    v->time = clock_wall();
    if (t->offence != OFFENCE_NONE)
        verdict_words(v, t->offence, t->offence_value, t->offence_limit);
    else if (end->why[0] != '\0')
        snprintf(v->text, sizeof(v->text), "killed: its worker's socket broke: %.100s",
                 end->why);
    else if (team->crashed == t->key && team->crash_signal != 0)
        verdict_words(v, OFFENCE_SIGNAL, team->crash_signal, 0);
    else if (end->signal != 0)
        verdict_words(v, OFFENCE_SIGNAL, end->signal, 0);
    else
        verdict_words(v, OFFENCE_EXIT, end->code, 0);
    if (v->offence == OFFENCE_NONE)
        v->offence = OFFENCE_PROTOCOL;
}

/* The task broke its worker. */
static void condemn(struct dispatch *d, struct team *team, struct task *t,
                    const struct worker_end *end)
{
    struct verdict v = {.offence = OFFENCE_NONE};
    double pause;

    words(team, t, end, &v);
    v.report = mem_strdup(end->report);
    t->wanted = false;
    t->stats.errors++;
    task_verdict(d, t, &v);
    pause = quarantine_offend(&t->quarantine, t->conf.interval_s);
    schedule_at(d->schedule, &t->turn, clock_monotonic() + pause);
}

/* One of several did, and nothing tells which. Each runs on alone at once: who does no harm
 * then is free again after one run. */
static void suspect(struct dispatch *d, struct task *t, size_t suspects)
{
    LOG_INFO("%s: one of %zu whose worker died: it runs alone for once", t->conf.id, suspects);
    t->quarantine.active = true;
    t->stats.lost++;
    t->due = clock_monotonic();
    t->wanted = true;
    team_join(d, t);
}

/* Who may have broken the worker: whom it was killed for; else who was named by the crash; else
 * everybody who was running or being loaded in it. */
enum suspicion { NOBODY, WHO_PASSED_A_LIMIT, WHO_CRASHED, WHO_WAS_THERE };

static enum suspicion whom_to_suspect(const struct dispatch *d, const struct team *team,
                                      const struct worker_end *end)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->tasks[i]->worker == team->worker && d->tasks[i]->killed &&
            d->tasks[i]->offence != OFFENCE_NONE)
            return WHO_PASSED_A_LIMIT;
    if (end->asked)
        return NOBODY;
    return team->crashed != 0 ? WHO_CRASHED : WHO_WAS_THERE;
}

static bool is_suspect(const struct team *team, const struct task *t, enum suspicion suspicion)
{
    switch (suspicion) {
    case WHO_PASSED_A_LIMIT:
        return t->killed && t->offence != OFFENCE_NONE;
    case WHO_CRASHED:
        return t->key == team->crashed;
    case WHO_WAS_THERE:
        return t->started || t->load == TASK_LOADING;
    case NOBODY:
        break;
    }
    return false;
}

/* The task goes on elsewhere; a run that was cut short is made up for at once. */
static void move_on(struct dispatch *d, struct task *t, bool was_up, bool was_running)
{
    if (was_running) {
        t->stats.lost++;
        t->wanted = true;
        t->due = clock_monotonic();
    }
    if (was_up)
        team_join(d, t);
}

static void leave_dead(struct task *t)
{
    t->worker = NULL;
    t->running = t->started = t->killed = false;
    if (t->load != TASK_BROKEN)
        t->load = TASK_UNLOADED;
}

static void log_end(const struct team *team, const struct worker_end *end)
{
    long long pid = (long long)worker_pid(team->worker);

    if (end->asked)
        LOG_DEBUG("worker %lld has ended", pid);
    else if (end->signal != 0)
        LOG_WARN("worker %lld died of SIG%s", pid, sigabbrev_np(end->signal));
    else
        LOG_WARN("worker %lld ended itself with code %d", pid, end->code);
}

static size_t count_suspects(const struct dispatch *d, const struct team *team,
                             enum suspicion suspicion)
{
    size_t count = 0;

    for (size_t i = 0; i < d->count; i++)
        count +=
            d->tasks[i]->worker == team->worker && is_suspect(team, d->tasks[i], suspicion);
    return count;
}

void team_ended(struct dispatch *d, struct team *team, const struct worker_end *end)
{
    enum suspicion suspicion = whom_to_suspect(d, team, end);
    size_t suspects = count_suspects(d, team, suspicion);
    bool was_up = worker_pid(team->worker) != 0;

    log_end(team, end);
    team->retired = true;
    for (size_t i = 0; i < d->count; i++) {
        struct task *t = d->tasks[i];
        bool was_running = t->running, is_one = is_suspect(team, t, suspicion);

        if (t->worker != team->worker)
            continue;
        leave_dead(t);
        if (is_one && (suspicion != WHO_WAS_THERE || suspects == 1))
            condemn(d, team, t, end);
        else if (is_one)
            suspect(d, t, suspects);
        else if (!d->stopping && t->load != TASK_BROKEN)
            move_on(d, t, was_up, was_running);
    }
    team_free(d, team);
}
