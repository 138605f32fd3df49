#include "agent/quarantine.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/limits.h"
#include "core/mem.h"

/* ---- Words ----------------------------------------------------------------------------- */

static void print_count(double x, char ret[LIMITS_TEXT])
{
    snprintf(ret, LIMITS_TEXT, "%.0f", x >= 0 && x < 1e18 ? x : 0);
}

/* How an offence is called and, if it has a limit, told: `before` the value, `between` value
 * and limit. `only` goes before the limit when the two are the same once they are printed:
 * "memory 200 MiB > 200 MiB" would convince nobody. */
static const struct kind {
    const char *name;
    const char *before, *between, *only;
    void (*print)(double x, char ret[LIMITS_TEXT]);
} kinds[OFFENCES] = {
    [OFFENCE_NONE] = {.name = "none"},
    [OFFENCE_TIMEOUT] = {"timeout", "ran ", ", timeout ", "ran longer than ",
                         limits_print_duration},
    [OFFENCE_CPU] = {"cpu", "CPU time ", " > ", "CPU time > ", limits_print_duration},
    [OFFENCE_MEMORY] = {"memory", "memory ", " > ", "memory > ", limits_print_size},
    [OFFENCE_FILES] = {"files", "", " open files > ", "open files > ", print_count},
    [OFFENCE_PROCESSES] = {"processes", "", " processes > ", "processes > ", print_count},
    [OFFENCE_THREADS] = {"threads", "", " threads > ", "threads > ", print_count},
    [OFFENCE_SAMPLES] = {"samples", "", " samples > ", "samples > ", print_count},
    [OFFENCE_CONTEXTS] = {"contexts", "", " contexts > ", "contexts > ", print_count},
    [OFFENCE_SIGNAL] = {.name = "signal"},
    [OFFENCE_EXIT] = {.name = "exit"},
    [OFFENCE_PROTOCOL] = {.name = "protocol"},
};

static const struct kind *kind_of(enum offence o)
{
    return &kinds[(unsigned)o < OFFENCES ? o : OFFENCE_NONE];
}

const char *offence_name(enum offence o)
{
    return kind_of(o)->name;
}

/* What was done about passing a limit. */
static const char *remedy(const struct verdict *v)
{
    if (v->offence == OFFENCE_SAMPLES || v->offence == OFFENCE_CONTEXTS)
        return "too many";
    return v->lives ? "interrupted" : "killed";
}

static void limit_words(struct verdict *v, double value, double limit)
{
    const struct kind *k = kind_of(v->offence);
    char had[LIMITS_TEXT], allowed[LIMITS_TEXT];

    k->print(value, had);
    k->print(limit, allowed);
    if (strcmp(had, allowed) != 0)
        snprintf(v->text, sizeof(v->text), "%s: %s%s%s%s", remedy(v), k->before, had,
                 k->between, allowed);
    else
        snprintf(v->text, sizeof(v->text), "%s: %s%s", remedy(v), k->only, allowed);
}

/* Signals that a process brings upon itself; others come from outside, such as the SIGKILL of a
 * machine that has no memory left. */
static bool is_crash(int signal)
{
    static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP};

    for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
        if (crashes[i] == signal)
            return true;
    return false;
}

static void signal_words(struct verdict *v, int signal)
{
    const char *name = sigabbrev_np(signal);
    const char *what = is_crash(signal) ? "crashed" : "killed from outside";

    if (name != NULL)
        snprintf(v->text, sizeof(v->text), "%s: SIG%s", what, name);
    else
        snprintf(v->text, sizeof(v->text), "%s: signal %d", what, signal);
}

void verdict_words(struct verdict *v, enum offence o, double value, double limit)
{
    int number = value >= 0 && value < 1e6 ? (int)value : 0;

    v->offence = o;
    if (kind_of(o)->print != NULL)
        limit_words(v, value, limit);
    else if (o == OFFENCE_SIGNAL)
        signal_words(v, number);
    else if (o == OFFENCE_EXIT)
        snprintf(v->text, sizeof(v->text), "ended itself: exit code %d", number);
    else if (o == OFFENCE_PROTOCOL)
        snprintf(v->text, sizeof(v->text), "killed: what its worker said makes no sense");
    else
        v->text[0] = '\0';
}

/* ---- Time ------------------------------------------------------------------------------ */

void quarantine_note(struct quarantine *q, struct verdict *v)
{
    if (q->verdict_count == VERDICTS_KEPT)
        mem_free(q->verdicts[--q->verdict_count].report);
    memmove(&q->verdicts[1], &q->verdicts[0], q->verdict_count * sizeof(*v));
    q->verdicts[0] = *v;
    q->verdict_count++;
    v->report = NULL;
    q->total[(unsigned)v->offence < OFFENCES ? v->offence : OFFENCE_NONE]++;
}

double quarantine_offend(struct quarantine *q, double interval_s)
{
    int doublings = q->offences < 64 ? (int)q->offences : 64;

    q->active = true;
    q->good_runs = 0;
    q->offences++;
    return fmax(interval_s, fmin(ldexp(interval_s, doublings), QUARANTINE_PAUSE_MAX_S));
}

bool quarantine_good_run(struct quarantine *q, unsigned needed)
{
    if (!q->active || ++q->good_runs < (needed > 0 ? needed : QUARANTINE_GOOD_RUNS))
        return false;
    q->active = false;
    q->offences = q->good_runs = 0;
    return true;
}

void quarantine_clear(struct quarantine *q)
{
    for (unsigned i = 0; i < q->verdict_count; i++)
        mem_free(q->verdicts[i].report);
    *q = (struct quarantine){.active = false};
}
