/*
 * family.h - the names on the page: which there are, of what type, and which exclude each
 * other.
 */
#ifndef ADDER_OUT_FAMILY_H
#define ADDER_OUT_FAMILY_H

#include "out/store.h"

static inline struct adder_str family_name(const struct family *f)
{
    return (struct adder_str){f->text, f->name_len};
}

static inline struct adder_str family_help(const struct family *f)
{
    return (struct adder_str){f->text + f->name_len, f->help_len};
}

enum family_type { FAMILY_GAUGE, FAMILY_COUNTER, FAMILY_HISTOGRAM, FAMILY_MIXED };

static inline enum family_type family_type(const struct family *f)
{
    if (f->is_histogram)
        return FAMILY_HISTOGRAM;
    if (f->counters == 0)
        return FAMILY_GAUGE;
    return f->counters == f->entries ? FAMILY_COUNTER : FAMILY_MIXED;
}

/* The family of that name, a new one if need be. NULL: no memory. Gauges and counters of a name
 * share a family; a histogram of that name is another. */
struct family *family_of(struct store *s, struct adder_str name, struct adder_str help,
                         bool is_histogram);

/* Adds an entry at the end, and takes it into account. */
void family_add(struct store *s, struct family *f, struct entry *e);

/* Forgets about an entry that has been taken out of the list. */
void family_forget(struct store *s, struct family *f, const struct entry *e);

/* An entry that counted as a counter is a gauge from now on. */
void family_fell(struct store *s, struct family *f);

/* Frees families without entries; all of them when `all`. */
void family_drop(struct store *s, bool all);

/* Puts families in order of name, and finds out which exclude each other, if need be. */
void family_arrange(struct store *s);

#endif
