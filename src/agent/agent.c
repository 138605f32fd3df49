#include "agent/agent.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent_impl.h"
#include "agent/notify.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "out/json_lines.h"
#include "out/prometheus.h"

enum {
    SECOND_MS = 1000,
    STALLED_S = 10, /* the loop has not looked at the schedule for so long: not live */
};

/* ---- What the server asks --------------------------------------------------------------- */

static const char *serve_metrics(void *ctx, const char *accept, struct buf *to)
{
    struct agent *a = ctx;
    enum exposition format = exposition_choose(accept);

    prometheus_write(a->prometheus, format, clock_wall(), to);
    return exposition_content_type(format);
}

static json_t *serve_status(void *ctx)
{
    return status_json(ctx);
}

static json_t *serve_checks(void *ctx)
{
    return status_checks(ctx);
}

static json_t *serve_memory(void *ctx)
{
    return status_memory(ctx);
}

static bool serve_live(void *ctx, struct buf *why)
{
    const struct agent *a = ctx;
    double since = clock_monotonic() - dispatch_progress(a->dispatch).looked;

    if (since < STALLED_S)
        return true;
    buf_printf(why, "the schedule was last looked at %.0f s ago", since);
    return false;
}

/* Ready: every check has been loaded, or was found to be broken. */
static bool serve_ready(void *ctx, struct buf *why)
{
    const struct agent *a = ctx;
    const struct task *t = NULL;
    size_t waiting = 0;

    while ((t = dispatch_next(a->dispatch, t)) != NULL)
        waiting += t->stats.runs == 0 && t->load != TASK_BROKEN && !t->quarantine.active;
    if (waiting > 0)
        buf_printf(why, "%zu checks have not run yet", waiting);
    return waiting == 0;
}

static struct task *find(const struct agent *a, struct adder_str id, struct adder_error *err)
{
    struct task *t = dispatch_find(a->dispatch, id);

    if (t == NULL)
        err_set(err, ADDER_NOT_FOUND, "there is no check with the id '%.*s'", STR_ARG(id));
    return t;
}

static int serve_run(void *ctx, struct adder_str id, struct adder_error *err)
{
    const struct agent *a = ctx;
    struct task *t = find(a, id, err);

    if (t == NULL)
        return -1;
    if (!dispatch_run(a->dispatch, t))
        return err_set(err, ADDER_STATE, "the check '%s' is %s", t->conf.id,
                       task_state_name(t));
    return 0;
}

static int serve_diagnose(void *ctx, struct adder_str id, uint64_t ticket,
                          struct adder_error *err)
{
    const struct agent *a = ctx;
    struct task *t = find(a, id, err);

    if (t == NULL)
        return -1;
    if (t->ticket != 0 || !dispatch_diagnose(a->dispatch, t))
        return err_set(err, ADDER_STATE, "the check '%s' cannot be diagnosed now", t->conf.id);
    t->ticket = ticket;
    return 0;
}

static int start_server(struct agent *a, struct adder_error *err)
{
    struct server_options options = {
        .loop = &a->loop,
        .listen = a->options.config->listen,
        .token = a->options.config->token,
        .source = {.ctx = a,
                   .metrics = a->prometheus != NULL ? serve_metrics : NULL,
                   .status = serve_status,
                   .checks = serve_checks,
                   .memory = serve_memory,
                   .live = serve_live,
                   .ready = serve_ready,
                   .run = serve_run,
                   .diagnose = serve_diagnose},
    };

    return server_new(&options, &a->server, err);
}

const char *agent_address(const struct agent *a)
{
    return a->server != NULL ? server_address(a->server) : "";
}

/* ---- What the dispatcher tells ---------------------------------------------------------- */

static void on_done(void *ctx, struct task *t, const struct message *m)
{
    const struct agent *a = ctx;

    intake_run(ctx, t, m);
    learned_add(a->learned, m->done.imports);
}

static void on_verdict(void *ctx, struct task *t, const struct verdict *v)
{
    intake_verdict(ctx, t, v);
}

static void on_diagnoses(void *ctx, struct task *t, const struct message *m)
{
    const struct agent *a = ctx;
    struct adder_error err;
    json_t *list = NULL;

    if (m->diagnoses.error.code == 0)
        list = json_loadb(m->diagnoses.json.ptr, m->diagnoses.json.len, 0, NULL);
    err_set(&err, ADDER_PYTHON, "%.*s", STR_ARG(m->diagnoses.error.message));
    server_answer(a->server, t->ticket, list, &err);
    t->ticket = 0;
}

static void on_loaded(void *ctx, struct task *t, const struct message *m)
{
    const struct agent *a = ctx;

    (void)t;
    learned_add(a->learned, m->loaded.imports);
}

/* Who starts the agent with a Python that is not there wants to know at once. */
static void on_hopeless(void *ctx, int code)
{
    struct agent *a = ctx;

    err_set(&a->failure, code == 2 ? ADDER_INVALID : ADDER_SYSTEM,
            "checks cannot be run: Python does not start, for the reason above");
    uv_stop(&a->loop);
}

static const struct dispatch_events dispatch_events = {.done = on_done,
                                                       .loaded = on_loaded,
                                                       .verdict = on_verdict,
                                                       .hopeless = on_hopeless,
                                                       .diagnoses = on_diagnoses};

/* The nursery's command line, with what only a started agent knows. */
static int complete_nursery(struct agent *a, struct adder_error *err)
{
    const char *const more[] = {"--run-dir", host_run_dir(a->host), "--warm",
                                learned_path(a->learned), NULL};
    const char *const *given = a->options.nursery;
    size_t count = 0;

    while (given[count] != NULL)
        count++;
    a->nursery = mem_alloc((count + ARRAY_LEN(more)) * sizeof(*a->nursery));
    if (a->nursery == NULL)
        return err_nomem(err);
    memcpy(a->nursery, given, count * sizeof(*a->nursery));
    memcpy(a->nursery + count, more, sizeof(more));
    return 0;
}

static int start_dispatch(struct agent *a, struct adder_error *err)
{
    const struct config *c = a->options.config;
    struct dispatch_options options = {
        .loop = &a->loop,
        .workers = c->workers,
        .threads = c->check_runners,
        .worker_bytes = c->worker_bytes,
        .first_run_within_s = c->first_run_within_s,
        .events = &dispatch_events,
        .ctx = a,
    };

    if (learned_new(host_run_dir(a->host), &a->learned, err) < 0 ||
        complete_nursery(a, err) < 0)
        return -1;
    options.nursery = a->nursery;
    return dispatch_new(&options, &a->dispatch, err);
}

/* ---- Secrets of conf.d ------------------------------------------------------------------ */

static int start_secrets(struct agent *a, struct adder_error *err)
{
    const struct config *c = a->options.config;
    struct secret_options options = {
        .command = c->secret_command,
        .arguments = (const char *const *)c->secret_arguments,
        .timeout_s = c->secret_timeout_s,
        .group_may_execute = c->secret_group_may_execute,
        .trim_newline = c->secret_trim_newline,
    };

    return secrets_new(&options, &a->secrets, err);
}

/* ---- Outputs ---------------------------------------------------------------------------- */

static int start_outputs(struct agent *a, struct adder_error *err)
{
    const struct config *c = a->options.config;
    struct json_lines_options lines = {
        .path = c->outputs.json_path,
        .rotate_bytes = c->outputs.json_rotate_bytes,
    };

    if (c->outputs.prometheus) {
        if (prometheus_new(&(struct prometheus_options){0}, &a->prometheus, err) < 0)
            return -1;
        a->outputs[a->output_count++] = a->prometheus;
    }
    if (lines.path == NULL)
        return 0;
    if (json_lines_new(&lines, &a->outputs[a->output_count], err) < 0)
        return -1;
    a->output_count++;
    return 0;
}

/* ---- Signals and time ------------------------------------------------------------------- */

static void on_second(uv_timer_t *handle);

static void begin_stop(struct agent *a)
{
    if (a->drain_by > 0)
        return;
    LOG_INFO("stopping");
    notify("STOPPING=1");
    a->drain_by = clock_monotonic() + AGENT_DRAIN_S - 1;
    dispatch_stop(a->dispatch);
    uv_timer_start(&a->second, on_second, 0, 50);
}

static void on_stop_signal(uv_signal_t *handle, int signum)
{
    (void)signum;
    begin_stop(handle->data);
}

static void reload(void *ctx)
{
    struct agent *a = ctx;
    struct adder_error err;

    LOG_INFO("reading the configuration again");
    notify_reloading();
    if (agent_configure(a, &err) < 0)
        LOG_ERROR("the old configuration stays in force: %s", err.message);
    confwatch_again(a->confwatch);
    notify("READY=1");
}

static void on_hangup(uv_signal_t *handle, int signum)
{
    (void)signum;
    reload(handle->data);
}

static void on_second(uv_timer_t *handle)
{
    struct agent *a = handle->data;
    double now = clock_monotonic();

    if (a->drain_by > 0 && (dispatch_stopped(a->dispatch) || now >= a->drain_by)) {
        uv_stop(&a->loop);
        return;
    }
    if (a->watchdog_s > 0 && now >= a->watchdog_at) {
        notify("WATCHDOG=1");
        a->watchdog_at = now + a->watchdog_s;
    }
    dispatch_tend(a->dispatch);
    if (now < a->self_at)
        return;
    a->self_at = now + SELFMETRICS_EVERY_S;
    learned_save(a->learned);
    selfmetrics_send(a, clock_wall());
}

static void watch_signal(struct agent *a, uv_signal_t *handle, int signum, uv_signal_cb fn)
{
    uv_signal_init(&a->loop, handle);
    handle->data = a;
    uv_signal_start(handle, fn, signum);
}

static void start_handles(struct agent *a)
{
    watch_signal(a, &a->term, SIGTERM, on_stop_signal);
    watch_signal(a, &a->interrupt, SIGINT, on_stop_signal);
    watch_signal(a, &a->hangup, SIGHUP, on_hangup);
    uv_timer_init(&a->loop, &a->second);
    a->second.data = a;
    uv_timer_start(&a->second, on_second, 0, SECOND_MS);
}

/* ---- Life ------------------------------------------------------------------------------- */

static int start_host(struct agent *a, struct adder_error *err)
{
    const struct config *c = a->options.config;
    struct host_options options = {.settings = c->tree, .run_dir = c->run_dir};
    struct adder_error ignored;

    if (host_new(&options, &a->host, err) < 0)
        return -1;
    if (host_name(a->host, a->hostname, sizeof(a->hostname), &ignored) < 0)
        LOG_INFO("%s", ignored.message);
    return 0;
}

static int start(struct agent *a, struct adder_error *err)
{
    if (start_host(a, err) < 0 || intake_sampler(a, NULL, 0, &a->self, err) < 0 ||
        start_secrets(a, err) < 0 || start_outputs(a, err) < 0)
        return -1;
    start_handles(a);
    if (start_dispatch(a, err) < 0)
        return -1;
    if (a->options.config->listen[0] != '\0' && start_server(a, err) < 0)
        return -1;
    if (agent_configure(a, err) < 0 ||
        confwatch_new(&a->loop, a->options.config->confd, reload, a, &a->confwatch, err) < 0)
        return -1;
    confwatch_again(a->confwatch);
    return 0;
}

int agent_new(const struct agent_options *options, struct agent **ret, struct adder_error *err)
{
    struct agent *a = mem_zalloc(sizeof(*a));

    if (a == NULL)
        return err_nomem(err);
    a->options = *options;
    a->started_monotonic = clock_monotonic();
    uv_loop_init(&a->loop);
    if (start(a, err) < 0) {
        agent_free(a);
        return -1;
    }
    *ret = a;
    return 0;
}

static void close_handle(uv_handle_t *handle, void *ctx)
{
    const struct agent *a = ctx;

    if (handle->data == a && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

void agent_free(struct agent *a)
{
    if (a == NULL)
        return;
    while (a->dispatch != NULL && dispatch_next(a->dispatch, NULL) != NULL) {
        struct task *t = dispatch_next(a->dispatch, NULL);

        dispatch_remove(a->dispatch, t);
        task_free(t);
    }
    dispatch_free(a->dispatch);
    confwatch_free(a->confwatch);
    server_free(a->server);
    uv_walk(&a->loop, close_handle, a);
    uv_run(&a->loop, UV_RUN_DEFAULT); /* lets the handles go */
    uv_loop_close(&a->loop);
    for (size_t i = 0; i < a->output_count; i++)
        a->outputs[i]->class->free(a->outputs[i]);
    sampler_free(a->self);
    configs_free(a->configs);
    secrets_free(a->secrets);
    learned_free(a->learned);
    mem_free(a->nursery);
    host_free(a->host);
    mem_free(a);
}

int agent_run(struct agent *a, struct adder_error *err)
{
    int rc;

    a->watchdog_s = notify_watchdog();
    notify("READY=1");
    rc = uv_run(&a->loop, UV_RUN_DEFAULT);
    if (rc < 0)
        return err_set(err, ADDER_SYSTEM, "the loop ended: %s", uv_strerror(rc));
    if (a->failure.code != ADDER_OK) {
        *err = a->failure;
        return -1;
    }
    return 0;
}
