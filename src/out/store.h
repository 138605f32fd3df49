/*
 * store.h - what the Prometheus output keeps: the last value, or the total, of every series.
 *
 * An entry is one block of memory that holds its labels as the page has them. What a check
 * sends finds its entry by a hash of all that tells series apart, as it comes: neither names
 * nor labels are looked at again. Entries lie in the family that has their name.
 *
 * Not safe for several threads at once.
 */
#ifndef ADDER_OUT_STORE_H
#define ADDER_OUT_STORE_H

#include "out/buckets.h"
#include "out/index.h"
#include "out/labels.h"
#include "out/prometheus.h"

enum { OWN_LABELS_MAX = 3 };

/* How an entry takes values, and how long it stays: see the table in store.c. */
enum entry_kind {
    ENTRY_GAUGE,     /* the last value */
    ENTRY_POLLED,    /* running total of what is read with each run */
    ENTRY_EVENTS,    /* running total of what happens now and then */
    ENTRY_HISTOGRAM, /* as ENTRY_EVENTS, with buckets */
};

/* Where entries come from: one check instance. */
struct owner {
    struct owner *next;
    double life_s;   /* how long an entry is shown without a value */
    double seen;     /* its latest value or commit, seconds since the epoch */
    uint64_t number; /* never used twice */
    size_t entries;
    bool gone; /* forgotten: its entries go with the next sweep */
    size_t id_len;
    char id[]; /* NUL-terminated */
};

struct entry {
    struct entry *next; /* of its family */
    struct owner *owner;
    struct family *family;
    uint64_t hash[2]; /* of what tells it apart */
    union {
        double value;
        struct histogram *histogram;
    };
    double seen; /* seconds since the epoch */
    uint32_t labels_len;
    uint8_t kind;  /* enum entry_kind */
    bool fell;     /* a total that went down once: it is a gauge to Prometheus */
    bool hidden;   /* another one has its name and labels */
    char labels[]; /* a="b",c="d" */
};

/* Entries with one name on the page. */
struct family {
    struct entry *first, *last; /* in the order of arrival */
    uint64_t hash;
    size_t entries, counters; /* all, and those of them that only go up */
    struct bounds bounds;
    bool is_histogram;
    bool shadowed;   /* a histogram's samples have this name: it is left out */
    bool no_counter; /* to OpenMetrics, where a counter's short name would clash with others */
    bool told;       /* a collision in it has been logged */
    uint32_t name_len, help_len;
    char text[]; /* the name of its samples, or of the histogram; the help, unescaped */
};

/* What tells an entry apart, as it comes from a check. */
struct subject {
    enum entry_kind kind;
    int variant; /* any number: entries of different ones are never the same */
    struct adder_str name;
    struct adder_str help;            /* absent: the name */
    struct label own[OWN_LABELS_MAX]; /* those with an empty value do not count */
    struct adder_tags tags;
};

struct store {
    size_t series_max, bytes_max;
    double stale_runs;
    uint64_t seed; /* of the hash, so that no check can know it */

    struct index by_hash, by_labels, by_name;
    struct index owners_by_id;
    struct owner *owners, *current; /* `current` sent the latest value */
    uint64_t owner_number;
    struct family **families;
    size_t family_count, family_capacity;
    bool arranged; /* families are in order, and know about one another */

    size_t entries, hidden, bytes;
    double swept; /* seconds since the epoch */
    struct label_set labels;
    struct buf name, key;
    char problem[128]; /* why the latest value was refused, or "" */
};

int store_init(struct store *s, const struct prometheus_options *options,
               struct adder_error *err);
void store_clear(struct store *s);

/* The hash that an entry is known by. -1: no memory. */
int subject_hash(struct store *s, const struct owner *owner, const struct subject *subject,
                 uint64_t ret[2]);

/* The entry for a value of `time`, a new one if need be, seen by then. NULL: refused; `problem`
 * says why. Allocates nothing for an entry that is there. */
struct entry *store_entry(struct store *s, struct owner *owner, const struct subject *subject,
                          double time);

/* Give an entry its value: a gauge, what a total gains, what a histogram does. The last may
 * find no memory: then it returns -1, and some of the sketch may be missing. `bounds` (NULL:
 * none) are those of the one bucket that all of the sketch is from. */
void store_set(struct entry *e, double value);
void store_count(struct store *s, struct entry *e, double gained);
int store_sketch(struct store *s, struct entry *e, const struct sketch *sketch,
                 const double bounds[2]);

/* Whether an entry is to be seen at `now`: it has had a value not long ago. */
bool store_is_shown(const struct entry *e, double now);

/* Drops what is too old at `now` or has lost its owner. */
void store_sweep(struct store *s, double now);

/* Bytes that all of it takes. */
size_t store_bytes(const struct store *s);

#endif
