#include <string.h>

#include "core/err.h"
#include "core/str.h"
#include "obfuscate/json.h"
#include "obfuscate/obfuscate.h"

enum { KEY_MAX = 32 }; /* bytes of the longest key below, and more */

/*
 * Keys of a command whose values are kept. Only a command's own keys count, not those of the
 * same name in the data it is about: {"find": "users", "filter": {"comment": "..."}}.
 */
static const struct {
    const char *key;
    bool inside; /* of an object or a list numbers and booleans are kept: {"age": 1} */
} kept_keys[] = {
    {"find", false},      {"sort", true},           {"projection", true}, {"skip", false},
    {"batchSize", false}, {"$db", false},           {"getMore", false},   {"collection", false},
    {"delete", false},    {"findAndModify", false}, {"insert", false},    {"ordered", false},
    {"update", false},    {"aggregate", false},     {"comment", false},
};

/* Keys whose value is a command, or part of one. */
static const char *const command_keys[] = {"command", "cursor", "explain",
                                           "originatingCommand"};

/* What becomes of a value. */
enum fate {
    HIDE,
    KEEP,
    KEEP_INSIDE, /* also what does not identify anyone in objects and lists */
    COMMAND,
};

struct walk {
    struct json_reader reader;
    struct buf *out;
    enum fate fate;       /* of the value that comes next */
    size_t command_depth; /* how deep the keys of the innermost command stand */
    size_t inside_depth;  /* of the object or list being kept, 0: none */
};

static enum fate fate_of(struct walk *w, struct adder_str token)
{
    CLEANUP(buf_free) struct buf b;
    struct adder_str key;

    buf_init(&b, KEY_MAX);
    json_decode_string(token, &b);
    key = (struct adder_str){b.data, b.len};
    if (b.failed) {
        w->out->failed = w->out->failed || !b.too_big; /* out of memory */
        return HIDE;
    }
    for (size_t i = 0; i < ARRAY_LEN(kept_keys); i++)
        if (str_is(key, kept_keys[i].key))
            return kept_keys[i].inside ? KEEP_INSIDE : KEEP;
    for (size_t i = 0; i < ARRAY_LEN(command_keys); i++)
        if (str_is(key, command_keys[i]))
            return COMMAND;
    return HIDE;
}

static void enter(struct walk *w, bool object)
{
    size_t depth = w->reader.depth;
    bool first = depth == 1 || (depth == 2 && !w->reader.in_object[0]);

    if (w->fate == KEEP_INSIDE && w->inside_depth == 0)
        w->inside_depth = depth;
    if (object && w->inside_depth == 0 && (first || w->fate == COMMAND))
        w->command_depth = depth;
    w->fate = HIDE;
}

/* Commands nest without gaps (the value of a command's key), so the one around is one up. */
static void leave(struct walk *w)
{
    if (w->reader.depth < w->inside_depth)
        w->inside_depth = 0;
    if (w->reader.depth < w->command_depth)
        w->command_depth = w->reader.depth;
}

static void copy_scalar(struct walk *w, const struct json_token *t)
{
    bool plain = t->kind != JSON_STRING;

    if (w->fate == KEEP || w->fate == KEEP_INSIDE || (w->inside_depth > 0 && plain))
        json_copy(w->out, t);
    else
        json_copy_hidden(w->out, t);
    w->fate = HIDE;
}

static void copy_token(struct walk *w, const struct json_token *t)
{
    switch (t->kind) {
    case JSON_KEY:
        json_copy(w->out, t);
        w->fate = w->reader.depth == w->command_depth ? fate_of(w, t->text) : HIDE;
        break;
    case JSON_OBJECT:
    case JSON_ARRAY:
        json_copy(w->out, t);
        enter(w, t->kind == JSON_OBJECT);
        break;
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
        json_copy(w->out, t);
        leave(w);
        break;
    default:
        copy_scalar(w, t);
    }
}

/* What is no JSON to its end, such as a command that was cut off, ends in "...". */
int obfuscate_mongodb(struct adder_str command, struct buf *out, struct adder_error *err)
{
    struct walk w = {.out = out};
    struct json_token t;

    if (command.len == 0)
        return err_set(err, ADDER_INVALID, "Empty MongoDB command");
    if (command.len > OBFUSCATE_INPUT_MAX)
        return err_set(err, ADDER_LIMIT, "command of %zu bytes, more than %d", command.len,
                       OBFUSCATE_INPUT_MAX);
    if (str_trim(command).len == 0)
        return err_set(err, ADDER_INVALID, "Failed to obfuscate MongoDB command");
    json_init(&w.reader, command);
    while ((t = json_next(&w.reader)).kind != JSON_END && t.kind != JSON_BAD)
        copy_token(&w, &t);
    if (t.kind == JSON_BAD)
        buf_add_str(out, "...");
    return buf_check(out, err);
}
