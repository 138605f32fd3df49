/* The agent's state as JSON, for the API, the page and the command line. */
#include "agent/agent_impl.h"
#include "core/clock.h"
#include "core/str.h"
#include "core/text.h"

json_t *status_text(struct adder_str text)
{
    CLEANUP(buf_free) struct buf clean;

    buf_init(&clean, text.len * 3 + 1);
    if (text.ptr == NULL)
        return json_null();
    if (str_utf8_prefix(text) == text.len)
        return json_stringn_nocheck(text.ptr, text.len);
    text_replace(&clean, text);
    return clean.failed ? NULL : json_stringn_nocheck(clean.data, clean.len);
}

static json_t *text_of(const char *text)
{
    return status_text(str_of(text));
}

/* ---- Tasks ------------------------------------------------------------------------------ */

static json_t *memory_of(const struct adder_memory *m)
{
    return json_pack(
        "{s{sI sI sI sI sI sI} s{sI sI}}", "border", "allocations",
        (json_int_t)m->border.allocations, "allocated_bytes",
        (json_int_t)m->border.allocated_bytes, "frees", (json_int_t)m->border.frees,
        "freed_bytes", (json_int_t)m->border.freed_bytes, "inuse_bytes",
        (json_int_t)m->border.inuse_bytes, "untracked_frees",
        (json_int_t)m->border.untracked_frees, "python", "inuse_bytes",
        (json_int_t)m->python.inuse_bytes, "total_bytes", (json_int_t)m->python.total_bytes);
}

static json_t *error_of(const struct task *t)
{
    const char *message = t->load == TASK_BROKEN ? t->load_error : t->error;

    if (message == NULL)
        return json_null();
    return json_pack("{so so}", "message", text_of(message), "traceback",
                     text_of(t->traceback != NULL ? t->traceback : ""));
}

static json_t *warnings_of(const struct task *t)
{
    json_t *list = json_array();

    for (size_t i = 0; t->warnings != NULL && t->warnings[i] != NULL; i++)
        json_array_append_new(list, text_of(t->warnings[i]));
    return list;
}

static json_t *verdicts_of(const struct task *t)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < t->quarantine.verdict_count; i++) {
        const struct verdict *v = &t->quarantine.verdicts[i];

        json_array_append_new(list, json_pack("{sf ss so so}", "time", v->time, "reason",
                                              offence_name(v->offence), "text",
                                              text_of(v->text), "report", text_of(v->report)));
    }
    return list;
}

/* The figures of a task, as a table: each is a key of its object. */
static void put_figures(json_t *object, const struct task *t)
{
    const struct task_stats *s = &t->stats;
    const struct {
        const char *key;
        uint64_t value;
    } counts[] = {
        {"runs", s->runs},
        {"errors", s->errors},
        {"late", s->late},
        {"skipped", s->skipped},
        {"lost", s->lost},
        {"samples", s->samples},
        {"events", s->events},
        {"dropped", s->dropped},
        {"service_checks", s->service_checks},
        {"last_samples", s->last_samples},
        {"series", sampler_stats(t->sampler).contexts},
    };
    const struct {
        const char *key;
        double value;
    } times[] = {
        {"last_seconds", s->last_s},
        {"avg_seconds", s->runs > 0 ? s->total_s / (double)s->runs : 0},
        {"max_seconds", s->max_s},
        {"cpu_seconds", s->cpu_s},
        {"last_cpu_seconds", s->last_cpu_s},
        {"lateness_seconds", s->lateness_s},
        {"max_lateness_seconds", s->max_lateness_s},
        {"last_run", s->last_run},
        {"last_good_run", s->last_good_run},
        {"interval_seconds", t->conf.interval_s},
        {"next_run_seconds", t->turn.place != 0 ? t->turn.due - clock_monotonic() : -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        json_object_set_new(object, counts[i].key, json_integer((json_int_t)counts[i].value));
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        json_object_set_new(object, times[i].key, json_real(times[i].value));
}

static json_t *task_json(const struct task *t)
{
    json_t *object = json_pack(
        "{so so so sI so ss so so so so so sI}", "name", text_of(t->conf.check), "id",
        text_of(t->conf.id), "version", text_of(t->version), "instance",
        (json_int_t)t->conf.index, "source", text_of(t->conf.source), "state",
        task_state_name(t), "last_error", error_of(t), "last_warnings", warnings_of(t),
        "verdicts", verdicts_of(t), "memory", memory_of(&t->stats.memory), "quarantined",
        json_boolean(t->quarantine.active), "worker",
        (json_int_t)(t->worker != NULL ? worker_pid(t->worker) : 0));

    if (object != NULL)
        put_figures(object, t);
    return object;
}

json_t *status_checks(struct agent *a)
{
    json_t *list = json_array();
    const struct task *t = NULL;

    while ((t = dispatch_next(a->dispatch, t)) != NULL)
        json_array_append_new(list, task_json(t));
    return list;
}

json_t *status_memory(struct agent *a)
{
    json_t *object = json_object();
    const struct task *t = NULL;

    while ((t = dispatch_next(a->dispatch, t)) != NULL)
        json_object_set_new(object, t->conf.id, memory_of(&t->stats.memory));
    return object;
}

/* ---- Processes, outputs, configuration -------------------------------------------------- */

static json_t *checks_of(const struct agent *a, const struct worker *w)
{
    json_t *list = json_array();
    const struct task *t = NULL;

    while ((t = dispatch_next(a->dispatch, t)) != NULL)
        if (t->worker == w)
            json_array_append_new(list, text_of(t->conf.id));
    return list;
}

static json_t *workers_json(const struct agent *a)
{
    const struct crew *crew = dispatch_crew(a->dispatch);
    json_t *list = json_array();
    const struct worker *w = NULL;

    while ((w = crew_next(crew, w)) != NULL)
        json_array_append_new(
            list, json_pack("{sI ss so sI sf}", "pid", (json_int_t)worker_pid(w), "state",
                            worker_is_up(w)      ? "up"
                            : worker_pid(w) == 0 ? "starting"
                                                 : "ending",
                            "checks", checks_of(a, w), "rss_bytes", (json_int_t)worker_rss(w),
                            "started", worker_since(w)));
    return list;
}

static json_t *outputs_json(const struct agent *a)
{
    json_t *list = json_array();

    for (size_t i = 0; i < a->output_count; i++) {
        const struct output *o = a->outputs[i];

        json_array_append_new(list, json_pack("{ss sI sI sI sI sI so}", "name", o->class->name,
                                              "series", (json_int_t)o->stats.series, "sketches",
                                              (json_int_t)o->stats.sketches, "service_checks",
                                              (json_int_t)o->stats.service_checks, "events",
                                              (json_int_t)o->stats.events, "dropped",
                                              (json_int_t)o->stats.dropped, "last_error",
                                              o->stats.last_error[0] != '\0'
                                                  ? text_of(o->stats.last_error)
                                                  : json_null()));
    }
    return list;
}

static json_t *config_errors_json(const struct agent *a)
{
    json_t *list = json_array();

    for (size_t i = 0; a->configs != NULL && i < a->configs->problem_count; i++) {
        const struct config_problem *p = &a->configs->problems[i];

        json_array_append_new(list,
                              json_pack("{so si si so sb}", "path", text_of(p->path), "line",
                                        (int)p->line, "column", (int)p->column, "message",
                                        text_of(p->message), "warning", (int)p->warning));
    }
    return list;
}

json_t *status_json(struct agent *a)
{
    return json_pack("{ss sf so ss so so so so}", "version", ADDER_VERSION, "uptime_seconds",
                     clock_monotonic() - a->started_monotonic, "hostname", text_of(a->hostname),
                     "python", crew_python(dispatch_crew(a->dispatch)), "checks",
                     status_checks(a), "workers", workers_json(a), "outputs", outputs_json(a),
                     "config_errors", config_errors_json(a));
}
