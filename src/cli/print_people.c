#include <stdio.h>
#include <string.h>

#include "cli/print.h"
#include "cli/sections.h"
#include "cli/text.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

enum { TEXT_MAX = 64 * 1024 * 1024 }; /* bytes of one error or warning */

/* ---- Text of checks -------------------------------------------------------------------- */

/* Text that is not ours, many lines of it, behind `indent` spaces. */
static void foreign(struct out *o, enum ink ink, unsigned indent, struct adder_str text)
{
    CLEANUP(buf_free) struct buf safe;

    buf_init(&safe, TEXT_MAX);
    text_escape(&safe, text, true);
    if (safe.len > 0)
        out_paragraph(o, ink, indent, (struct adder_str){safe.data, safe.len});
}

void people_error(struct out *o, const struct result *r)
{
    struct out traceback = *o;

    out_print(o, INK_TITLE, "\nError\n");
    foreign(o, INK_BAD, 2, str_of(r->error.message));
    traceback.width = 0; /* lines of code are not wrapped */
    if (r->error.traceback[0] != '\0')
        out_print(o, INK_PLAIN, "\n");
    foreign(&traceback, INK_DIM, 4, str_of(r->error.traceback));
}

static void warnings(struct out *o, const struct texts *texts)
{
    if (texts->count > 0)
        out_print(o, INK_TITLE, "\nWarnings\n");
    for (size_t i = 0; i < texts->count; i++)
        foreign(o, INK_WARN, 2, str_of(texts->items[i]));
}

/* ---- Heading --------------------------------------------------------------------------- */

static void heading(struct out *o, const struct people_options *options, const struct result *r)
{
    CLEANUP(buf_free) struct buf text;

    buf_init(&text, TEXT_MAX);
    text_escape(&text, str_of(r->check), false);
    if (text.len > 0)
        out_print(o, INK_TITLE, "%s", text.data);
    buf_clear(&text);
    if (r->version != NULL)
        buf_printf(&text, " %s", r->version);
    if (r->instance != NULL && !r->unconfigured)
        buf_printf(&text, "  %s  %s", r->instance->id, r->instance->source);
    else if (r->unconfigured && r->handle != NULL)
        buf_printf(&text, "  without configuration (none in %s)", options->where);
    if (text.len > 0)
        out_print(o, INK_DIM, "%s", text.data);
    out_print(o, INK_PLAIN, "\n");
}

/* ---- Hints ----------------------------------------------------------------------------- */

/* Whether a run submitted samples that give nothing until a second run. */
static bool has_rates(const struct result *r)
{
    struct batch_reader *reader = batch_reader_new(batch_bytes(r->batch));
    struct adder_error err;
    struct record record;
    bool found = false;

    while (reader != NULL && !found && batch_read(reader, &record, &err) > 0)
        found = record.type == RECORD_METRIC &&
                (record.metric.kind == ADDER_RATE || record.metric.kind == ADDER_COUNTER ||
                 record.metric.kind == ADDER_MONOTONIC_COUNT ||
                 record.metric.kind == ADDER_HISTORATE);
    batch_reader_free(reader);
    return found;
}

/* Whether an error is one that a configuration would have prevented, most likely: what the base
 * and integrations raise, and instance["key"]. */
static bool wants_configuration(const struct adder_error *e)
{
    return e->code == ADDER_INVALID || e->code == ADDER_REFUSED ||
           strstr(e->traceback, "ConfigurationError") != NULL ||
           strstr(e->traceback, "\nKeyError: ") != NULL;
}

static void hints(struct out *o, const struct people_options *options, const struct result *r)
{
    if (r->unconfigured && r->failed && wants_configuration(&r->error)) {
        CLEANUP(buf_free) struct buf text;

        buf_init(&text, TEXT_MAX);
        buf_printf(&text,
                   "No configuration was found in %s, so the check ran with an empty one. "
                   "One goes into %s/%s.yaml or %s/%s.d/conf.yaml, or is named with --config.",
                   options->where, options->where, r->check, options->where, r->check);
        out_print(o, INK_PLAIN, "\n");
        foreign(o, INK_WARN, 2, str_of(text.data));
    }
    if (r->runs == 1 && !r->failed && has_rates(r)) {
        out_print(o, INK_PLAIN, "\n");
        foreign(o, INK_DIM, 2, str_of("Rates and the like need two runs to show: try --rate."));
    }
}

/* ---- Summary --------------------------------------------------------------------------- */

static double sum(const double *values, unsigned count)
{
    double total = 0;

    for (unsigned i = 0; i < count; i++)
        total += values[i];
    return total;
}

static void add_count(struct buf *b, uint64_t n, const char *one, const char *many)
{
    buf_printf(b, "%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

static void add_times(struct buf *b, const struct result *r)
{
    add_count(b, r->runs, "run", "runs");
    if (r->runs == 0)
        return;
    if (r->errors > 0 && r->runs > 1)
        buf_printf(b, ", %u of them failed", r->errors);
    buf_add_str(b, r->runs > 1 ? ", on average " : " in ");
    text_duration(b, sum(r->run_seconds, r->runs) / r->runs);
    buf_add_str(b, " (CPU ");
    text_duration(b, sum(r->cpu_seconds, r->runs) / r->runs);
    buf_add_str(b, ")");
}

static void add_dropped(struct buf *b, uint64_t n, const char *why)
{
    if (n > 0)
        buf_printf(b, ", %llu %s", (unsigned long long)n, why);
}

void people_summary(struct out *o, const struct result *r)
{
    const char *word = r->interrupted ? "INTERRUPTED" : r->failed ? "FAILED" : "OK";
    bool doubtful = r->interrupted || r->warnings.count > 0;
    enum ink ink = r->failed ? INK_BAD : doubtful ? INK_WARN : INK_GOOD;
    CLEANUP(buf_free) struct buf b;

    buf_init(&b, TEXT_MAX);
    add_times(&b, r);
    if (r->runs > 0) {
        buf_add_str(&b, ", ");
        add_count(&b, r->sampler.samples + r->sampler.buckets, "sample", "samples");
        buf_add_str(&b, ", ");
        add_count(&b, r->kept.series_count, "series", "series");
        buf_add_str(&b, ", memory ");
        text_bytes(&b, (double)r->memory.python.inuse_bytes);
    }
    add_dropped(&b, r->dropped.records, "dropped (more than a run may hold)");
    add_dropped(&b, r->dropped.tags, "tags dropped (more than a sample may have)");
    add_dropped(&b, r->sampler.rejected, "dropped (not finite)");
    add_dropped(&b, r->sampler.unknown_kind, "dropped (of no known type)");
    add_dropped(&b, r->sampler.over_limit, "dropped (too many contexts)");
    out_print(o, INK_PLAIN, "\n");
    out_print(o, ink, "%s", word);
    out_print(o, INK_PLAIN, "  ");
    out_hanging(o, INK_PLAIN, (unsigned)strlen(word) + 2, str_of(b.data != NULL ? b.data : ""));
}

int people_result(struct out *o, const struct people_options *options, const struct result *r,
                  struct adder_error *err)
{
    heading(o, options, r);
    if (r->batch != NULL && sections_print(o, options, r, err) < 0)
        return -1;
    warnings(o, &r->warnings);
    if (r->failed)
        people_error(o, r);
    hints(o, options, r);
    people_summary(o, r);
    fflush(o->file);
    return 0;
}
