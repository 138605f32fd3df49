#include "obfuscate/sql_options.h"

#include <stddef.h>
#include <string.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "obfuscate/json.h"

enum { OPTION_TEXT_MAX = 256 }; /* bytes of a key or a text */

static const struct {
    const char *key;
    size_t offset; /* of a bool in struct sql_options */
} flags[] = {
#define FLAG(name)                                \
    {                                             \
#name, offsetof(struct sql_options, name) \
    }
    FLAG(table_names),
    FLAG(collect_commands),
    FLAG(collect_comments),
    FLAG(collect_procedures),
    FLAG(replace_digits),
    FLAG(keep_sql_alias),
    FLAG(dollar_quoted_func),
    FLAG(return_json_metadata),
    FLAG(remove_space_between_parentheses),
    FLAG(keep_null),
    FLAG(keep_boolean),
    FLAG(keep_positional_parameter),
    FLAG(keep_trailing_semicolon),
    FLAG(keep_identifier_quotation),
#undef FLAG
};

static const struct {
    const char *name;
    enum sql_mode mode;
} modes[] = {
    {"", SQL_MODE_OLD},
    {"obfuscate_only", SQL_MODE_OBFUSCATE},
    {"normalize_only", SQL_MODE_NORMALIZE},
    {"obfuscate_and_normalize", SQL_MODE_BOTH},
};

static int invalid(struct adder_error *err, const char *what)
{
    return err_set(err, ADDER_INVALID, "obfuscation options: %s", what);
}

static int set_mode(struct sql_options *o, struct adder_str text, struct adder_error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        if (!str_is(text, modes[i].name))
            continue;
        o->mode = modes[i].mode;
        return 0;
    }
    return err_set(err, ADDER_INVALID, "invalid obfuscation mode: %.*s", STR_ARG(text));
}

static int set_text(struct sql_options *o, const char *key, struct json_token value,
                    struct adder_error *err)
{
    CLEANUP(buf_free) struct buf text;
    struct adder_str s;

    buf_init(&text, OPTION_TEXT_MAX);
    if (value.kind == JSON_NULL)
        return 0;
    if (value.kind != JSON_STRING)
        return err_set(err, ADDER_INVALID, "obfuscation options: %s must be a string", key);
    json_decode_string(value.text, &text);
    if (buf_check(&text, err) < 0)
        return err_wrap(err, "obfuscation options: %s", key);
    s = (struct adder_str){text.data != NULL ? text.data : "", text.len};
    if (strcmp(key, "obfuscation_mode") == 0)
        return set_mode(o, s, err);
    o->dialect = *sql_dialect_find(s);
    return 0;
}

static int set_option(struct sql_options *o, const char *key, struct json_token value,
                      struct adder_error *err)
{
    if (strcmp(key, "dbms") == 0 || strcmp(key, "obfuscation_mode") == 0)
        return set_text(o, key, value, err);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (strcmp(flags[i].key, key) != 0 || value.kind == JSON_NULL)
            continue;
        if (value.kind != JSON_TRUE && value.kind != JSON_FALSE)
            return err_set(err, ADDER_INVALID, "obfuscation options: %s must be a boolean",
                           key);
        *(bool *)((char *)o + flags[i].offset) = value.kind == JSON_TRUE;
    }
    return 0;
}

/* Steps over the rest of a value whose first token was read. */
static void skip_value(struct json_reader *r, enum json_kind kind)
{
    size_t depth = r->depth;

    if (kind != JSON_OBJECT && kind != JSON_ARRAY)
        return;
    while (kind != JSON_BAD && r->depth >= depth)
        kind = json_next(r).kind;
}

static int parse_pair(struct json_reader *r, struct adder_str key, struct sql_options *o,
                      struct adder_error *err)
{
    struct json_token value = json_next(r);
    CLEANUP(buf_free) struct buf name;

    buf_init(&name, OPTION_TEXT_MAX);
    if (value.kind == JSON_BAD)
        return invalid(err, "no JSON");
    json_decode_string(key, &name);
    if (!name.failed && name.data != NULL && set_option(o, name.data, value, err) < 0)
        return -1;
    if (name.failed && !name.too_big)
        return err_nomem(err);
    skip_value(r, value.kind);
    return 0;
}

int sql_options_parse(struct adder_str json, struct sql_options *ret, struct adder_error *err)
{
    struct sql_options o = {.dialect = *sql_dialect_find(str_of(""))};
    struct json_reader r;
    struct json_token t;

    json = str_trim(json);
    if (json.len == 0) {
        *ret = o;
        return 0;
    }
    json_init(&r, json);
    t = json_next(&r);
    if (t.kind != JSON_OBJECT && t.kind != JSON_NULL)
        return invalid(err, t.kind == JSON_BAD ? "no JSON" : "no JSON object");
    while ((t = json_next(&r)).kind == JSON_KEY)
        if (parse_pair(&r, t.text, &o, err) < 0)
            return -1;
    if (t.kind == JSON_OBJECT_END)
        t = json_next(&r);
    if (t.kind != JSON_END)
        return invalid(err, "no JSON");
    *ret = o;
    return 0;
}
