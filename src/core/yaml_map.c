#include <inttypes.h>
#include <math.h>

#include "core/err.h"
#include "core/map.h"
#include "core/mem.h"
#include "core/yaml_build.h"

/* How many bytes the names of a mapping's keys may have: more than all texts together. */
enum { KEY_NAME_MAX = 2 * YAML_BYTES_MAX };

/* A mapping as it grows. */
struct pairs {
    struct value_pair *items;
    size_t count, capacity;
    struct map *index; /* name of a key -> place_of() */
};

/* Days since 1970-01-01 of a date of the Gregorian calendar. */
static int64_t days_of(const struct value_time *t)
{
    int64_t year = t->month > 2 ? t->year : t->year - 1; /* begins in March */
    int64_t era = year / 400, in_era = year % 400;
    int64_t in_year = (153 * ((t->month + 9) % 12) + 2) / 5 + t->day - 1;

    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static void add_time_name(const struct value_time *t, struct buf *out)
{
    int64_t second = ((days_of(t) * 24 + t->hour) * 60 + t->minute) * 60 + t->second;

    buf_printf(out, "%c%" PRId64 ".%d", t->has_zone ? 'z' : 't', second - t->zone_s,
               t->microsecond);
}

static void add_real_name(const struct value *key, struct buf *out)
{
    if (isnan(key->real))
        buf_add_str(out, "nan"); /* one object in PyYAML, so one key */
    else if (isinf(key->real) || key->real != trunc(key->real))
        buf_printf(out, "f%a", key->real);
    else
        buf_printf(out, "i%.0f", key->real == 0 ? 0.0 : key->real);
}

/* Adds a name that two keys share exactly when they are equal to Python: True, 1 and 1.0 are,
 * and times that are the same moment in two zones. */
static void add_name(const struct value *key, struct buf *out)
{
    switch (key->type) {
    case VALUE_BOOL:
        buf_printf(out, "i%d", key->boolean);
        break;
    case VALUE_INT:
        buf_printf(out, "i%" PRId64, key->integer);
        break;
    case VALUE_FLOAT:
        add_real_name(key, out);
        break;
    case VALUE_BIGINT:
    case VALUE_STRING:
    case VALUE_BYTES:
        buf_add_char(out, "isb"[(key->type == VALUE_STRING) + 2 * (key->type == VALUE_BYTES)]);
        buf_add(out, key->text.ptr, key->text.len);
        break;
    case VALUE_DATE:
        buf_printf(out, "d%" PRId64, days_of(&key->time));
        break;
    case VALUE_TIME:
        add_time_name(&key->time, out);
        break;
    default: /* null; lists and mappings are no keys */
        buf_add_str(out, "n");
    }
}

static void pairs_free(struct pairs *p)
{
    for (size_t i = 0; i < p->count; i++) {
        value_free(p->items[i].key);
        value_free(p->items[i].value);
    }
    mem_free(p->items);
    map_free(p->index, NULL);
}

/* Where a pair stands and whether the mapping itself has it, not one it merges, packed into
 * the pointer that a map holds; never NULL. */
static void *place_of(size_t at, bool own)
{
    return (void *)((at + 1) << 1 | own);
}

static size_t place_index(const void *place)
{
    return ((size_t)place >> 1) - 1;
}

static int add_pair(struct builder *b, struct pairs *p, struct value_pair pair)
{
    if (p->count == p->capacity) {
        size_t capacity = p->capacity > 0 ? p->capacity * 2 : 8;
        struct value_pair *items = mem_realloc(p->items, capacity * sizeof(*items));

        if (items == NULL)
            return err_nomem(b->err);
        p->items = items;
        p->capacity = capacity;
    }
    p->items[p->count++] = pair;
    return 0;
}

/* Puts key and value, which it takes over, into `p`. As in a Python dict a key that is there
 * already keeps its place and its first spelling (1 and 1.0 are one key), and the last value
 * wins. */
static int put_pair(struct builder *b, struct pairs *p, struct value_pair pair, bool own)
{
    CLEANUP(value_freep) struct value *key = pair.key;
    CLEANUP(value_freep) struct value *value = pair.value;
    CLEANUP(buf_free) struct buf name;
    void *place;

    buf_init(&name, KEY_NAME_MAX);
    add_name(key, &name);
    if (buf_check(&name, b->err) < 0)
        return -1;
    place = map_get(p->index, (struct adder_str){name.data, name.len});
    if (place != NULL && own && (size_t)place & 1 && b->flags & YAML_STRICT)
        return err_set(b->err, ADDER_INVALID, "%u:%u: the key stands in line %u already",
                       key->line, key->column, p->items[place_index(place)].key->line);
    if (map_set(p->index, (struct adder_str){name.data, name.len},
                place_of(place != NULL ? place_index(place) : p->count, own), NULL) < 0)
        return err_nomem(b->err);
    if (place != NULL) {
        value_free(p->items[place_index(place)].value);
        p->items[place_index(place)].value = TAKE(value);
        return 0;
    }
    if (add_pair(b, p, pair) < 0)
        return -1;
    key = value = NULL;
    return 0;
}

static bool is_hashable(const struct value *v)
{
    return v->type != VALUE_LIST && v->type != VALUE_MAP && v->type != VALUE_SET;
}

/* A key "=" is the string, whatever that means as a value. */
static struct value *build_key(struct builder *b, const struct yaml_node *n)
{
    CLEANUP(value_freep) struct value *key = NULL;

    if (yaml_follow(n)->kind == NODE_SCALAR && yaml_tag_of(b, yaml_follow(n)) == TAG_VALUE)
        key = yaml_count_step(b, yaml_follow(n)) < 0
                  ? NULL
                  : yaml_build_scalar(b, yaml_follow(n), TAG_STR);
    else
        key = yaml_build(b, n);
    if (key == NULL)
        return NULL;
    key->line = n->line;
    key->column = n->column;
    if (!is_hashable(key)) {
        yaml_fail(b->err, ADDER_INVALID, n, "a %s cannot be a key", value_type_name(key->type));
        return NULL;
    }
    return TAKE(key);
}

static int add_one(struct builder *b, struct pairs *p, const struct yaml_node *key_node,
                   bool own)
{
    CLEANUP(value_freep) struct value *key = build_key(b, key_node);
    struct value *value;

    if (key == NULL || (value = yaml_build(b, key_node->next)) == NULL)
        return -1;
    return put_pair(b, p, (struct value_pair){TAKE(key), value}, own);
}

static int add_pairs(struct builder *b, struct pairs *p, const struct yaml_node *n, bool own);

static int fail_merge(struct builder *b, const struct yaml_node *n)
{
    return yaml_fail(b->err, ADDER_INVALID, n, "'<<' needs a mapping or a list of mappings");
}

/* Merges the items of a list from the last to the first, so that earlier ones win. */
static int merge_list(struct builder *b, struct pairs *p, const struct yaml_node *n)
{
    AUTOFREE const struct yaml_node **items = mem_alloc((n->count + 1) * sizeof(*items));
    size_t count = 0;

    if (items == NULL)
        return err_nomem(b->err);
    for (const struct yaml_node *child = n->first; child != NULL; child = child->next)
        items[count++] = yaml_follow(child);
    while (count-- > 0) {
        if (items[count]->kind != NODE_MAP)
            return fail_merge(b, items[count]);
        if (add_pairs(b, p, items[count], false) < 0)
            return -1;
    }
    return 0;
}

static int merge(struct builder *b, struct pairs *p, const struct yaml_node *n)
{
    if (n->kind == NODE_MAP)
        return add_pairs(b, p, n, false);
    if (n->kind != NODE_LIST)
        return fail_merge(b, n);
    if (yaml_count_step(b, n) < 0)
        return -1;
    return merge_list(b, p, n);
}

/* Adds what the node merges, then its own pairs; the Agent's reader goes through them in their
 * order. */
static int add_in_passes(struct builder *b, struct pairs *p, const struct yaml_node *n,
                         bool own)
{
    bool in_order = b->flags & YAML_AGENT;

    for (int pass = in_order ? 1 : 0; pass < 2; pass++) {
        for (const struct yaml_node *key = n->first; key != NULL; key = key->next->next) {
            bool merges = yaml_tag_of(b, yaml_follow(key)) == TAG_MERGE;

            if (merges && (in_order || pass == 0) && merge(b, p, yaml_follow(key->next)) < 0)
                return -1;
            if (!merges && pass == 1 && add_one(b, p, key, own) < 0)
                return -1;
        }
    }
    return 0;
}

/* The mapping being built was counted, and its depth checked, by yaml_build(). */
static int add_pairs(struct builder *b, struct pairs *p, const struct yaml_node *n, bool own)
{
    int rc;

    if (own)
        return add_in_passes(b, p, n, true);
    if (yaml_count_step(b, n) < 0)
        return -1;
    if (b->depth == YAML_DEPTH_MAX)
        return yaml_fail(b->err, ADDER_LIMIT, n, "more than %d nested lists and mappings",
                         YAML_DEPTH_MAX);
    b->depth++;
    rc = add_in_passes(b, p, n, false);
    b->depth--;
    return rc;
}

struct value *yaml_build_map(struct builder *b, const struct yaml_node *n, enum yaml_tag tag)
{
    CLEANUP(pairs_free) struct pairs p = {.index = map_new()};
    struct value *v;

    if (p.index == NULL) {
        err_nomem(b->err);
        return NULL;
    }
    if (n->kind != NODE_MAP) {
        yaml_fail(b->err, ADDER_INVALID, n, "a mapping is needed");
        return NULL;
    }
    if (add_pairs(b, &p, n, true) < 0)
        return NULL;
    v = value_new(tag == TAG_SET ? VALUE_SET : VALUE_MAP);
    if (v == NULL) {
        err_nomem(b->err);
        return NULL;
    }
    for (size_t i = 0; tag == TAG_SET && i < p.count; i++)
        value_free(TAKE(p.items[i].value));
    v->map.count = p.count;
    v->map.pairs = TAKE(p.items);
    p.count = 0;
    return v;
}
