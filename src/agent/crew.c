#include "agent/crew_impl.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/orphans.h"
#include "agent/relay.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"

static void on_timer(uv_timer_t *handle);

const char *crew_python(const struct crew *c)
{
    return c->python;
}

/* ---- Workers ---------------------------------------------------------------------------- */

void *worker_owner(const struct worker *w)
{
    return w->owner;
}

int64_t worker_pid(const struct worker *w)
{
    return w->pid;
}

double worker_since(const struct worker *w)
{
    return w->since;
}

bool worker_is_up(const struct worker *w)
{
    return w->state == WORKER_UP && !w->closed;
}

/* proc(5), /proc/pid/statm */
uint64_t worker_rss(const struct worker *w)
{
    unsigned long pages = 0;
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%lld/statm", (long long)w->pid);
    f = w->pid > 0 ? fopen(path, "re") : NULL;
    if (f == NULL)
        return 0;
    if (fscanf(f, "%*s %lu", &pages) != 1)
        pages = 0;
    fclose(f);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

struct worker *crew_next(const struct crew *c, const struct worker *after)
{
    return after != NULL ? after->next : c->workers;
}

static void take_out(struct worker *w)
{
    struct worker **at = &w->crew->workers;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
}

static void end_worker(struct worker *w)
{
    struct crew *c = w->crew;

    take_out(w);
    if (w->peer != NULL)
        peer_finish_log(w->peer);
    peer_close(w->peer);
    w->end.report = w->report.len > 0 ? w->report.data : NULL;
    c->options.events->died(c->options.ctx, w, &w->end);
    buf_free(&w->report);
    mem_free(w);
}

/* What is left of the tree becomes our children once the worker is dead: see bury(). */
static void kill_worker(struct worker *w)
{
    if (w->pid == 0 || w->reaped)
        return;
    kill(-(pid_t)w->pid, SIGKILL);
    kill((pid_t)w->pid, SIGKILL);
}

void worker_kill(struct worker *w)
{
    w->end.asked = true;
    kill_worker(w);
}

void worker_send(struct worker *w, const struct message *m)
{
    struct adder_error err;

    if (w->peer == NULL || w->closed || peer_send(w->peer, m, &err) == 0)
        return;
    LOG_ERROR("worker %lld: %s", (long long)w->pid, err.message);
    snprintf(w->end.why, sizeof(w->end.why), "%.255s", err.message);
    kill_worker(w);
}

void worker_stop(struct worker *w)
{
    worker_send(w, &(struct message){.type = MESSAGE_STOP});
    w->state = WORKER_STOPPING;
    w->end.asked = true;
    w->stop_by = clock_monotonic() + CREW_STOP_MS / 1e3;
    uv_timer_start(&w->crew->timer, on_timer, CREW_STOP_MS, CREW_REAP_MS);
}

static void on_message(void *ctx, const struct message *m)
{
    struct worker *w = ctx;
    const struct crew_options *o = &w->crew->options;

    if (m->type != MESSAGE_HELLO) {
        o->events->message(o->ctx, w, m);
        return;
    }
    w->pid = m->hello.pid;
    w->state = WORKER_UP;
    o->events->up(o->ctx, w);
}

static void on_line(void *ctx, struct adder_str line)
{
    struct worker *w = ctx;

    if (w->report.len > 0 || str_starts(line, "Fatal Python error: ")) {
        buf_add(&w->report, line.ptr, line.len);
        buf_add_char(&w->report, '\n');
        w->report.failed = false; /* its beginning will do */
    }
    relay_line("worker", (long)w->pid, line);
}

/* The socket has closed: the worker has died, or is of no use any more. */
static void on_gone(void *ctx, const struct adder_error *why)
{
    struct worker *w = ctx;

    w->closed = true;
    if (why != NULL)
        snprintf(w->end.why, sizeof(w->end.why), "%.255s", why->message);
    kill_worker(w);
    if (w->reaped || w->pid == 0)
        end_worker(w);
}

const struct peer_events worker_events = {on_message, on_line, on_gone};

void crew_stop(struct crew *c)
{
    c->stopping = true;
}

int crew_add(struct crew *c, void *owner, struct worker **ret, struct adder_error *err)
{
    struct worker *w = mem_zalloc(sizeof(*w)), **at = &c->workers;

    if (w == NULL)
        return err_nomem(err);
    buf_init(&w->report, CREW_REPORT_MAX);
    w->crew = c;
    w->owner = owner;
    w->since = clock_wall();
    while (*at != NULL)
        at = &(*at)->next;
    *at = w;
    *ret = w;
    nursery_ask(c);
    return 0;
}

/* ---- The dead --------------------------------------------------------------------------- */

static struct worker *find(const struct crew *c, pid_t pid)
{
    struct worker *w = c->workers;

    while (w != NULL && w->pid != pid)
        w = w->next;
    return w;
}

static void worker_died(struct worker *w, int status)
{
    w->reaped = true;
    w->end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    w->end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (w->closed) /* else what it still sent is read first */
        end_worker(w);
}

/* Reaps whoever has died, and kills what dead workers have left to us. */
static void bury(struct crew *c)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct worker *w = find(c, pid);

        if (pid == c->nursery_pid)
            nursery_died(c, status);
        else if (w != NULL)
            worker_died(w, status);
    }
}

static bool is_ours(void *ctx, pid_t pid)
{
    const struct crew *c = ctx;
    bool starting = false;

    for (const struct worker *w = c->workers; w != NULL; w = w->next)
        starting = starting || w->state == WORKER_STARTING;
    return starting || pid == c->nursery_pid || find(c, pid) != NULL;
}

static void on_child(uv_signal_t *handle, int signum)
{
    struct crew *c = handle->data;

    (void)signum;
    bury(c);
    orphans_kill(is_ours, c);
    uv_timer_start(&c->timer, on_timer, CREW_REAP_MS, CREW_REAP_MS);
}

/* What takes time: workers that were told to stop, orphans that come late, the next nursery. */
static void on_timer(uv_timer_t *handle)
{
    struct crew *c = handle->data;
    double now = clock_monotonic();
    struct adder_error err;
    bool more = false;

    bury(c);
    orphans_kill(is_ours, c);
    for (struct worker *w = c->workers; w != NULL; w = w->next) {
        if (w->state == WORKER_STOPPING && now >= w->stop_by)
            kill_worker(w);
        more = more || w->state == WORKER_STOPPING;
    }
    if (c->nursery_pid == 0 && !c->stopping && now >= c->nursery_at &&
        nursery_start(c, &err) < 0)
        LOG_ERROR("%s", err.message);
    if (!more && (c->nursery_pid != 0 || c->stopping))
        uv_timer_stop(handle);
}

/* ---- Life ------------------------------------------------------------------------------- */

static void let_go(uv_handle_t *handle)
{
    struct crew *c = handle->data;

    if (--c->handles == 0)
        mem_free(c);
}

int crew_new(const struct crew_options *options, struct crew **ret, struct adder_error *err)
{
    struct crew *c = mem_zalloc(sizeof(*c));

    if (c == NULL)
        return err_nomem(err);
    c->options = *options;
    c->handles = 2;
    uv_signal_init(options->loop, &c->child);
    uv_timer_init(options->loop, &c->timer);
    c->child.data = c->timer.data = c;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    uv_signal_start(&c->child, on_child, SIGCHLD);
    if (nursery_start(c, err) < 0) {
        crew_free(c);
        return -1;
    }
    *ret = c;
    return 0;
}

void crew_free(struct crew *c)
{
    if (c == NULL)
        return;
    uv_signal_stop(&c->child);
    if (c->nursery_pid > 0)
        kill(c->nursery_pid, SIGKILL);
    peer_close(c->nursery);
    for (struct worker *w = c->workers, *next; w != NULL; w = next) {
        next = w->next;
        kill_worker(w);
        peer_close(w->peer);
        buf_free(&w->report);
        mem_free(w);
    }
    c->workers = NULL;
    orphans_kill_all();
    uv_close((uv_handle_t *)&c->child, let_go);
    uv_close((uv_handle_t *)&c->timer, let_go);
}
