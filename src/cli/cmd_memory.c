/* adder memory: runs a check many times and tells whether it keeps what it allocates. */
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/checking.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/trend.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"

enum {
    ROWS_MAX = 20,      /* of the table for people */
    ACCOUNT_MAX = 1024, /* bytes of its text */
};

/* What is measured after each run, and from which slope on, bytes a run, it counts as growing.
 */
enum measure { MEASURE_CHECK, MEASURE_PYTHON, MEASURE_PROCESS, MEASURES };

static const struct {
    const char *name;
    const char *list; /* its readings in the document */
    double growing;
    bool noisy; /* no exact account: the slope must be a sure one */
} measures[MEASURES] = {
    /* The smallest object of Python takes that much. */
    [MEASURE_CHECK] = {"check", "inuse_bytes", 16, false},
    /* Of all threads, so what threads of the check allocate as well. */
    [MEASURE_PYTHON] = {"python", "python_inuse_bytes", 16, false},
    /* What extension modules allocate shows here alone. Counted in pages by the system. */
    [MEASURE_PROCESS] = {"process", "resident_bytes", 4096, true},
};

struct memory_conf {
    struct session_options session; /* first: its options are shared */
    unsigned times;
    double pause_s;
    bool json;
};

static const struct option options[] = {
    {.name = "times",
     .letter = 't',
     .type = OPTION_NUMBER,
     .offset = offsetof(struct memory_conf, times),
     .value = "N",
     .fallback = "20",
     .help = "Run each instance N times, 5 at least."},
    {.name = "pause",
     .type = OPTION_SECONDS,
     .offset = offsetof(struct memory_conf, pause_s),
     .value = "S",
     .fallback = "0",
     .help = "Wait S seconds between two runs."},
    {.name = "json",
     .letter = 'j',
     .type = OPTION_FLAG,
     .offset = offsetof(struct memory_conf, json),
     .help = "Print one JSON document and nothing else on standard output."},
};

/* What was measured after each run, bytes. */
struct readings {
    struct session *session;
    double *of[MEASURES];
    size_t count;
    bool unaccounted; /* the setting memtrack_enabled is false */
};

struct verdict {
    struct trend trends[MEASURES];
    bool unaccounted; /* then there is none but on the process */
    bool growing;
};

/* ---- Measuring ------------------------------------------------------------------------- */

/* Resident bytes of this process (man proc, /proc/PID/statm: the second number, pages). What is
 * free goes back to the system before: a run that took more than those before it would look
 * like growth. */
static double resident_bytes(void)
{
    unsigned long size, resident;
    FILE *f;
    int read;

    malloc_trim(0);
    f = fopen("/proc/self/statm", "re");
    if (f == NULL)
        return 0;
    read = fscanf(f, "%lu %lu", &size, &resident);
    fclose(f);
    return read == 2 ? (double)resident * (double)sysconf(_SC_PAGESIZE) : 0;
}

/*
 * Frees what the check does not keep but that is still there: garbage in cycles waits for the
 * collector, and CPython's method cache holds on to every name ever passed to getattr() until
 * its slot is taken by another one.
 */
static const char tidy[] =
    "import gc, sys\n"
    "getattr(sys, '_clear_internal_caches', getattr(sys, '_clear_type_cache', int))()\n"
    "gc.collect()\n";

static double in_use(const struct adder_memory *m)
{
    return (double)m->python.inuse_bytes + (double)m->border.inuse_bytes;
}

static void take_reading(void *ctx, const struct result *r)
{
    struct readings *readings = ctx;
    size_t n = readings->count++;
    struct adder_memory check, all;
    struct adder_error err;

    if (adder_runtime_exec(readings->session->rt, tidy, &err) < 0)
        LOG_WARN("tidying up: %s", err.message);
    adder_check_memory(r->handle, &check);
    adder_runtime_memory(readings->session->rt, &all);
    readings->unaccounted = all.python.total_bytes == 0;
    readings->of[MEASURE_CHECK][n] = in_use(&check);
    readings->of[MEASURE_PYTHON][n] = in_use(&all);
    readings->of[MEASURE_PROCESS][n] = resident_bytes();
}

static bool is_judged(const struct verdict *v, enum measure m)
{
    return m == MEASURE_PROCESS || !v->unaccounted;
}

static bool is_growing(const struct verdict *v, enum measure m)
{
    const struct trend *t = &v->trends[m];

    return is_judged(v, m) && (measures[m].noisy ? t->sure : t->slope) >= measures[m].growing;
}

static int judge(const struct readings *readings, struct verdict *ret, struct adder_error *err)
{
    ret->growing = false;
    ret->unaccounted = readings->unaccounted;
    for (enum measure m = 0; m < MEASURES; m++) {
        if (trend_find(readings->of[m], readings->count, &ret->trends[m], err) < 0)
            return -1;
        ret->growing |= is_growing(ret, m);
    }
    return 0;
}

/* ---- Telling --------------------------------------------------------------------------- */

static void add_bytes(struct table *t, double bytes, bool sign)
{
    if (sign && bytes > 0)
        buf_add_char(table_cell(t), '+');
    text_bytes(table_cell(t), bytes);
    table_next(t, INK_PLAIN);
}

/* First, last, and runs evenly between them. */
static int print_readings(struct out *o, const struct readings *readings,
                          struct adder_error *err)
{
    static const struct table_column columns[] = {{"RUN", true, false},
                                                  {"IN USE", true, false},
                                                  {"CHANGE", true, false},
                                                  {"PYTHON", true, false},
                                                  {"PROCESS", true, false}};
    CLEANUP(table_freep) struct table *t = table_new(columns, ARRAY_LEN(columns));
    size_t last = readings->count - 1;
    size_t rows = readings->count < ROWS_MAX ? readings->count : ROWS_MAX, before = 0;

    if (t == NULL)
        return err_nomem(err);
    for (size_t row = 0; row < rows; row++) {
        size_t i = rows > 1 ? row * last / (rows - 1) : 0;
        const double *check = readings->of[MEASURE_CHECK];

        buf_printf(table_cell(t), "%zu", i + 1);
        table_next(t, INK_DIM);
        add_bytes(t, check[i], false);
        add_bytes(t, check[i] - check[before], true);
        add_bytes(t, readings->of[MEASURE_PYTHON][i], false);
        add_bytes(t, readings->of[MEASURE_PROCESS][i], false);
        before = i;
    }
    return table_print(t, o, 2, err);
}

static void print_account(struct out *o, const struct result *r)
{
    CLEANUP(buf_free) struct buf b;
    const struct adder_memory *m = &r->memory;

    buf_init(&b, ACCOUNT_MAX);
    buf_add_str(&b, "Python: ");
    text_bytes(&b, (double)m->python.inuse_bytes);
    buf_add_str(&b, " in use, ");
    text_bytes(&b, (double)m->python.total_bytes);
    buf_add_str(&b, " ever allocated\nBorder: ");
    text_bytes(&b, (double)m->border.inuse_bytes);
    buf_printf(&b, " in use, %llu allocations, %llu frees",
               (unsigned long long)m->border.allocations, (unsigned long long)m->border.frees);
    out_print(o, INK_PLAIN, "\n");
    if (b.data != NULL)
        out_paragraph(o, INK_PLAIN, 2, str_of(b.data));
}

static void print_verdict(struct out *o, const struct verdict *v, size_t runs)
{
    CLEANUP(buf_free) struct buf b;

    buf_init(&b, ACCOUNT_MAX);
    out_print(o, INK_PLAIN, "\n");
    for (enum measure m = 0; m < MEASURES; m++) {
        bool growing = is_growing(v, m);
        double slope = v->trends[m].slope;

        if (!is_judged(v, m))
            continue;
        buf_clear(&b);
        text_bytes(&b, slope);
        out_print(o, growing ? INK_BAD : INK_GOOD, growing ? "GROWING" : "STEADY ");
        out_print(o, INK_PLAIN, "  %-7s  %s%s a run\n", measures[m].name, slope > 0 ? "+" : "",
                  b.data != NULL ? b.data : "");
    }
    if (v->unaccounted)
        out_print(o, INK_WARN, "there is no account: memtrack_enabled is false\n");
    out_print(o, INK_DIM, "over the last %zu of %zu runs\n", runs - v->trends[0].skipped, runs);
}

static int tell_people(struct checking *c, const struct result *r,
                       const struct readings *readings, const struct verdict *verdict,
                       struct adder_error *err)
{
    out_print(&c->out, INK_TITLE, "%s", r->check);
    out_print(&c->out, INK_DIM, "  %s  %s\n", r->instance->id, r->instance->source);
    if (readings->count > 0) {
        out_print(&c->out, INK_PLAIN, "\n");
        if (print_readings(&c->out, readings, err) < 0)
            return -1;
        print_account(&c->out, r);
    }
    if (r->failed)
        people_error(&c->out, r);
    if (r->interrupted)
        out_print(&c->out, INK_WARN, "\nINTERRUPTED\n");
    if (verdict != NULL)
        print_verdict(&c->out, verdict, readings->count);
    return 0;
}

static json_t *list_of(struct json_build *b, const double *values, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_push(b, list, json_integer((json_int_t)values[i]));
    return list;
}

static json_t *slopes_of(struct json_build *b, const struct verdict *v)
{
    json_t *slopes = json_object();

    for (enum measure m = 0; m < MEASURES; m++)
        json_put(b, slopes, measures[m].name,
                 is_judged(v, m) ? json_real(v->trends[m].slope) : json_null());
    return slopes;
}

static json_t *growing_of(struct json_build *b, const struct verdict *v)
{
    json_t *list = json_array();

    for (enum measure m = 0; m < MEASURES; m++)
        if (is_growing(v, m))
            json_push(b, list, json_string(measures[m].name));
    return list;
}

static void tell_machine(struct checking *c, const struct result *r,
                         const struct readings *readings, const struct verdict *verdict)
{
    struct json_build *b = &c->build;
    const struct instance *i = r->instance;
    json_t *o = json_object();

    json_put(b, o, "check", json_text(str_of(r->check)));
    json_put(b, o, "id", json_text(str_of(i != NULL ? i->id : NULL)));
    json_put(b, o, "source", json_text(str_of(i != NULL ? i->source : NULL)));
    json_put(b, o, "error", r->failed ? json_error(b, &r->error) : json_null());
    json_put(b, o, "memory", json_memory(b, &r->memory));
    for (enum measure m = 0; m < MEASURES; m++)
        json_put(b, o, measures[m].list, list_of(b, readings->of[m], readings->count));
    json_put(b, o, "slopes", verdict != NULL ? slopes_of(b, verdict) : json_null());
    json_put(b, o, "growing", verdict != NULL ? growing_of(b, verdict) : json_null());
    json_put(b, o, "verdict",
             verdict != NULL ? json_string(verdict->growing ? "growing" : "steady")
                             : json_null());
    json_push(b, c->instances, o);
}

static int present(struct checking *c, const struct targets *t, const struct result *r,
                   struct adder_error *err)
{
    struct readings *readings = c->ctx;
    struct verdict reached, *verdict = NULL;
    int rc = 0;

    (void)t;
    if (readings->count >= TREND_LEAST) {
        if (judge(readings, &reached, err) < 0)
            return -1;
        verdict = &reached;
        if (verdict->growing)
            checking_worsen(c, EXIT_PROBLEM);
    }
    if (c->json)
        tell_machine(c, r, readings, verdict);
    else
        rc = tell_people(c, r, readings, verdict, err);
    readings->count = 0; /* for the next instance */
    return rc;
}

static int run(const struct program *p, void *conf, const struct words *operands)
{
    struct memory_conf *given = conf;
    AUTOFREE double *values = mem_alloc(MEASURES * given->times * sizeof(double));
    struct readings readings = {.count = 0};
    struct checking checking = {
        .command = "memory",
        .options = &given->session,
        .probe = {.times = given->times, .pause_s = given->pause_s},
        .json = given->json,
        .present = present,
        .ctx = &readings,
    };
    struct adder_error err;

    (void)p;
    checking.probe.after_run = take_reading;
    checking.probe.ctx = &readings;
    readings.session = &checking.session;
    for (enum measure m = 0; m < MEASURES && values != NULL; m++)
        readings.of[m] = values + m * given->times;
    if (given->times < TREND_LEAST)
        err_set(&err, ADDER_INVALID, "--times: %d runs at least, to tell growth from chance",
                TREND_LEAST);
    else if (values == NULL)
        err_nomem(&err);
    else
        checking_run(&checking, operands);
    return complain("memory", &err);
}

const struct command command_memory = {
    .name = "memory",
    .operands = "NAME...",
    .summary = "run checks many times and tell whether their memory grows",
    .about =
        "Runs all configured instances of the named checks many times and prints what each "
        "run left allocated, the check's account, and three verdicts, each steady or growing "
        "by so many bytes a run: what the check itself allocated, what Python holds with all "
        "of its threads, and the size of the process, where memory of extension modules shows "
        "too. Garbage is collected before each reading, and the first quarter of the runs does "
        "not count, as caches fill then.\n"
        "\n"
        "Exit status: 0 steady, 1 growing or a check failed, 2 bad usage or a bad "
        "configuration.",
    .examples = "adder memory disk\n"
                "adder memory mine --checks . --times 200 --json",
    .options = {session_options, SESSION_OPTIONS, options, ARRAY_LEN(options)},
    .conf_size = sizeof(struct memory_conf),
    .operands_min = 1,
    .operands_max = OPTION_WORDS_MAX,
    .completion = COMPLETE_CHECKS,
    .run = run,
};
