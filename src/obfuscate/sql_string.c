#include <string.h>
#include <strings.h>

#include "core/str.h"
#include "obfuscate/sql_scan.h"

/* ---- Strings ---------------------------------------------------------------------------- */

/* Length up to and with the quote that ends a string, whose text begins `from` bytes ahead; 0
 * when there is none. */
static size_t string_end(struct sql_lexer *l, size_t from, char quote,
                         enum sql_backslash backslash)
{
    size_t left = l->len - l->at;

    for (size_t i = from; i < left; i++) {
        char c = sql_peek(l, i);
        bool doubled = i + 1 < left && sql_peek(l, i + 1) == quote;

        if (c == '\\' && doubled) {
            l->saw_escape = l->escaped = true;
            if (backslash == SQL_BACKSLASH_DOUBT)
                return 0;
        }
        if (c == '\\' && backslash != SQL_BACKSLASH_PLAIN)
            i++;
        else if (c == quote && doubled)
            i++;
        else if (c == quote)
            return i + 1;
    }
    return 0;
}

/* Takes a string whose quote is `prefix` bytes ahead. */
static bool take_string(struct sql_lexer *l, struct sql_token *t, size_t prefix,
                        enum sql_backslash backslash)
{
    size_t len = string_end(l, prefix + 1, sql_peek(l, prefix), backslash);

    if (len == 0)
        return sql_take_rest(l, t, SQL_LITERAL, SQL_OPEN_STRING);
    return sql_take(l, t, SQL_LITERAL, len);
}

/* q'[it's]': ends with the counterpart of the character after the quote, and a quote. */
static bool take_oracle_string(struct sql_lexer *l, struct sql_token *t, size_t prefix)
{
    static const char opening[] = "[{(<", closing[] = "]})>";
    char delimiter = sql_peek(l, prefix + 1);
    const char *pair = delimiter != '\0' ? strchr(opening, delimiter) : NULL;
    char end = pair != NULL ? closing[pair - opening] : delimiter;

    for (size_t i = prefix + 2; i + 1 < l->len - l->at; i++)
        if (sql_peek(l, i) == end && sql_peek(l, i + 1) == '\'')
            return sql_take(l, t, SQL_LITERAL, i + 2);
    return sql_take_rest(l, t, SQL_LITERAL, SQL_OPEN_STRING);
}

/* A word that touches a quote. */
bool sql_scan_prefixed(struct sql_lexer *l, struct sql_token *t, size_t word)
{
    switch (sql_prefix_of((struct adder_str){l->text + l->at, word})) {
    case SQL_PREFIX_PLAIN:
        return take_string(l, t, word, l->dialect.backslash);
    case SQL_PREFIX_ESCAPES:
        return take_string(l, t, word, SQL_BACKSLASH_ESCAPES);
    case SQL_PREFIX_ORACLE:
        return take_oracle_string(l, t, word);
    default:
        return false;
    }
}

bool sql_scan_string(struct sql_lexer *l, struct sql_token *t)
{
    if (sql_peek(l, 0) == '\'')
        return take_string(l, t, 0, l->dialect.backslash);
    if (sql_peek(l, 0) == '"' && l->dialect.double_is_string)
        return take_string(l, t, 0, l->dialect.backslash);
    return false;
}

/* A name in quotes. One that does not end may be a string cut off, so it counts as literal. */
bool sql_scan_quoted(struct sql_lexer *l, struct sql_token *t)
{
    char open = sql_peek(l, 0);
    char close = open == '[' ? ']' : open;
    bool index = l->operand && !t->spaced; /* a[1] */
    size_t len;

    if (open != '"' && open != '`' && (open != '[' || !l->dialect.brackets || index))
        return false;
    len = string_end(l, 1, close, open == '"' ? l->dialect.backslash : SQL_BACKSLASH_PLAIN);
    if (len == 0)
        return sql_take_rest(l, t, SQL_LITERAL, SQL_OPEN_STRING);
    sql_take(l, t, open == '"' ? SQL_DOUBLE : SQL_QUOTED, len);
    t->inner = (struct adder_str){t->text.ptr + 1, len - 2};
    if (open == '[' && memchr(t->inner.ptr, '\'', t->inner.len) != NULL)
        t->kind = SQL_LITERAL; /* rather a list of strings */
    return true;
}

/* Length of "$tag$" here, 0 when there is none. */
static size_t dollar_tag(const struct sql_lexer *l)
{
    size_t i = 1;

    if (sql_is_digit(sql_peek(l, 1)))
        return 0;
    while (sql_is_name_start(sql_peek(l, i)) || sql_is_digit(sql_peek(l, i)))
        i++;
    return sql_peek(l, i) == '$' ? i + 1 : 0;
}

bool sql_scan_dollar(struct sql_lexer *l, struct sql_token *t)
{
    static const char function_tag[] = "$func$";
    const char *start = l->text + l->at;
    size_t tag, left = l->len - l->at;
    const char *end;

    if (sql_peek(l, 0) != '$' || !l->dialect.dollar_strings || (tag = dollar_tag(l)) == 0)
        return false;
    end = memmem(start + tag, left - tag, start, tag);
    if (end == NULL)
        return sql_take_rest(l, t, SQL_LITERAL, SQL_OPEN_STRING);
    sql_take(l, t, SQL_LITERAL, (size_t)(end - start) + tag);
    if (str_starts(t->text, function_tag)) {
        t->kind = SQL_FUNCTION;
        t->inner = (struct adder_str){start + tag, (size_t)(end - start) - tag};
    }
    return true;
}

/* {ts '...'}, {fn ...}, {'key': value}: all of it. {call ...} is a statement. */
bool sql_scan_escape(struct sql_lexer *l, struct sql_token *t)
{
    size_t depth = 0, i = 1, left = l->len - l->at;

    if (sql_peek(l, 0) != '{')
        return false;
    while (i < left && sql_is_space(sql_peek(l, i)))
        i++;
    if (left - i >= 4 && strncasecmp(l->text + l->at + i, "call", 4) == 0)
        return false;
    for (i = 0; i < left; i++) {
        char c = sql_peek(l, i);

        depth += c == '{';
        depth -= c == '}';
        if (depth == 0)
            return sql_take(l, t, SQL_LITERAL, i + 1);
        if (c != '\'' && c != '"')
            continue;
        i = string_end(l, i + 1, c, l->dialect.backslash);
        if (i-- == 0)
            return sql_take_rest(l, t, SQL_LITERAL, SQL_OPEN_STRING);
    }
    return sql_take_rest(l, t, SQL_LITERAL, SQL_OPEN_ESCAPE);
}
