/*
 * value.h - a tree of values: what a YAML document says.
 *
 * Typed as YAML 1.1 has it (PyYAML's safe loader is the reference): null, bool, int, float,
 * string, bytes (!!binary), date and time, list, mapping. Read-only once built; one owner
 * frees the whole tree. Not safe for several threads while it is being built.
 */
#ifndef ADDER_CORE_VALUE_H
#define ADDER_CORE_VALUE_H

#include "core/base.h"

enum value_type {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,    /* fits 64 bits, signed */
    VALUE_BIGINT, /* does not: decimal digits with an optional minus sign in `text` */
    VALUE_FLOAT,
    VALUE_STRING,
    VALUE_BYTES,
    VALUE_DATE, /* 2020-01-31, in `time`, without time of day */
    VALUE_TIME, /* date and time of day, in `time` */
    VALUE_LIST,
    VALUE_MAP,
    VALUE_SET, /* !!set: keys without values */
};

/* A date, and a time of day when the value is a VALUE_TIME. */
struct value_time {
    int year, month, day; /* 1..9999, 1..12, 1..31 */
    int hour, minute, second, microsecond;
    bool has_zone;
    int zone_s; /* east of UTC, seconds */
};

struct value;

struct value_pair {
    struct value *key, *value; /* of a VALUE_SET, `value` is NULL */
};

/* Fields other than `type`, `line` and `column` belong to the types named. */
struct value {
    enum value_type type;
    unsigned line, column; /* where it stands in its text, from 1 */
    union {
        bool boolean;
        int64_t integer;
        double real;
        struct adder_str text; /* STRING, BYTES, BIGINT; NUL-terminated as well */
        struct value_time time;
        struct {
            struct value **items;
            size_t count;
        } list;
        struct {
            struct value_pair *pairs; /* in the document's order, keys unique */
            size_t count;
        } map; /* MAP, SET */
    };
};

/* Frees the tree. NULL is fine. */
void value_free(struct value *v);
DEFINE_CLEANUP(struct value *, value_free);

/* The value of string key `key` in a mapping, or NULL (also when `v` is NULL or no mapping). */
const struct value *value_get(const struct value *v, const char *key);

/* Removes string key `key` from a mapping and returns its value, the caller's to free; NULL
 * when it is not there. */
struct value *value_take(struct value *v, const char *key);

/* Whether two trees say the same: types and contents, mappings in any order. 1 and 1.0 differ;
 * a NaN equals a NaN. Either may be NULL, which equals only NULL. */
bool value_equal(const struct value *a, const struct value *b);

/* "mapping", "list", "string", … for messages. */
const char *value_type_name(enum value_type type);

/* The string, or absent (ptr NULL) when `v` is NULL or no string. */
struct adder_str value_string(const struct value *v);

/* For those who build trees: a value without contents (a null, an empty list, a zero), and one
 * of the types that hold a text, which is copied. The caller's; NULL when memory is out.
 * Arrays of items and pairs put into a value are freed with it, by mem_free(). */
struct value *value_new(enum value_type type);
struct value *value_new_text(enum value_type type, struct adder_str text);

#endif
