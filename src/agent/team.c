#include <unistd.h>

#include "agent/dispatch_impl.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"

enum { TASKS_PER_WORKER = 100 }; /* when nothing is known of their cost yet */

/* CPU seconds a second. */
#define WORKER_BUSY 0.5 /* a worker is to have no more, where there are cores for others */
#define BALANCE_GAP 0.2 /* between two workers, for a task to be moved */

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

static double team_cost(const struct dispatch *d, const struct team *team)
{
    double cost = 0;

    for (size_t i = 0; i < d->count; i++)
        if (d->tasks[i]->worker == team->worker)
            cost += cost_of(d->tasks[i]);
    return cost;
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
    wanted = 1 + (size_t)(cost / WORKER_BUSY);
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

/* The shared worker that is least busy, or most. */
static struct team *extreme(const struct dispatch *d, bool most)
{
    struct team *best = NULL;
    double cost = 0;

    for (struct team *team = d->teams; team != NULL; team = team->next) {
        double its = team_cost(d, team);

        if (!is_shared(team) || (best != NULL && (most ? its <= cost : its >= cost)))
            continue;
        best = team;
        cost = its;
    }
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
    return extreme(d, false);
}

static void enter(struct dispatch *d, struct task *t, struct team *team)
{
    team->tasks++;
    t->worker = team->worker;
    t->load = TASK_UNLOADED;
    if (worker_is_up(team->worker))
        dispatch_load(d, t);
}

void team_join(struct dispatch *d, struct task *t)
{
    struct adder_error err;
    struct team *team = choose(d, t, &err);

    if (team == NULL) {
        LOG_ERROR("%s: no worker can be had: %s", t->conf.id, err.message);
        return;
    }
    enter(d, t, team);
}

void team_leave(struct dispatch *d, struct task *t)
{
    struct team *team = team_of(t);

    (void)d;
    if (team == NULL)
        return;
    worker_send(t->worker, &(struct message){.type = MESSAGE_DROP, .key = t->key});
    team->tasks--;
    t->worker = NULL;
    t->load = TASK_UNLOADED;
    t->running = t->started = false;
    if (team->tasks > 0)
        return;
    team->retired = true;
    worker_stop(team->worker);
}

/* ---- Recycling -------------------------------------------------------------------------- */

/* What a check leaks is given back with its worker. */
void team_recycle(struct dispatch *d)
{
    for (struct team *team = d->teams; team != NULL; team = team->next) {
        uint64_t bytes = worker_rss(team->worker);
        char size[LIMITS_TEXT];

        if (!is_shared(team) || !worker_is_up(team->worker) || d->options.worker_bytes == 0 ||
            bytes <= d->options.worker_bytes)
            continue;
        limits_print_size((double)bytes, size);
        LOG_INFO("worker %lld has grown to %s and is replaced",
                 (long long)worker_pid(team->worker), size);
        team->retired = true;
        worker_stop(team->worker);
    }
}

/* ---- Balance ---------------------------------------------------------------------------- */

/* The task of `from` whose move brings the two closest to each other; NULL: none does. One that
 * runs stays: its run would be lost. */
static struct task *best_move(const struct dispatch *d, const struct team *from, double gap)
{
    struct task *best = NULL;
    double best_cost = 0;

    for (size_t i = 0; i < d->count; i++) {
        struct task *t = d->tasks[i];
        double cost = cost_of(t);

        if (t->worker != from->worker || t->running || t->load != TASK_LOADED || cost >= gap ||
            cost <= best_cost)
            continue;
        best = t;
        best_cost = cost;
    }
    return best;
}

/* Tasks stay where they are, with what they have in their memory, unless a worker is much
 * busier than another one. */
void team_balance(struct dispatch *d)
{
    struct adder_error err;
    struct team *from, *to;
    struct task *t;
    double gap;

    if (shared_count(d) < workers_wanted(d) && new_team(d, NULL, &err) == NULL)
        LOG_ERROR("no worker can be had: %s", err.message);
    from = extreme(d, true);
    to = extreme(d, false);
    if (from == NULL || from == to)
        return;
    gap = team_cost(d, from) - team_cost(d, to);
    t = gap > BALANCE_GAP ? best_move(d, from, gap) : NULL;
    if (t == NULL)
        return;
    LOG_INFO("%s: moves to a worker that is less busy", t->conf.id);
    team_leave(d, t);
    enter(d, t, to);
}
