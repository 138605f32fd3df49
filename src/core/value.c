#include "core/value.h"

#include <math.h>

#include "core/mem.h"
#include "core/str.h"

struct value *value_new(enum value_type type)
{
    struct value *v = mem_zalloc(sizeof(*v));

    if (v != NULL)
        v->type = type;
    return v;
}

struct value *value_new_text(enum value_type type, struct adder_str text)
{
    struct value *v = mem_alloc(sizeof(*v) + text.len + 1);
    char *bytes;

    if (v == NULL)
        return NULL;
    *v = (struct value){.type = type};
    bytes = (char *)(v + 1);
    if (text.len > 0)
        memcpy(bytes, text.ptr, text.len);
    bytes[text.len] = '\0';
    v->text = (struct adder_str){bytes, text.len};
    return v;
}

static bool is_pairs(const struct value *v)
{
    return v->type == VALUE_MAP || v->type == VALUE_SET;
}

void value_free(struct value *v)
{
    if (v == NULL)
        return;
    if (v->type == VALUE_LIST) {
        for (size_t i = 0; i < v->list.count; i++)
            value_free(v->list.items[i]);
        mem_free(v->list.items);
    }
    if (is_pairs(v)) {
        for (size_t i = 0; i < v->map.count; i++) {
            value_free(v->map.pairs[i].key);
            value_free(v->map.pairs[i].value);
        }
        mem_free(v->map.pairs);
    }
    mem_free(v);
}

static struct value_pair *find(const struct value *v, const char *key)
{
    if (v == NULL || v->type != VALUE_MAP)
        return NULL;
    for (size_t i = 0; i < v->map.count; i++) {
        struct value_pair *pair = &v->map.pairs[i];

        if (pair->key->type == VALUE_STRING && str_is(pair->key->text, key))
            return pair;
    }
    return NULL;
}

const struct value *value_get(const struct value *v, const char *key)
{
    const struct value_pair *pair = find(v, key);

    return pair != NULL ? pair->value : NULL;
}

struct value *value_take(struct value *v, const char *key)
{
    struct value_pair *pair = find(v, key);
    struct value *taken;
    size_t after;

    if (pair == NULL)
        return NULL;
    taken = pair->value;
    value_free(pair->key);
    after = v->map.count - (size_t)(pair - v->map.pairs) - 1;
    memmove(pair, pair + 1, after * sizeof(*pair));
    v->map.count--;
    return taken;
}

static bool same_lists(const struct value *a, const struct value *b)
{
    if (a->list.count != b->list.count)
        return false;
    for (size_t i = 0; i < a->list.count; i++)
        if (!value_equal(a->list.items[i], b->list.items[i]))
            return false;
    return true;
}

/* Whether `b` holds the key and value of `pair`, which most often stand at index `at`. */
static bool holds_pair(const struct value *b, const struct value_pair *pair, size_t at)
{
    for (size_t i = 0; i < b->map.count; i++) {
        const struct value_pair *other = &b->map.pairs[(at + i) % b->map.count];

        if (value_equal(pair->key, other->key))
            return value_equal(pair->value, other->value);
    }
    return false;
}

static bool same_maps(const struct value *a, const struct value *b)
{
    if (a->map.count != b->map.count)
        return false;
    for (size_t i = 0; i < a->map.count; i++)
        if (!holds_pair(b, &a->map.pairs[i], i))
            return false;
    return true;
}

static bool same_times(const struct value_time *a, const struct value_time *b)
{
    return a->year == b->year && a->month == b->month && a->day == b->day &&
           a->hour == b->hour && a->minute == b->minute && a->second == b->second &&
           a->microsecond == b->microsecond && a->has_zone == b->has_zone &&
           a->zone_s == b->zone_s;
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return a->boolean == b->boolean;
    case VALUE_INT:
        return a->integer == b->integer;
    case VALUE_FLOAT:
        return a->real == b->real || (isnan(a->real) && isnan(b->real));
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_BIGINT:
        return str_eq(a->text, b->text);
    case VALUE_DATE:
    case VALUE_TIME:
        return same_times(&a->time, &b->time);
    case VALUE_LIST:
        return same_lists(a, b);
    case VALUE_MAP:
    case VALUE_SET:
        return same_maps(a, b);
    }
    return false;
}

const char *value_type_name(enum value_type type)
{
    static const char *const names[] = {
        [VALUE_NULL] = "null",      [VALUE_BOOL] = "boolean", [VALUE_INT] = "integer",
        [VALUE_BIGINT] = "integer", [VALUE_FLOAT] = "float",  [VALUE_STRING] = "string",
        [VALUE_BYTES] = "bytes",    [VALUE_DATE] = "date",    [VALUE_TIME] = "time",
        [VALUE_LIST] = "list",      [VALUE_MAP] = "mapping",  [VALUE_SET] = "set",
    };

    return (size_t)type < ARRAY_LEN(names) ? names[type] : "value";
}

struct adder_str value_string(const struct value *v)
{
    if (v == NULL || v->type != VALUE_STRING)
        return (struct adder_str){NULL, 0};
    return v->text;
}
