/*
 * yaml_testing.h - values as text, for tests of the YAML reader.
 */
#ifndef ADDER_CORE_YAML_TESTING_H
#define ADDER_CORE_YAML_TESTING_H

#include <inttypes.h>
#include <math.h>

#include "core/err.h"
#include "core/str.h"
#include "core/testing.h"
#include "core/yaml.h"

static inline void add_value(struct buf *b, const struct value *v);

static inline void add_time(struct buf *b, const struct value *v)
{
    const struct value_time *t = &v->time;

    buf_printf(b, "%s(%04d-%02d-%02d", value_type_name(v->type), t->year, t->month, t->day);
    if (v->type == VALUE_TIME)
        buf_printf(b, " %02d:%02d:%02d.%06d", t->hour, t->minute, t->second, t->microsecond);
    if (t->has_zone)
        buf_printf(b, " %d", t->zone_s);
    buf_add_char(b, ')');
}

static inline void add_items(struct buf *b, const struct value *v)
{
    buf_add_char(b, '[');
    for (size_t i = 0; i < v->list.count; i++) {
        buf_add_str(b, i > 0 ? ", " : "");
        add_value(b, v->list.items[i]);
    }
    buf_add_char(b, ']');
}

static inline void add_pairs(struct buf *b, const struct value *v)
{
    buf_add_str(b, v->type == VALUE_SET ? "set{" : "{");
    for (size_t i = 0; i < v->map.count; i++) {
        buf_add_str(b, i > 0 ? ", " : "");
        add_value(b, v->map.pairs[i].key);
        if (v->map.pairs[i].value != NULL) {
            buf_add_str(b, ": ");
            add_value(b, v->map.pairs[i].value);
        }
    }
    buf_add_char(b, '}');
}

static inline void add_float(struct buf *b, double x)
{
    if (isnan(x))
        buf_add_str(b, "float(nan)");
    else
        buf_printf(b, "float(%.17g)", x);
}

static inline void add_bytes(struct buf *b, struct adder_str bytes)
{
    buf_add_str(b, "bytes(");
    for (size_t i = 0; i < bytes.len; i++)
        buf_printf(b, "%02x", (unsigned char)bytes.ptr[i]);
    buf_add_char(b, ')');
}

static inline void add_value(struct buf *b, const struct value *v)
{
    switch (v->type) {
    case VALUE_NULL:
        buf_add_str(b, "null");
        break;
    case VALUE_BOOL:
        buf_add_str(b, v->boolean ? "true" : "false");
        break;
    case VALUE_INT:
        buf_printf(b, "%" PRId64, v->integer);
        break;
    case VALUE_BIGINT:
        buf_add_str(b, v->text.ptr);
        break;
    case VALUE_FLOAT:
        add_float(b, v->real);
        break;
    case VALUE_STRING:
        buf_printf(b, "'%s'", v->text.ptr);
        break;
    case VALUE_BYTES:
        add_bytes(b, v->text);
        break;
    case VALUE_DATE:
    case VALUE_TIME:
        add_time(b, v);
        break;
    case VALUE_LIST:
        add_items(b, v);
        break;
    default:
        add_pairs(b, v);
    }
}

/* ---- Tables ---------------------------------------------------------------------------- */

/* A document and what it says. */
struct reading {
    const char *yaml, *expected;
};

static inline void assert_reads(struct adder_str yaml, enum yaml_flags flags,
                                const char *expected)
{
    CLEANUP(value_freep) struct value *v = NULL;
    CLEANUP(buf_free) struct buf got;
    struct adder_error err;

    buf_init(&got, 1024 * 1024);
    if (yaml_parse(yaml, flags, &v, &err) < 0)
        fail_msg("%s: %s", yaml.ptr, err.message);
    add_value(&got, v);
    assert_string_equal(got.data, expected);
}

static inline void assert_table(const struct reading *table, size_t count,
                                enum yaml_flags flags)
{
    for (size_t i = 0; i < count; i++)
        assert_reads(str_of(table[i].yaml), flags, table[i].expected);
}

#endif
