/*
 * labels.h - names and labels as Prometheus takes them, from what checks pass, which is any
 * bytes.
 *
 * The rules are in docs/prometheus.md. Text goes out as UTF-8 and escaped.
 */
#ifndef ADDER_OUT_LABELS_H
#define ADDER_OUT_LABELS_H

#include "core/buf.h"

/* A label as the page has it, or one still to become it. */
struct label {
    struct adder_str name, value;
};

/* The labels of one series under construction. All zero: empty. */
struct label_set {
    struct label *items;
    size_t count, capacity;
    size_t own_count; /* of `items`, those that came by labels_own() */
    struct buf names; /* the names that had to be changed */
    struct buf text;
    bool failed; /* sticky until labels_begin(): no memory, or too long */
};

enum { LABELS_TEXT_MAX = 64 * 1024 }; /* bytes of all labels of a series, and of a name */

void labels_init(struct label_set *l);
void labels_free(struct label_set *l);

/* Begins a series. Then: its own labels, with good names, then its tags, then the text. */
void labels_begin(struct label_set *l);
void labels_own(struct label_set *l, struct label label);
void labels_tags(struct label_set *l, struct adder_tags tags);

/* `a="b",c="d"`, sorted by name, borrowed until the next call; ptr NULL when it failed. */
struct adder_str labels_text(struct label_set *l);

/* Adds a metric's name; with `_total` at its end when it is one of a counter. */
void metric_name(struct buf *to, struct adder_str raw, bool counter);

/* Adds text as help has it, in one line; OpenMetrics also escapes quotes. */
void help_text(struct buf *to, struct adder_str raw, bool openmetrics);

#endif
