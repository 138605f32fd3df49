#include "out/exposition.h"

#include <string.h>

#include "core/str.h"
#include "out/family.h"

/*
 * Formats: "Exposition formats" in the documentation of Prometheus (text 0.0.4), and the
 * OpenMetrics specification 1.0. Samples are written the same in both; what differs is how
 * families are announced.
 */

struct page {
    enum exposition format;
    double now;
    struct buf *to;
};

/* A sample without its value. */
struct line {
    struct adder_str name, labels;
    const char *suffix; /* of the name */
    const char *le;     /* NULL: none */
};

static const char *const type_names[][2] = {
    [FAMILY_GAUGE] = {[EXPOSITION_TEXT] = "gauge", [EXPOSITION_OPENMETRICS] = "gauge"},
    [FAMILY_COUNTER] = {[EXPOSITION_TEXT] = "counter", [EXPOSITION_OPENMETRICS] = "counter"},
    [FAMILY_HISTOGRAM] =
        {[EXPOSITION_TEXT] = "histogram", [EXPOSITION_OPENMETRICS] = "histogram"},
    [FAMILY_MIXED] = {[EXPOSITION_TEXT] = "untyped", [EXPOSITION_OPENMETRICS] = "unknown"},
};

static void write_announcement(const struct page *p, const char *what, struct adder_str name)
{
    buf_add_str(p->to, "# ");
    buf_add_str(p->to, what);
    buf_add_char(p->to, ' ');
    buf_add(p->to, name.ptr, name.len);
    buf_add_char(p->to, ' ');
}

static void write_head(const struct page *p, const struct family *f)
{
    bool openmetrics = p->format == EXPOSITION_OPENMETRICS;
    enum family_type type = family_type(f);
    struct adder_str name = family_name(f);

    if (openmetrics && type == FAMILY_COUNTER) {
        if (f->no_counter)
            type = FAMILY_MIXED;
        else
            name.len -= strlen("_total");
    }
    write_announcement(p, "HELP", name);
    help_text(p->to, family_help(f), openmetrics);
    buf_add_char(p->to, '\n');
    write_announcement(p, "TYPE", name);
    buf_add_str(p->to, type_names[type][p->format]);
    buf_add_char(p->to, '\n');
}

static char *put(char *to, const char *text, size_t len)
{
    memcpy(to, text, len);
    return to + len;
}

/* Written in place, as a page can have a million of these. */
static void write_line(struct buf *to, const struct line *l, struct adder_str value)
{
    static const char le[] = "le=\"";
    size_t suffix_len = strlen(l->suffix), le_len = l->le != NULL ? strlen(l->le) : 0;
    char *start = buf_reserve(to, l->name.len + suffix_len + l->labels.len + le_len +
                                      sizeof(le) + value.len + sizeof("{,\"} \n"));
    char *at = start;

    if (at == NULL)
        return;
    at = put(at, l->name.ptr, l->name.len);
    at = put(at, l->suffix, suffix_len);
    if (l->labels.len > 0 || l->le != NULL) {
        *at++ = '{';
        at = put(at, l->labels.ptr, l->labels.len);
        if (l->labels.len > 0 && l->le != NULL)
            *at++ = ',';
        if (l->le != NULL) {
            at = put(at, le, sizeof(le) - 1);
            at = put(at, l->le, le_len);
            *at++ = '"';
        }
        *at++ = '}';
    }
    *at++ = ' ';
    at = put(at, value.ptr, value.len);
    *at++ = '\n';
    *at = '\0';
    to->len += (size_t)(at - start);
}

static void write_number(struct buf *to, const struct line *l, double value)
{
    char text[NUMBER_MAX];

    write_line(to, l, (struct adder_str){text, number_write(text, value)});
}

static void write_count(struct buf *to, const struct line *l, uint64_t count)
{
    char text[NUMBER_MAX];

    write_line(to, l, (struct adder_str){text, number_write_count(text, count)});
}

/* A sum that may fall, or is not known, is left out, and then the count has to be as well. A
 * bound below 0 stands for values that another series of the family has. */
static bool has_sum(const struct family *f, const struct histogram *h)
{
    return !h->sum_unknown && !h->has_negative &&
           (f->bounds.count == 0 || f->bounds.items[0].value >= 0);
}

static void write_histogram(struct buf *to, const struct family *f, const struct entry *e)
{
    struct line l = {family_name(f), {e->labels, e->labels_len}, "_bucket", NULL};
    const struct histogram *h = e->histogram;
    uint64_t up_to = 0;
    size_t cell = 0;

    for (size_t i = 0; i < f->bounds.count; i++) {
        for (; cell < h->count && h->cells[cell].bound <= f->bounds.items[i].value; cell++)
            up_to += h->cells[cell].count;
        l.le = f->bounds.items[i].text;
        write_count(to, &l, up_to);
    }
    for (; cell < h->count; cell++)
        up_to += h->cells[cell].count;
    l.le = "+Inf";
    write_count(to, &l, up_to);
    if (!has_sum(f, h))
        return;
    l.le = NULL;
    l.suffix = "_sum";
    write_number(to, &l, h->sum);
    l.suffix = "_count";
    write_count(to, &l, up_to);
}

static void write_entry(struct buf *to, const struct family *f, const struct entry *e)
{
    if (f->is_histogram)
        write_histogram(to, f, e);
    else
        write_number(to, &(struct line){family_name(f), {e->labels, e->labels_len}, "", NULL},
                     e->value);
}

/* A family whose series are all stale is not announced. */
static void write_family(const struct page *p, const struct family *f)
{
    bool begun = false;

    for (const struct entry *e = f->first; e != NULL && !p->to->failed; e = e->next) {
        if (!store_is_shown(e, p->now))
            continue;
        if (!begun)
            write_head(p, f);
        begun = true;
        write_entry(p->to, f, e);
    }
}

void exposition_write(const struct store *s, enum exposition format, double now, struct buf *to)
{
    const struct page p = {format, now, to};

    for (size_t i = 0; i < s->family_count; i++)
        if (!s->families[i]->shadowed)
            write_family(&p, s->families[i]);
    if (format == EXPOSITION_OPENMETRICS)
        buf_add_str(to, "# EOF\n");
}
