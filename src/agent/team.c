#include <unistd.h>

#include "agent/dispatch_impl.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"

enum { TASKS_PER_WORKER = 100 }; /* when nothing is known of their cost yet */

struct team *team_of(const struct task *t)
{
    return t->worker != NULL ? worker_owner(t->worker) : NULL;
}

/* CPU seconds a second. A task that has not run yet is taken for a small one. */
static double cost_of(const struct task *t)
{
    const struct task_stats *s = &t->stats;

    return s->runs > 0 ? s->cpu_s / (double)s->runs / t->conf.interval_s : 0.001;
}

static bool is_shared(const struct team *team)
{
    return team->alone == NULL && !team->retired;
}

/* Shared workers there are to be. One does until it would be busy for more than half of the
 * time: a run that meets another one in its worker waits for the GIL. */
static unsigned workers_wanted(const struct dispatch *d)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t by_count = 1 + d->count / TASKS_PER_WORKER, wanted;
    double cost = 0;

    if (d->options.workers > 0)
        return d->options.workers;
    for (size_t i = 0; i < d->count; i++)
        cost += cost_of(d->tasks[i]);
    wanted = 1 + (size_t)(cost / 0.5);
    wanted = wanted > by_count ? wanted : by_count;
    return wanted < (size_t)cores ? (unsigned)wanted : (unsigned)cores;
}

static unsigned shared_count(const struct dispatch *d)
{
    unsigned count = 0;

    for (const struct team *team = d->teams; team != NULL; team = team->next)
        count += is_shared(team);
    return count;
}

static struct team *lightest(const struct dispatch *d)
{
    struct team *best = NULL;

    for (struct team *team = d->teams; team != NULL; team = team->next)
        if (is_shared(team) && (best == NULL || team->cost < best->cost))
            best = team;
    return best;
}

static struct team *new_team(struct dispatch *d, struct task *alone, struct adder_error *err)
{
    struct team *team = mem_zalloc(sizeof(*team));

    if (team == NULL) {
        err_nomem(err);
        return NULL;
    }
    team->alone = alone;
    team->next = d->teams;
    d->teams = team;
    if (crew_add(d->crew, team, &team->worker, err) == 0)
        return team;
    team_free(d, team);
    return NULL;
}

void team_free(struct dispatch *d, struct team *team)
{
    struct team **at = &d->teams;

    while (*at != team)
        at = &(*at)->next;
    *at = team->next;
    mem_free(team);
}

static struct team *choose(struct dispatch *d, struct task *t, struct adder_error *err)
{
    if (t->quarantine.active || t->limits.isolated)
        return new_team(d, t, err);
    if (shared_count(d) < workers_wanted(d))
        return new_team(d, NULL, err);
    return lightest(d);
}

void team_join(struct dispatch *d, struct task *t)
{
    struct adder_error err;
    struct team *team = choose(d, t, &err);

    if (team == NULL) {
        LOG_ERROR("%s: no worker can be had: %s", t->conf.id, err.message);
        return;
    }
    team->tasks++;
    team->cost += cost_of(t);
    t->worker = team->worker;
    t->load = TASK_UNLOADED;
    if (worker_is_up(team->worker))
        dispatch_load(d, t);
}

void team_leave(struct dispatch *d, struct task *t)
{
    struct team *team = team_of(t);

    (void)d;
    if (team == NULL)
        return;
    worker_send(t->worker, &(struct message){.type = MESSAGE_DROP, .key = t->key});
    team->tasks--;
    team->cost -= cost_of(t);
    t->worker = NULL;
    t->load = TASK_UNLOADED;
    t->running = t->started = false;
    if (team->tasks > 0)
        return;
    team->retired = true;
    worker_stop(team->worker);
}
