#include "core/yaml_node.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

#include "core/err.h"
#include "core/map.h"
#include "core/mem.h"
#include "core/str.h"

struct composer {
    yaml_parser_t parser;
    enum yaml_flags flags;
    struct adder_error *err;
    struct map *anchors; /* name -> node */
    struct yaml_node *newest, *root;
    size_t count; /* of nodes */
    struct yaml_node *open[YAML_DEPTH_MAX];
    size_t depth; /* of `open` */
    unsigned documents;
    bool ended;
};

int yaml_fail(struct adder_error *err, enum adder_code code, const struct yaml_node *at,
              const char *fmt, ...)
{
    va_list args;
    char text[256];

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return err_set(err, code, "%u:%u: %s", at->line, at->column, text);
}

void yaml_nodes_free(struct yaml_node *newest)
{
    while (newest != NULL) {
        struct yaml_node *older = newest->older;

        mem_free(newest);
        newest = older;
    }
}

/* What libyaml says, in words that help someone who edits a file by hand. */
static const struct {
    const char *problem, *words;
} translations[] = {
    {"mapping values are not allowed in this context",
     "a ':' is not allowed here: is the indentation right, or are quotes missing?"},
    {"block sequence entries are not allowed in this context",
     "a '-' is not allowed here: is the indentation right?"},
    {"did not find expected key",
     "a key is missing here: is the indentation the same as that of the key before?"},
    {"did not find expected '-' indicator",
     "a '-' is missing here: is the indentation the same as that of the item before?"},
    {"could not find expected ':'", "a ':' is missing after a key"},
    {"found character that cannot start any token",
     "this character cannot begin a value: is it a tab, or are quotes missing?"},
    {"found a tab character that violates indentation", "a tab cannot be used to indent"},
    {"found a tab character where an indentation space is expected",
     "a tab cannot be used to indent"},
    {"found unexpected end of stream", "the text ends inside quotes"},
    {"did not find expected ',' or ']'", "a ',' or ']' is missing"},
    {"did not find expected ',' or '}'", "a ',' or '}' is missing"},
    {"did not find expected node content", "a value is missing here"},
    {"did not find expected <document start>", "nothing may follow here: a '---' is missing"},
    {"control characters are not allowed", "a control character is not allowed"},
};

static const char *in_words(const char *problem)
{
    if (problem == NULL)
        return "this is not YAML";
    for (size_t i = 0; i < ARRAY_LEN(translations); i++)
        if (strcmp(problem, translations[i].problem) == 0)
            return translations[i].words;
    return problem;
}

/* Fails at the byte `offset` of a text whose bytes before it are UTF-8. */
static int fail_at_byte(struct adder_error *err, struct adder_str text, size_t offset,
                        const char *words)
{
    unsigned line = 1, column = 1;

    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text.ptr[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    return err_set(err, ADDER_INVALID, "%u:%u: %s", line, column, words);
}

static int fail_as_parser(struct composer *c, struct adder_str text)
{
    const yaml_parser_t *p = &c->parser;

    if (p->error == YAML_MEMORY_ERROR)
        return err_nomem(c->err);
    if (p->error == YAML_READER_ERROR)
        return fail_at_byte(c->err, text, p->problem_offset, in_words(p->problem));
    return err_set(c->err, ADDER_INVALID, "%zu:%zu: %s", p->problem_mark.line + 1,
                   p->problem_mark.column + 1, in_words(p->problem));
}

static const struct {
    const char *name;
    enum yaml_tag tag;
} tags[] = {
    {"null", TAG_NULL},   {"bool", TAG_BOOL},
    {"int", TAG_INT},     {"float", TAG_FLOAT},
    {"str", TAG_STR},     {"binary", TAG_BINARY},
    {"seq", TAG_SEQ},     {"timestamp", TAG_TIMESTAMP},
    {"map", TAG_MAP},     {"set", TAG_SET},
    {"omap", TAG_OMAP},   {"pairs", TAG_PAIRS},
    {"merge", TAG_MERGE}, {"value", TAG_VALUE},
};

static const char tag_prefix[] = "tag:yaml.org,2002:"; /* what "!!" stands for */

static enum yaml_tag known_tag(const char *tag)
{
    if (str_starts(str_of(tag), tag_prefix))
        for (size_t i = 0; i < ARRAY_LEN(tags); i++)
            if (strcmp(tag + sizeof(tag_prefix) - 1, tags[i].name) == 0)
                return tags[i].tag;
    return TAG_NONE;
}

/* Passes over a tag that says nothing to the Agent. A strict reader does not: whoever wrote it
 * expects something else than what a check gets. */
static int pass_over_tag(struct composer *c, struct yaml_node *n, const char *tag)
{
    static const struct {
        const char *name;
        enum yaml_tag tag;
    } plain[] = {
        [NODE_SCALAR] = {"string", TAG_STR},
        [NODE_LIST] = {"list", TAG_SEQ},
        [NODE_MAP] = {"mapping", TAG_MAP},
    };
    bool short_form = str_starts(str_of(tag), tag_prefix);

    if (n->kind == NODE_SCALAR ? n->tag != TAG_NONE : n->tag == plain[n->kind].tag)
        return 0;
    n->tag = plain[n->kind].tag;
    if (!(c->flags & YAML_STRICT))
        return 0;
    return yaml_fail(c->err, ADDER_INVALID, n,
                     "the tag '%s%.100s' means nothing here: the value is a plain %s",
                     short_form ? "!!" : "", tag + (short_form ? sizeof(tag_prefix) - 1 : 0),
                     plain[n->kind].name);
}

static int find_tag(struct composer *c, struct yaml_node *n, const char *tag)
{
    if (tag == NULL || strcmp(tag, "!") == 0)
        return 0;
    n->tag = known_tag(tag);
    if (c->flags & YAML_AGENT)
        return pass_over_tag(c, n, tag);
    if (n->tag == TAG_NONE)
        return yaml_fail(c->err, ADDER_INVALID, n, "the tag '%s' is not known", tag);
    return 0;
}

static struct yaml_node *new_node(struct composer *c, const yaml_event_t *event,
                                  enum yaml_kind kind, struct adder_str text)
{
    struct yaml_node *n = mem_zalloc(sizeof(*n) + text.len + 1);

    if (n == NULL) {
        err_nomem(c->err);
        return NULL;
    }
    n->kind = kind;
    n->line = (unsigned)event->start_mark.line + 1;
    n->column = (unsigned)event->start_mark.column + 1;
    n->len = text.len;
    if (text.len > 0)
        memcpy(n->text, text.ptr, text.len);
    n->older = c->newest;
    c->newest = n;
    if (c->count++ < YAML_VALUES_MAX)
        return n;
    yaml_fail(c->err, ADDER_LIMIT, n, "more than %d values", YAML_VALUES_MAX);
    return NULL;
}

static int set_anchor(struct composer *c, struct yaml_node *n, const yaml_char_t *name)
{
    struct adder_str key = str_of((const char *)name);
    const struct yaml_node *first;

    if (name == NULL)
        return 0;
    first = map_get(c->anchors, key);
    if (first != NULL && !(c->flags & YAML_AGENT))
        return yaml_fail(c->err, ADDER_INVALID, n, "the anchor '%s' stands in line %u already",
                         key.ptr, first->line);
    return map_set(c->anchors, key, n, NULL) < 0 ? err_nomem(c->err) : 0;
}

/* Puts the node where it belongs: into the innermost open collection, or at the root. */
static void attach(struct composer *c, struct yaml_node *n)
{
    struct yaml_node *parent = c->depth > 0 ? c->open[c->depth - 1] : NULL;

    if (parent == NULL) {
        c->root = n;
        return;
    }
    if (parent->first == NULL)
        parent->first = n;
    else
        parent->last->next = n;
    parent->last = n;
    parent->count++;
}

static int on_scalar(struct composer *c, const yaml_event_t *event)
{
    struct adder_str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    struct yaml_node *n = new_node(c, event, NODE_SCALAR, text);

    if (n == NULL || find_tag(c, n, (const char *)event->data.scalar.tag) < 0 ||
        set_anchor(c, n, event->data.scalar.anchor) < 0)
        return -1;
    n->plain = event->data.scalar.plain_implicit;
    attach(c, n);
    return 0;
}

static int open_node(struct composer *c, const yaml_event_t *event, enum yaml_kind kind,
                     const yaml_char_t *tag, const yaml_char_t *anchor)
{
    struct yaml_node *n = new_node(c, event, kind, (struct adder_str){NULL, 0});

    if (n == NULL || find_tag(c, n, (const char *)tag) < 0 || set_anchor(c, n, anchor) < 0)
        return -1;
    if (c->depth == YAML_DEPTH_MAX)
        return yaml_fail(c->err, ADDER_LIMIT, n, "more than %d nested lists and mappings",
                         YAML_DEPTH_MAX);
    attach(c, n);
    n->open = true;
    c->open[c->depth++] = n;
    return 0;
}

static int on_list(struct composer *c, const yaml_event_t *event)
{
    return open_node(c, event, NODE_LIST, event->data.sequence_start.tag,
                     event->data.sequence_start.anchor);
}

static int on_map(struct composer *c, const yaml_event_t *event)
{
    return open_node(c, event, NODE_MAP, event->data.mapping_start.tag,
                     event->data.mapping_start.anchor);
}

static int on_end(struct composer *c, const yaml_event_t *event)
{
    (void)event;
    c->open[--c->depth]->open = false;
    return 0;
}

static int on_alias(struct composer *c, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    struct yaml_node *n = new_node(c, event, NODE_ALIAS, (struct adder_str){NULL, 0});

    if (n == NULL)
        return -1;
    n->target = map_get(c->anchors, str_of(name));
    if (n->target == NULL)
        return yaml_fail(c->err, ADDER_INVALID, n, "the anchor '%s' is not known here", name);
    if (n->target->open)
        return yaml_fail(c->err, ADDER_INVALID, n, "'%s' would contain itself", name);
    attach(c, n);
    return 0;
}

static int on_document(struct composer *c, const yaml_event_t *event)
{
    if (c->documents++ == 0)
        return 0;
    return err_set(c->err, ADDER_INVALID, "%zu:%zu: more than one document",
                   event->start_mark.line + 1, event->start_mark.column + 1);
}

static int on_stream_end(struct composer *c, const yaml_event_t *event)
{
    (void)event;
    c->ended = true;
    return 0;
}

static int (*const handlers[])(struct composer *, const yaml_event_t *) = {
    [YAML_STREAM_END_EVENT] = on_stream_end, [YAML_DOCUMENT_START_EVENT] = on_document,
    [YAML_SCALAR_EVENT] = on_scalar,         [YAML_ALIAS_EVENT] = on_alias,
    [YAML_SEQUENCE_START_EVENT] = on_list,   [YAML_SEQUENCE_END_EVENT] = on_end,
    [YAML_MAPPING_START_EVENT] = on_map,     [YAML_MAPPING_END_EVENT] = on_end,
};

static int read_events(struct composer *c, struct adder_str text)
{
    while (!c->ended) {
        CLEANUP(yaml_event_delete) yaml_event_t event = {0};

        if (!yaml_parser_parse(&c->parser, &event))
            return fail_as_parser(c, text);
        if ((size_t)event.type < ARRAY_LEN(handlers) && handlers[event.type] != NULL &&
            handlers[event.type](c, &event) < 0)
            return -1;
    }
    return 0;
}

static int check_text(struct adder_str text, struct adder_error *err)
{
    size_t valid;

    if (text.len > YAML_TEXT_MAX)
        return err_set(err, ADDER_LIMIT, "more than %d bytes of YAML", YAML_TEXT_MAX);
    valid = str_utf8_prefix(text);
    if (valid < text.len)
        return fail_at_byte(err, text, valid, "bytes that are not UTF-8");
    return 0;
}

static int run(struct composer *c, struct adder_str text)
{
    int rc;

    c->anchors = map_new();
    if (c->anchors == NULL || !yaml_parser_initialize(&c->parser)) {
        map_free(c->anchors, NULL);
        return err_nomem(c->err);
    }
    yaml_parser_set_encoding(&c->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &c->parser, (const unsigned char *)(text.len > 0 ? text.ptr : ""), text.len);
    rc = read_events(c, text);
    yaml_parser_delete(&c->parser);
    map_free(c->anchors, NULL);
    return rc;
}

int yaml_compose(struct adder_str text, enum yaml_flags flags, struct yaml_node **ret,
                 struct yaml_node **root, struct adder_error *err)
{
    struct composer c = {.flags = flags, .err = err};

    if (check_text(text, err) < 0)
        return -1;
    if (run(&c, text) < 0) {
        yaml_nodes_free(c.newest);
        return -1;
    }
    *ret = c.newest;
    *root = c.root;
    return 0;
}
