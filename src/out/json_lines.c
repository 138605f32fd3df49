#include "out/json_lines.h"

#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "out/json_line.h"
#include "out/line_file.h"

enum {
    ROTATE_BYTES = 100 * 1024 * 1024,
    ROTATE_KEEP = 3,
    ROTATE_KEEP_MAX = 1000,
    WRITTEN_AT = 256 * 1024, /* bytes that wait until they are written before the commit */
};

struct json_lines {
    struct output output; /* comes first: others know only this */
    struct line_file file;
    struct buf waiting; /* whole lines, but for the first, of which a stream may have a part */
    uint64_t lost;      /* lines, since it was last said */
    bool broken;        /* what is wrong has been said */
    bool stuck;         /* not all was taken: nothing is tried until the next commit */
};

static struct json_lines *of(struct output *o)
{
    return (struct json_lines *)o;
}

/* Says what is wrong once, until it is well again. */
static void tell(struct json_lines *j, const char *problem)
{
    struct output_stats *stats = &j->output.stats;

    snprintf(stats->last_error, sizeof(stats->last_error), "%.*s",
             (int)sizeof(stats->last_error) - 1, problem);
    if (j->broken)
        return;
    j->broken = true;
    LOG_WARN("json: lines are kept back: %s", problem);
}

static void tell_well(struct json_lines *j)
{
    j->output.stats.last_error[0] = '\0';
    if (j->broken)
        LOG_INFO("json: lines are written again; %llu were lost", (unsigned long long)j->lost);
    j->broken = false;
    j->lost = 0;
}

static void flush(struct json_lines *j)
{
    struct buf *waiting = &j->waiting;
    struct adder_error err;
    size_t done;

    if (waiting->len == 0)
        return;
    done = line_file_write(&j->file, (struct adder_str){waiting->data, waiting->len}, &err);
    waiting->len -= done;
    if (done > 0)
        memmove(waiting->data, waiting->data + done, waiting->len + 1);
    j->stuck = waiting->len > 0;
    if (err.code != ADDER_OK)
        tell(j, err.message);
    else if (!j->stuck)
        tell_well(j);
    if (waiting->len == 0 && waiting->cap > WRITTEN_AT * 4)
        buf_free(waiting);
}

/* Ends the line that began at `start`; one there is no room for goes. */
static void end_line(struct json_lines *j, size_t start)
{
    struct buf *waiting = &j->waiting;

    buf_add_char(waiting, '\n');
    if (waiting->failed) {
        if (!j->broken)
            tell(j, waiting->too_big ? "nobody reads them" : "out of memory");
        waiting->len = start;
        waiting->failed = waiting->too_big = false;
        j->output.stats.dropped++;
        j->lost++;
    }
    if (waiting->len >= WRITTEN_AT && !j->stuck)
        flush(j);
}

static void take_series(struct output *o, const struct origin *from, const struct series *s)
{
    size_t start = of(o)->waiting.len;

    o->stats.series++;
    json_line_series(&of(o)->waiting, from, s);
    end_line(of(o), start);
}

static void take_sketch(struct output *o, const struct origin *from,
                        const struct sketch_series *s)
{
    size_t start = of(o)->waiting.len;

    o->stats.sketches++;
    json_line_sketch(&of(o)->waiting, from, s);
    end_line(of(o), start);
}

static void take_service_check(struct output *o, const struct origin *from,
                               const struct adder_service_check *s, double time)
{
    size_t start = of(o)->waiting.len;

    o->stats.service_checks++;
    json_line_service_check(&of(o)->waiting, from, s, time);
    end_line(of(o), start);
}

static void take_event(struct output *o, const struct origin *from, const struct adder_event *e,
                       double time)
{
    size_t start = of(o)->waiting.len;

    o->stats.events++;
    json_line_event(&of(o)->waiting, from, e, time);
    end_line(of(o), start);
}

static void commit(struct output *o, const struct origin *from, double time)
{
    (void)from;
    (void)time;
    flush(of(o));
}

static void free_output(struct output *o)
{
    struct json_lines *j = of(o);

    flush(j);
    if (j->waiting.len > 0)
        LOG_WARN("json: %zu bytes of lines could not be written", j->waiting.len);
    line_file_close(&j->file);
    buf_free(&j->waiting);
    mem_free(j);
}

static const struct output_class class = {
    .name = "json",
    .series = take_series,
    .sketch = take_sketch,
    .service_check = take_service_check,
    .event = take_event,
    .commit = commit,
    .free = free_output,
};

int json_lines_new(const struct json_lines_options *options, struct output **ret,
                   struct adder_error *err)
{
    const char *path = options->path;
    struct json_lines *j;

    if (path == NULL || path[0] == '\0')
        return err_set(err, ADDER_INVALID, "no path");
    if (strlen(path) >= sizeof(j->file.path))
        return err_set(err, ADDER_INVALID, "%.40s...: the path is too long", path);
    j = mem_zalloc(sizeof(*j));
    if (j == NULL)
        return err_nomem(err);
    j->output.class = &class;
    j->file.fd = -1;
    j->file.rotate_bytes = options->rotate_bytes > 0 ? options->rotate_bytes : ROTATE_BYTES;
    j->file.rotate_keep = options->rotate_keep > 0 ? options->rotate_keep : ROTATE_KEEP;
    if (j->file.rotate_keep > ROTATE_KEEP_MAX)
        j->file.rotate_keep = ROTATE_KEEP_MAX;
    if (!str_is(str_of(path), "-"))
        snprintf(j->file.path, sizeof(j->file.path), "%s", path);
    buf_init(&j->waiting, JSON_LINES_WAITING_MAX);
    *ret = &j->output;
    return 0;
}
