#include "cli/status.h"

#include <stdlib.h>
#include <string.h>

#include "cli/table.h"
#include "cli/text.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

/* ---- Reading the document --------------------------------------------------------------- */

static struct adder_str text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return (struct adder_str){json_string_value(value), json_string_length(value)};
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static double memory_of(const json_t *check)
{
    return number(json_object_get(json_object_get(check, "memory"), "python"), "inuse_bytes");
}

/* CPU seconds of a run on average. */
static double cpu_of(const json_t *check)
{
    double runs = number(check, "runs");

    return runs > 0 ? number(check, "cpu_seconds") / runs : 0;
}

/* ---- Checks ----------------------------------------------------------------------------- */

static enum ink ink_of(const json_t *check)
{
    if (json_is_true(json_object_get(check, "quarantined")) ||
        str_is(text(check, "state"), "failed to load"))
        return INK_BAD;
    return json_is_null(json_object_get(check, "last_error")) ? INK_GOOD : INK_WARN;
}

static void add_count(struct table *t, double value)
{
    text_number(table_cell(t), value);
    table_next(t, INK_PLAIN);
}

static void add_check(struct table *t, const json_t *check)
{
    table_add(t, INK_TITLE, text(check, "id"));
    table_add(t, ink_of(check), text(check, "state"));
    add_count(t, number(check, "runs"));
    add_count(t, number(check, "errors"));
    text_duration(table_cell(t), number(check, "avg_seconds"));
    table_next(t, INK_PLAIN);
    text_duration(table_cell(t), cpu_of(check));
    table_next(t, INK_PLAIN);
    text_duration(table_cell(t), number(check, "max_lateness_seconds"));
    table_next(t, INK_PLAIN);
    add_count(t, number(check, "series"));
    text_bytes(table_cell(t), memory_of(check));
    table_next(t, INK_PLAIN);
    if (number(check, "next_run_seconds") >= 0)
        text_duration(table_cell(t), number(check, "next_run_seconds"));
    table_next(t, INK_DIM);
}

static const struct table_column check_columns[] = {
    {"CHECK", false, false}, {"STATE", false, false}, {"RUNS", true, false},
    {"ERRORS", true, false}, {"TIME", true, false},   {"CPU", true, false},
    {"LATE", true, false},   {"SERIES", true, false}, {"MEMORY", true, false},
    {"NEXT", true, false},
};

static int print_checks(struct out *o, json_t *const *checks, size_t count,
                        struct adder_error *err)
{
    CLEANUP(table_freep) struct table *t = table_new(check_columns, ARRAY_LEN(check_columns));

    if (t == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < count; i++)
        add_check(t, checks[i]);
    return count > 0 ? table_print(t, o, 2, err) : 0;
}

/* ---- What is wrong ---------------------------------------------------------------------- */

static void print_text(struct out *o, enum ink ink, unsigned indent, struct adder_str s)
{
    CLEANUP(buf_free) struct buf b;

    buf_init(&b, s.len * 8 + 1);
    text_escape(&b, s, true);
    if (!b.failed && b.len > 0)
        out_paragraph(o, ink, indent, (struct adder_str){b.data, b.len});
}

static void print_heading(struct out *o, const char *what)
{
    out_print(o, INK_BAD, "    %s\n", what);
}

static void print_error(struct out *o, const json_t *check)
{
    const json_t *error = json_object_get(check, "last_error");

    if (!json_is_object(error))
        return;
    print_heading(o, "error");
    print_text(o, INK_PLAIN, 6, text(error, "message"));
    print_text(o, INK_DIM, 6, text(error, "traceback"));
}

static void print_verdicts(struct out *o, const json_t *check)
{
    const json_t *verdicts = json_object_get(check, "verdicts"), *v;
    size_t i;

    if (json_array_size(verdicts) == 0)
        return;
    print_heading(o, json_is_true(json_object_get(check, "quarantined")) ? "in quarantine"
                                                                         : "verdicts");
    json_array_foreach(verdicts, i, v)
    {
        CLEANUP(buf_free) struct buf b;

        buf_init(&b, 64);
        text_time(&b, number(v, "time"));
        out_print(o, INK_DIM, "      %s  ", b.failed ? "" : b.data);
        out_print(o, INK_PLAIN, "%.*s\n", STR_ARG(text(v, "text")));
        if (i == 0) /* the latest; a check that crashes does so in the same place mostly */
            print_text(o, INK_DIM, 8, text(v, "report"));
    }
}

static void print_warnings(struct out *o, const json_t *check)
{
    const json_t *warnings = json_object_get(check, "last_warnings"), *w;
    size_t i;

    if (json_array_size(warnings) == 0)
        return;
    print_heading(o, "warnings");
    json_array_foreach(warnings, i, w) print_text(
        o, INK_PLAIN, 6, (struct adder_str){json_string_value(w), json_string_length(w)});
}

static void print_config_errors(struct out *o, const json_t *errors)
{
    const json_t *e;
    size_t i;

    if (json_array_size(errors) == 0)
        return;
    out_print(o, INK_TITLE, "\nConfiguration\n");
    json_array_foreach(errors, i, e)
    {
        bool warning = json_is_true(json_object_get(e, "warning"));

        out_print(o, warning ? INK_WARN : INK_BAD,
                  "  %.*s:%.0f:%.0f: ", STR_ARG(text(e, "path")), number(e, "line"),
                  number(e, "column"));
        out_print(o, INK_PLAIN, "%.*s\n", STR_ARG(text(e, "message")));
    }
}

/* ---- The whole -------------------------------------------------------------------------- */

static void print_head(struct out *o, const json_t *status)
{
    CLEANUP(buf_free) struct buf up;

    buf_init(&up, 64);
    text_duration(&up, number(status, "uptime_seconds"));
    out_print(o, INK_TITLE, "adder %.*s", STR_ARG(text(status, "version")));
    out_print(o, INK_PLAIN, "  up %s, Python %.*s, host %.*s\n\n", up.failed ? "" : up.data,
              STR_ARG(text(status, "python")), STR_ARG(text(status, "hostname")));
}

static void print_workers(struct out *o, const json_t *workers)
{
    const json_t *w;
    size_t i;

    out_print(o, INK_TITLE, "\nWorkers\n");
    json_array_foreach(workers, i, w)
    {
        size_t checks = json_array_size(json_object_get(w, "checks"));
        CLEANUP(buf_free) struct buf size;

        buf_init(&size, 64);
        text_bytes(&size, number(w, "rss_bytes"));
        out_print(o, INK_PLAIN, "  %.0f  %.*s, %zu check%s, %s\n", number(w, "pid"),
                  STR_ARG(text(w, "state")), checks, checks == 1 ? "" : "s",
                  size.failed ? "" : size.data);
    }
}

static void print_outputs(struct out *o, const json_t *outputs)
{
    const json_t *output;
    size_t i;

    out_print(o, INK_TITLE, "\nOutputs\n");
    json_array_foreach(outputs, i, output)
    {
        struct adder_str error = text(output, "last_error");

        out_print(o, INK_PLAIN, "  %.*s  %.0f values taken in, %.0f dropped\n",
                  STR_ARG(text(output, "name")), number(output, "series"),
                  number(output, "dropped"));
        if (error.len > 0)
            print_text(o, INK_BAD, 4, error);
    }
}

static void print_trouble(struct out *o, const json_t *checks)
{
    static void (*const parts[])(struct out * o, const json_t *check) = {
        print_error, print_verdicts, print_warnings};
    bool any = false;
    const json_t *check;
    size_t i;

    json_array_foreach(checks, i, check)
    {
        bool trouble = json_is_object(json_object_get(check, "last_error")) ||
                       json_array_size(json_object_get(check, "verdicts")) > 0 ||
                       json_array_size(json_object_get(check, "last_warnings")) > 0;

        if (trouble && !any)
            out_print(o, INK_TITLE, "\nTrouble\n");
        if (trouble)
            print_text(o, INK_TITLE, 2, text(check, "id"));
        any = any || trouble;
        for (size_t k = 0; trouble && k < ARRAY_LEN(parts); k++)
            parts[k](o, check);
    }
}

/* The checks as an array of borrowed values. */
static json_t **checks_of(const json_t *status, size_t *count)
{
    const json_t *list = json_object_get(status, "checks");
    json_t **checks;

    *count = json_array_size(list);
    checks = mem_alloc((*count + 1) * sizeof(json_t *));
    for (size_t i = 0; checks != NULL && i < *count; i++)
        checks[i] = json_array_get(list, i);
    return checks;
}

static int by_id(const void *a, const void *b)
{
    return str_cmp(text(*(json_t *const *)a, "id"), text(*(json_t *const *)b, "id"));
}

int status_print(struct out *o, const json_t *status, struct adder_error *err)
{
    size_t count;
    AUTOFREE json_t **checks = checks_of(status, &count);

    if (checks == NULL)
        return err_nomem(err);
    qsort(checks, count, sizeof(*checks), by_id);
    print_head(o, status);
    if (print_checks(o, checks, count, err) < 0)
        return -1;
    if (count == 0)
        out_print(o, INK_PLAIN, "  No checks are configured.\n");
    print_trouble(o, json_object_get(status, "checks"));
    print_workers(o, json_object_get(status, "workers"));
    print_outputs(o, json_object_get(status, "outputs"));
    print_config_errors(o, json_object_get(status, "config_errors"));
    return 0;
}

/* ---- Top -------------------------------------------------------------------------------- */

/* CPU seconds a second. */
static double load_of(const json_t *check)
{
    double interval = number(check, "interval_seconds");

    return interval > 0 ? cpu_of(check) / interval : 0;
}

static double series_of(const json_t *check)
{
    return number(check, "series");
}

static double time_of(const json_t *check)
{
    return number(check, "avg_seconds");
}

static double (*const top_value[])(const json_t *check) = {[TOP_CPU] = load_of,
                                                           [TOP_MEMORY] = memory_of,
                                                           [TOP_SERIES] = series_of,
                                                           [TOP_TIME] = time_of};

static int by_value(const void *a, const void *b, void *key)
{
    double (*value)(const json_t *) = top_value[*(const enum top_key *)key];
    double x = value(*(json_t *const *)a), y = value(*(json_t *const *)b);

    return x != y ? (x < y) - (x > y) : by_id(a, b);
}

int status_print_top(struct out *o, const json_t *status, enum top_key key, size_t most,
                     struct adder_error *err)
{
    size_t count;
    AUTOFREE json_t **checks = checks_of(status, &count);

    if (checks == NULL)
        return err_nomem(err);
    qsort_r(checks, count, sizeof(*checks), by_value, &key);
    print_head(o, status);
    return print_checks(o, checks, count < most ? count : most, err);
}
