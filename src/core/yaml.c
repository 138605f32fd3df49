#include "core/yaml.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml_build.h"
#include "core/yaml_scalar.h"

enum yaml_tag yaml_tag_of(const struct builder *b, const struct yaml_node *n)
{
    static const enum yaml_tag of_kind[] = {
        [NODE_SCALAR] = TAG_STR, [NODE_LIST] = TAG_SEQ, [NODE_MAP] = TAG_MAP};
    struct adder_str text = {n->text, n->len};
    struct value ignored;

    if (n->tag != TAG_NONE && (n->kind == NODE_SCALAR || !(b->flags & YAML_AGENT)))
        return n->tag;
    if (n->kind != NODE_SCALAR || !n->plain)
        return of_kind[n->kind];
    return b->flags & YAML_AGENT ? yaml_agent_resolve(text, &ignored) : yaml_resolve(text);
}

int yaml_count_step(struct builder *b, const struct yaml_node *n)
{
    b->bytes += n->len;
    if (++b->steps > YAML_VALUES_MAX)
        return yaml_fail(b->err, ADDER_LIMIT, n, "more than %d values after aliases",
                         YAML_VALUES_MAX);
    if (b->bytes > YAML_BYTES_MAX)
        return yaml_fail(b->err, ADDER_LIMIT, n, "more than %d bytes of text after aliases",
                         YAML_BYTES_MAX);
    return 0;
}

/* ---- Scalars --------------------------------------------------------------------------- */

/* The node whose text a scalar's constructor uses: of a mapping, what its key "=" holds. */
static const struct yaml_node *text_of(const struct builder *b, const struct yaml_node *n)
{
    while (n->kind == NODE_MAP) {
        const struct yaml_node *key = n->first;

        while (key != NULL && yaml_tag_of(b, yaml_follow(key)) != TAG_VALUE)
            key = key->next->next;
        if (key == NULL)
            break;
        n = yaml_follow(key->next);
    }
    return n->kind == NODE_SCALAR ? n : NULL;
}

static struct value *build_typed(struct builder *b, const struct yaml_node *n,
                                 enum yaml_tag tag)
{
    const struct yaml_node *source = text_of(b, n);
    struct value *v = NULL;

    if (source == NULL) {
        yaml_fail(b->err, ADDER_INVALID, n, "a single value is needed, not a list or mapping");
        return NULL;
    }
    if (source != n && yaml_count_step(b, source) < 0)
        return NULL;
    if (yaml_scalar(tag, (struct adder_str){source->text, source->len}, &v, b->err) < 0) {
        if (b->err->code != ADDER_NOMEM)
            err_wrap(b->err, "%u:%u", n->line, n->column);
        return NULL;
    }
    return v;
}

/* A scalar as the Agent reads it, where that differs from what Python code reads. */
static struct value *build_agent(struct builder *b, const struct yaml_node *n)
{
    struct adder_str text = {n->text, n->len};
    struct value number, *v;
    char digits[24];

    yaml_agent_resolve(text, &number);
    if (number.type == VALUE_BIGINT) {
        snprintf(digits, sizeof(digits), "%" PRIu64, (uint64_t)number.integer);
        v = value_new_text(VALUE_BIGINT, str_of(digits));
    } else if (number.type == VALUE_STRING) {
        v = value_new_text(VALUE_STRING, text);
    } else {
        v = value_new(number.type);
        if (v != NULL)
            *v = number;
    }
    if (v == NULL)
        err_nomem(b->err);
    return v;
}

/* What !!binary says is a string to the Agent if it can be one. */
static struct value *as_string(struct builder *b, struct value *bytes)
{
    struct value *v;

    if (bytes == NULL || bytes->type != VALUE_BYTES ||
        str_utf8_prefix(bytes->text) < bytes->text.len)
        return bytes;
    v = value_new_text(VALUE_STRING, bytes->text);
    value_free(bytes);
    if (v == NULL)
        err_nomem(b->err);
    return v;
}

struct value *yaml_build_scalar(struct builder *b, const struct yaml_node *n, enum yaml_tag tag)
{
    if (!(b->flags & YAML_AGENT))
        return build_typed(b, n, tag);
    if (n->kind == NODE_SCALAR && n->tag == TAG_NONE && n->plain)
        return build_agent(b, n);
    return as_string(b, build_typed(b, n, tag == TAG_TIMESTAMP ? TAG_STR : tag));
}

/* ---- Lists ----------------------------------------------------------------------------- */

static struct value *new_list(struct builder *b, size_t capacity)
{
    struct value *v = value_new(VALUE_LIST);

    if (v != NULL && capacity > 0)
        v->list.items = mem_alloc(capacity * sizeof(struct value *));
    if (v != NULL && (capacity == 0 || v->list.items != NULL))
        return v;
    value_free(v);
    err_nomem(b->err);
    return NULL;
}

/* Puts an item, NULL when there is none, into a list that has room for it. */
static int append(struct value *list, struct value *item)
{
    if (item == NULL)
        return -1;
    list->list.items[list->list.count++] = item;
    return 0;
}

/* One entry of !!pairs or !!omap, a mapping with one key: a list of key and value. */
static struct value *build_pair(struct builder *b, const struct yaml_node *entry)
{
    CLEANUP(value_freep) struct value *pair = NULL;
    const struct yaml_node *n = yaml_follow(entry);

    if (n->kind != NODE_MAP || n->count != 2) {
        yaml_fail(b->err, ADDER_INVALID, n, "a mapping with one key is needed");
        return NULL;
    }
    pair = new_list(b, 2);
    if (pair == NULL || yaml_count_step(b, n) < 0 ||
        append(pair, yaml_build(b, n->first)) < 0 || append(pair, yaml_build(b, n->last)) < 0)
        return NULL;
    pair->line = n->line;
    pair->column = n->column;
    return TAKE(pair);
}

static struct value *build_list(struct builder *b, const struct yaml_node *n, enum yaml_tag tag)
{
    struct value *(*build_item)(struct builder *, const struct yaml_node *) =
        tag == TAG_SEQ ? yaml_build : build_pair;
    CLEANUP(value_freep) struct value *list = NULL;

    if (n->kind != NODE_LIST) {
        yaml_fail(b->err, ADDER_INVALID, n, "a list is needed");
        return NULL;
    }
    list = new_list(b, n->count);
    if (list == NULL)
        return NULL;
    for (const struct yaml_node *child = n->first; child != NULL; child = child->next)
        if (append(list, build_item(b, child)) < 0)
            return NULL;
    return TAKE(list);
}

/* ---- All ------------------------------------------------------------------------------- */

static struct value *(*const builders[])(struct builder *, const struct yaml_node *,
                                         enum yaml_tag) = {
    [TAG_NULL] = yaml_build_scalar,
    [TAG_BOOL] = yaml_build_scalar,
    [TAG_INT] = yaml_build_scalar,
    [TAG_FLOAT] = yaml_build_scalar,
    [TAG_STR] = yaml_build_scalar,
    [TAG_TIMESTAMP] = yaml_build_scalar,
    [TAG_BINARY] = yaml_build_scalar,
    [TAG_SEQ] = build_list,
    [TAG_OMAP] = build_list,
    [TAG_PAIRS] = build_list,
    [TAG_MAP] = yaml_build_map,
    [TAG_SET] = yaml_build_map,
    [TAG_MERGE] = NULL,
    [TAG_VALUE] = NULL,
};

static struct value *build_node(struct builder *b, const struct yaml_node *n)
{
    enum yaml_tag tag = yaml_tag_of(b, n);
    struct value *v;

    if (tag == TAG_MERGE && b->flags & YAML_AGENT)
        tag = TAG_STR;
    if (builders[tag] == NULL) {
        yaml_fail(b->err, ADDER_INVALID, n, "'%s' is no value unless it is quoted", n->text);
        return NULL;
    }
    v = builders[tag](b, n, tag);
    if (v != NULL) {
        v->line = n->line;
        v->column = n->column;
    }
    return v;
}

struct value *yaml_build(struct builder *b, const struct yaml_node *n)
{
    struct value *v;

    n = yaml_follow(n);
    if (yaml_count_step(b, n) < 0)
        return NULL;
    if (n->kind != NODE_SCALAR && b->depth == YAML_DEPTH_MAX) {
        yaml_fail(b->err, ADDER_LIMIT, n, "more than %d nested lists and mappings",
                  YAML_DEPTH_MAX);
        return NULL;
    }
    b->depth++;
    v = build_node(b, n);
    b->depth--;
    return v;
}

static struct value *empty_document(struct adder_error *err)
{
    struct value *v = value_new(VALUE_NULL);

    if (v == NULL) {
        err_nomem(err);
        return NULL;
    }
    v->line = v->column = 1;
    return v;
}

int yaml_parse(struct adder_str text, enum yaml_flags flags, struct value **ret,
               struct adder_error *err)
{
    CLEANUP(yaml_nodes_freep) struct yaml_node *nodes = NULL;
    struct builder b = {.flags = flags, .err = err};
    struct yaml_node *root;
    struct value *v;

    if (yaml_compose(text, flags, &nodes, &root, err) < 0)
        return -1;
    v = root != NULL ? yaml_build(&b, root) : empty_document(err);
    if (v == NULL)
        return -1;
    *ret = v;
    return 0;
}
