/* Metrics about the agent itself: adder.*, on every output. */
#include <stdio.h>
#include <sys/resource.h>

#include "agent/agent_impl.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/str.h"

struct figure {
    const char *name;
    enum adder_metric_kind kind;
    double value;
};

static void submit(struct agent *a, const struct figure *f, struct adder_tags tags, double now)
{
    struct adder_metric m = {
        .kind = (int)f->kind,
        .name = str_of(f->name),
        .value = f->value,
        .tags = tags,
        .flush_first_value = true,
    };

    sampler_metric(a->self, &m, now);
}

static void submit_task(struct agent *a, const struct task *t, double now)
{
    const struct task_stats *s = &t->stats;
    AUTOFREE char *check = mem_printf("check:%s", t->conf.check);
    AUTOFREE char *id = mem_printf("check_id:%s", t->conf.id);
    struct adder_str tags[] = {str_of(check), str_of(id)};
    const struct figure figures[] = {
        {"adder.check.runs", ADDER_MONOTONIC_COUNT, (double)s->runs},
        {"adder.check.errors", ADDER_MONOTONIC_COUNT, (double)s->errors},
        {"adder.check.skipped", ADDER_MONOTONIC_COUNT, (double)s->skipped},
        {"adder.check.late", ADDER_MONOTONIC_COUNT, (double)s->late},
        {"adder.check.lost", ADDER_MONOTONIC_COUNT, (double)s->lost},
        {"adder.check.dropped", ADDER_MONOTONIC_COUNT, (double)s->dropped},
        {"adder.check.samples", ADDER_MONOTONIC_COUNT, (double)s->samples},
        {"adder.check.cpu_seconds", ADDER_MONOTONIC_COUNT, s->cpu_s},
        {"adder.check.run_seconds", ADDER_GAUGE, s->last_s},
        {"adder.check.lateness_seconds", ADDER_GAUGE, s->lateness_s},
        {"adder.check.series", ADDER_GAUGE, (double)sampler_stats(t->sampler).contexts},
        {"adder.check.memory_bytes", ADDER_GAUGE, (double)s->memory.python.inuse_bytes},
        {"adder.check.quarantined", ADDER_GAUGE, t->quarantine.active},
        {"adder.check.loaded", ADDER_GAUGE, t->load == TASK_LOADED},
    };

    if (check == NULL || id == NULL)
        return;
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        submit(a, &figures[i], (struct adder_tags){tags, ARRAY_LEN(tags)}, now);
}

/* How often each check was found at fault, by reason. */
static void submit_verdicts(struct agent *a, const struct task *t, double now)
{
    for (int i = OFFENCE_NONE + 1; i < OFFENCES; i++) {
        AUTOFREE char *check = mem_printf("check:%s", t->conf.check);
        AUTOFREE char *id = mem_printf("check_id:%s", t->conf.id);
        AUTOFREE char *reason = mem_printf("reason:%s", offence_name((enum offence)i));
        struct adder_str tags[] = {str_of(check), str_of(id), str_of(reason)};
        const struct figure f = {"adder.check.verdict", ADDER_MONOTONIC_COUNT,
                                 (double)t->quarantine.total[i]};

        if (t->quarantine.total[i] > 0 && check != NULL && id != NULL && reason != NULL)
            submit(a, &f, (struct adder_tags){tags, ARRAY_LEN(tags)}, now);
    }
}

static double cpu_seconds(void)
{
    return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void submit_agent(struct agent *a, double now)
{
    const struct crew *crew = dispatch_crew(a->dispatch);
    const struct worker *w = NULL;
    struct rusage usage = {0};
    unsigned workers = 0;

    while ((w = crew_next(crew, w)) != NULL)
        workers++;
    getrusage(RUSAGE_SELF, &usage);

    const struct figure figures[] = {
        {"datadog.agent.running", ADDER_GAUGE, 1},
        {"adder.agent.uptime_seconds", ADDER_GAUGE, clock_monotonic() - a->started_monotonic},
        {"adder.agent.workers", ADDER_GAUGE, workers},
        {"adder.agent.cpu_seconds", ADDER_MONOTONIC_COUNT, cpu_seconds()},
        {"adder.agent.rss_max_bytes", ADDER_GAUGE, (double)usage.ru_maxrss * 1024},
    };

    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        submit(a, &figures[i], (struct adder_tags){NULL, 0}, now);
}

void selfmetrics_send(struct agent *a, double now)
{
    const struct task *t = NULL;

    submit_agent(a, now);
    while ((t = dispatch_next(a->dispatch, t)) != NULL) {
        submit_task(a, t, now);
        submit_verdicts(a, t, now);
    }
    intake_self(a, now);
}
