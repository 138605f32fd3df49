#include "host/pattern.h"

#include <ctype.h>
#include <string.h>

#include "core/buf.h"
#include "core/err.h"

/* What follows a backslash, outside and inside brackets; NULL: not possible there. */
static const struct {
    char letter;
    const char *outside, *inside;
} escapes[] = {
    {'d', "[0-9]", "0-9"},
    {'D', "[^0-9]", NULL},
    {'w', "[[:alnum:]_]", "[:alnum:]_"},
    {'W', "[^[:alnum:]_]", NULL},
    {'s', "[[:space:]]", "[:space:]"},
    {'S', "[^[:space:]]", NULL},
    {'b', "\\b", NULL},
    {'B', "\\B", NULL},
    {'A', "^", NULL},
    {'z', "$", NULL},
    {'t', "\t", "\t"},
};

static int unsupported(struct adder_error *err, const char *at, int len)
{
    return err_set(err, ADDER_INVALID, "'%.*s' is not supported", len, at);
}

/* Translates `\c`. */
static int add_escape(struct buf *out, const char *at, bool inside, struct adder_error *err)
{
    char c = at[1];

    if (c == '\0')
        return err_set(err, ADDER_INVALID, "trailing backslash");
    for (size_t i = 0; i < ARRAY_LEN(escapes); i++) {
        const char *text = inside ? escapes[i].inside : escapes[i].outside;

        if (escapes[i].letter != c)
            continue;
        if (text == NULL)
            return unsupported(err, at, 2);
        buf_add_str(out, text);
        return 0;
    }
    /* In brackets POSIX takes a backslash for itself, and has no way to escape these. */
    if (isalnum((unsigned char)c) || (inside && strchr("]^-\\[", c) != NULL))
        return unsupported(err, at, 2);
    buf_add(out, inside ? at + 1 : at, inside ? 1 : 2);
    return 0;
}

/* Length of "[:alpha:]" at `at`, 0 when there is no class there. */
static size_t class_length(const char *at)
{
    const char *end = at[0] == '[' && at[1] == ':' ? strstr(at + 2, ":]") : NULL;

    return end != NULL ? (size_t)(end + 2 - at) : 0;
}

/* Translates a bracket expression. Returns what follows it, NULL on failure. */
static const char *add_brackets(struct buf *out, const char *at, struct adder_error *err)
{
    const char *first;

    buf_add_char(out, *at++);
    if (*at == '^')
        buf_add_char(out, *at++);
    for (first = at; *at != '\0' && (*at != ']' || at == first);) {
        size_t len = class_length(at);

        if (*at == '\\') {
            if (add_escape(out, at, true, err) < 0)
                return NULL;
            at += 2;
            continue;
        }
        len = len > 0 ? len : 1;
        buf_add(out, at, len);
        at += len;
    }
    if (*at == '\0') {
        err_set(err, ADDER_INVALID, "missing ]");
        return NULL;
    }
    buf_add_char(out, ']');
    return at + 1;
}

static int translate(const char *at, struct buf *out, struct adder_error *err)
{
    while (*at != '\0') {
        if (*at == '\\') {
            if (add_escape(out, at, false, err) < 0)
                return -1;
            at += 2;
        } else if (*at == '[') {
            at = add_brackets(out, at, err);
            if (at == NULL)
                return -1;
        } else if (strncmp(at, "(?:", 3) == 0) {
            buf_add_char(out, '(');
            at += 3;
        } else if (strncmp(at, "(?", 2) == 0) {
            return unsupported(err, at, 3);
        } else {
            buf_add_char(out, *at++);
        }
    }
    return buf_check(out, err);
}

int pattern_compile(const char *pattern, regex_t *ret, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf b;
    char why[128];
    int rc;

    /* The translation of one character has at most 14. */
    buf_init(&b, (size_t)14 * PATTERN_MAX);
    if (strlen(pattern) > PATTERN_MAX)
        return err_set(err, ADDER_LIMIT, "pattern of more than %d bytes", PATTERN_MAX);
    if (translate(pattern, &b, err) < 0)
        return err_wrap(err, "invalid regex '%s'", pattern);
    rc = regcomp(ret, b.data != NULL ? b.data : "", REG_EXTENDED | REG_NOSUB);
    if (rc == REG_ESPACE)
        return err_nomem(err);
    if (rc == 0)
        return 0;
    regerror(rc, ret, why, sizeof(why));
    return err_set(err, ADDER_INVALID, "invalid regex '%s': %s", pattern, why);
}
