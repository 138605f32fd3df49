#include "collect/template.h"

#include <stdlib.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

enum { RESOLVED_MAX = 4 * 1024 * 1024 }; /* bytes of one string after replacement */

static int walk(const struct value *key, struct value **slot, string_visitor *visit, void *ctx)
{
    struct value *v = *slot;
    int rc = 0;

    if (v->type == VALUE_STRING)
        return visit(ctx, key, slot);
    if (v->type == VALUE_LIST)
        for (size_t i = 0; i < v->list.count && rc == 0; i++)
            rc = walk(key, &v->list.items[i], visit, ctx);
    if (v->type == VALUE_MAP)
        for (size_t i = 0; i < v->map.count && rc == 0; i++)
            rc = walk(v->map.pairs[i].key, &v->map.pairs[i].value, visit, ctx);
    return rc;
}

int strings_each(struct value **root, string_visitor *visit, void *ctx)
{
    return walk(NULL, root, visit, ctx);
}

bool is_secret(struct adder_str text)
{
    text = str_trim(text);
    return text.len > strlen("ENC[]") && str_starts(text, "ENC[") &&
           text.ptr[text.len - 1] == ']';
}

/* ---- Variables ------------------------------------------------------------------------- */

/* Where a %%name%% stands in a text, and what is between the signs. */
struct variable {
    size_t start, end;
    struct adder_str body;
};

/* Finds the first variable at or after `from`. One has at least a letter and stands on one
 * line. */
static bool next_variable(struct adder_str text, size_t from, struct variable *ret)
{
    while (from + 5 <= text.len) {
        const char *open = memmem(text.ptr + from, text.len - from, "%%", 2);
        const char *end = text.ptr + text.len, *close;

        if (open == NULL || end - open < 5)
            return false;
        close = memmem(open + 3, (size_t)(end - open - 3), "%%", 2);
        if (close == NULL)
            return false;
        ret->start = (size_t)(open - text.ptr);
        ret->end = (size_t)(close - text.ptr) + 2;
        ret->body = (struct adder_str){open + 2, (size_t)(close - open - 2)};
        if (memchr(ret->body.ptr, '\n', ret->body.len) == NULL)
            return true;
        from = ret->start + 1;
    }
    return false;
}

/* The value of the variable's environment variable: in *ret, NULL when it is none of those. */
static int look_up(const struct variable *v, const char **ret, struct adder_error *err)
{
    AUTOFREE char *name = NULL;

    *ret = NULL;
    if (str_is(v->body, "env") || str_is(v->body, "env_"))
        return err_set(err, ADDER_INVALID, "'%%%%env%%%%' lacks the name of a variable");
    if (!str_starts(v->body, "env_"))
        return 0;
    name = mem_strndup(v->body.ptr + strlen("env_"), v->body.len - strlen("env_"));
    if (name == NULL)
        return err_nomem(err);
    *ret = getenv(name);
    if (*ret == NULL)
        return err_set(err, ADDER_NOT_FOUND, "the environment variable '%s' is not set", name);
    if (str_utf8_prefix(str_of(*ret)) < strlen(*ret))
        return err_set(err, ADDER_INVALID, "the environment variable '%s' is not UTF-8", name);
    return 0;
}

/* Adds the text with its variables replaced. *whole: it was one variable and nothing else. */
static int replace(struct adder_str text, struct buf *out, bool *whole, struct adder_error *err)
{
    struct variable v = {0};
    const char *value;
    size_t at = 0;

    *whole = false;
    for (size_t from = 0; next_variable(text, from, &v); from = v.end) {
        if (look_up(&v, &value, err) < 0)
            return -1;
        if (value == NULL)
            continue;
        buf_add(out, text.ptr + at, v.start - at);
        buf_add_str(out, value);
        at = v.end;
        *whole = v.start == 0 && v.end == text.len;
    }
    buf_add(out, text.ptr + at, text.len - at);
    return buf_check(out, err);
}

/* ---- Types ----------------------------------------------------------------------------- */

/* An integer with the prefixes that Go knows, in *ret, or NULL there. Letters, digits and signs
 * cannot be read as anything that takes long. */
static int as_integer(struct adder_str text, struct value **ret, struct adder_error *err)
{
    static const char letters[] = "0123456789+-_xXoObBaAcCdDeEfF";
    struct value *v;

    *ret = NULL;
    if (text.len == 0 || strspn(text.ptr, letters) != text.len)
        return 0;
    if (yaml_parse(text, YAML_AGENT, &v, err) < 0)
        return err->code == ADDER_NOMEM ? -1 : 0;
    if (v->type == VALUE_INT)
        *ret = v;
    else
        value_free(v);
    return 0;
}

static bool read_bool(struct adder_str text, bool *ret)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"1", true},    {"t", true},      {"T", true},      {"TRUE", true},
                 {"true", true}, {"True", true},   {"0", false},     {"f", false},
                 {"F", false},   {"FALSE", false}, {"false", false}, {"False", false}};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!str_is(text, words[i].word))
            continue;
        *ret = words[i].value;
        return true;
    }
    return false;
}

/* The value of a variable that is a whole string. */
static int typed(struct adder_str text, struct value **ret, struct adder_error *err)
{
    bool boolean;

    if (as_integer(text, ret, err) < 0)
        return -1;
    if (*ret != NULL)
        return 0;
    if (!read_bool(text, &boolean)) {
        *ret = value_new_text(VALUE_STRING, text);
        return *ret != NULL ? 0 : err_nomem(err);
    }
    *ret = value_new(VALUE_BOOL);
    if (*ret == NULL)
        return err_nomem(err);
    (*ret)->boolean = boolean;
    return 0;
}

/* ---- Trees ----------------------------------------------------------------------------- */

struct resolver {
    struct adder_error *err;
    bool apply; /* else only look whether it would work */
};

static int put_text(struct value **string, struct adder_str text, bool whole,
                    struct adder_error *err)
{
    struct value *v;

    if (!whole)
        v = value_new_text(VALUE_STRING, text);
    else if (typed(text, &v, err) < 0)
        return -1;
    if (v == NULL)
        return err_nomem(err);
    v->line = (*string)->line;
    v->column = (*string)->column;
    value_free(*string);
    *string = v;
    return 0;
}

static int resolve_string(void *ctx, const struct value *key, struct value **string)
{
    struct resolver *r = ctx;
    CLEANUP(buf_free) struct buf out;
    struct adder_str text;
    bool whole;

    (void)key;
    buf_init(&out, RESOLVED_MAX);
    if (replace((*string)->text, &out, &whole, r->err) < 0)
        return -1;
    text = (struct adder_str){out.data, out.len};
    if (!r->apply || str_eq(text, (*string)->text))
        return 0;
    return put_text(string, text, whole, r->err);
}

int template_resolve(struct value **root, struct adder_error *err)
{
    struct resolver r = {.err = err};

    if (strings_each(root, resolve_string, &r) != 0)
        return -1;
    r.apply = true;
    return strings_each(root, resolve_string, &r) != 0 ? -1 : 0;
}
