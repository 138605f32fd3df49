/* What in adder.yaml is worth telling. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config_impl.h"
#include "core/closest.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

enum {
    SLIP_MAX = 2,      /* letters by which a name may differ from ours to be taken for a slip
                          although it may be one of the Agent's */
    REMARK_MAX = 1024, /* bytes of a message */
    KEY_MAX = 200,     /* bytes of a key that is told */
};

void config_remarks_free(struct config_remarks *r)
{
    for (size_t i = 0; i < r->count; i++)
        mem_free(r->items[i].message);
    mem_free(r->items);
    *r = (struct config_remarks){NULL, 0};
}

static int add(struct config_remarks *r, struct config_remark added, const char *text,
               struct adder_error *err)
{
    struct config_remark *items;

    if (r->count == CONFIG_REMARKS_MAX)
        return 0;
    items = mem_realloc(r->items, (r->count + 1) * sizeof(*items));
    if (items == NULL)
        return err_nomem(err);
    r->items = items;
    added.message = mem_strdup(text);
    if (added.message == NULL)
        return err_nomem(err);
    items[r->count++] = added;
    return 0;
}

PRINTF_LIKE(4, 5)
static int remark(struct config_remarks *r, const struct value *at, struct adder_error *err,
                  const char *fmt, ...)
{
    char text[REMARK_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return add(r, (struct config_remark){.line = at->line, .column = at->column}, text, err);
}

int config_remark_error(struct config_remarks *r, const struct adder_error *why,
                        struct adder_error *err)
{
    struct config_remark found = {.line = 0};
    const char *text = why->message;
    char *end;
    unsigned long line = strtoul(text, &end, 10), column = 0;

    if (end != text && *end == ':')
        column = strtoul(end + 1, &end, 10);
    if (column > 0 && end[0] == ':' && end[1] == ' ') {
        found = (struct config_remark){.line = (unsigned)line, .column = (unsigned)column};
        text = end + 2;
    }
    return add(r, found, text, err);
}

/* ---- Keys ------------------------------------------------------------------------------- */

/* Whether `name` is one of our keys, or the section before the dot of one. */
static void classify(const char *name, bool *key, bool *section)
{
    size_t count, len = strlen(name);
    const struct config_key *keys = config_keys(&count);

    *key = *section = false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i].name, name) == 0 ||
            (keys[i].agent != NULL && strcmp(keys[i].agent, name) == 0))
            *key = true;
        if (strncmp(keys[i].name, name, len) == 0 && keys[i].name[len] == '.')
            *section = true;
    }
}

static int remark_unknown(const struct value *at, const char *name, bool top,
                          struct config_remarks *r, struct adder_error *err)
{
    enum agent_key agent = top ? config_agent_key(name) : AGENT_NONE;
    struct closest meant = closest_to(name, strlen(name));
    size_t count;
    const struct config_key *keys = config_keys(&count);

    if (agent == AGENT_KEY)
        return 0;
    for (size_t i = 0; i < count; i++)
        closest_offer(&meant, keys[i].name);
    if (agent == AGENT_FAMILY && (meant.best[0] == '\0' || meant.distance > SLIP_MAX))
        return 0;
    if (meant.best[0] == '\0')
        return remark(r, at, err, "unknown key '%.*s'", KEY_MAX, name);
    return remark(r, at, err, "unknown key '%.*s'; did you mean '%s'?", KEY_MAX, name,
                  meant.best);
}

static int remark_map(const struct value *map, const char *prefix, struct config_remarks *r,
                      struct adder_error *err);

static int remark_pair(const struct value_pair *pair, const char *prefix,
                       struct config_remarks *r, struct adder_error *err)
{
    AUTOFREE char *name = NULL;
    bool key, section;

    if (pair->key->type != VALUE_STRING)
        return remark(r, pair->key, err, "a key that is no text (found: %s)",
                      value_type_name(pair->key->type));
    name = mem_printf("%s%s", prefix, pair->key->text.ptr);
    if (name == NULL)
        return err_nomem(err);
    classify(name, &key, &section);
    if (key)
        return 0;
    if (!section)
        return remark_unknown(pair->key, name, *prefix == '\0', r, err);
    return pair->value->type != VALUE_NULL ? remark_map(pair->value, name, r, err) : 0;
}

/* `prefix` is the name of the section, "" for the whole. */
static int remark_map(const struct value *map, const char *prefix, struct config_remarks *r,
                      struct adder_error *err)
{
    AUTOFREE char *dotted = mem_printf("%s%s", prefix, *prefix != '\0' ? "." : "");

    if (dotted == NULL)
        return err_nomem(err);
    if (map->type != VALUE_MAP)
        return err_set(err, ADDER_INVALID, "%u:%u: %s: a mapping is needed (found: %s)",
                       map->line, map->column, prefix, value_type_name(map->type));
    for (size_t i = 0; i < map->map.count; i++)
        if (remark_pair(&map->map.pairs[i], dotted, r, err) < 0)
            return -1;
    return 0;
}

int config_remark_unknown(const struct value *tree, struct config_remarks *r,
                          struct adder_error *err)
{
    return remark_map(tree, "", r, err);
}
