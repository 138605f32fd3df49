#include "obfuscate/sql_lex.h"

#include <string.h>

#include "obfuscate/sql_scan.h"

/* ---- Comments --------------------------------------------------------------------------- */

static bool begins_line_comment(const struct sql_lexer *l)
{
    bool operator_follows = sql_peek(l, 1) == '>' || sql_peek(l, 1) == '-';

    if (sql_peek(l, 0) == '#')
        return l->dialect.hash == SQL_HASH_COMMENT ||
               (l->dialect.hash == SQL_HASH_GUESS && !operator_follows);
    return sql_peek(l, 0) == '-' && sql_peek(l, 1) == '-';
}

/* Length of the block comment that begins here, 0 when it does not end. */
static size_t block_comment(const struct sql_lexer *l)
{
    size_t left = l->len - l->at, depth = 1;

    for (size_t i = 2; i + 1 < left; i++) {
        if (sql_peek(l, i) == '*' && sql_peek(l, i + 1) == '/') {
            if (--depth == 0)
                return i + 2;
            i++;
        } else if (l->dialect.nested_comments && sql_peek(l, i) == '/' &&
                   sql_peek(l, i + 1) == '*') {
            depth++;
            i++;
        }
    }
    return 0;
}

static bool scan_comment(struct sql_lexer *l, struct sql_token *t)
{
    const char *line = l->text + l->at;
    const char *end;
    size_t len;

    if (begins_line_comment(l)) {
        end = memchr(line, '\n', l->len - l->at);
        return sql_take(l, t, SQL_COMMENT, end != NULL ? (size_t)(end - line) : l->len - l->at);
    }
    if (sql_peek(l, 0) != '/' || sql_peek(l, 1) != '*')
        return false;
    len = block_comment(l);
    if (len == 0)
        return sql_take_rest(l, t, SQL_COMMENT, SQL_OPEN_COMMENT);
    return sql_take(l, t, SQL_COMMENT, len);
}

/* ---- Words and signs -------------------------------------------------------------------- */

static bool scan_word(struct sql_lexer *l, struct sql_token *t)
{
    char first = sql_peek(l, 0);
    size_t end;

    if (!sql_is_name_start(first) && first != '$' &&
        (first != '#' || l->dialect.hash != SQL_HASH_NAME))
        return false;
    end = sql_name_end(l, 1);
    if (sql_peek(l, end) == '\'' && sql_scan_prefixed(l, t, end))
        return true;
    while (sql_peek(l, end) == '.' &&
           (sql_is_name(l, sql_peek(l, end + 1)) || sql_peek(l, end + 1) == '*'))
        end = sql_peek(l, end + 1) == '*' ? end + 2 : sql_name_end(l, end + 1);
    sql_take(l, t, SQL_WORD, end);
    t->keyword = sql_keyword_find(t->text);
    return true;
}

/* Longer ones first. */
static const char *const operators[] = {
    "!~~*", "<=>", "->>", "#>>", "!~*", "!~~", "~~*", "!~", "~*", "~~", "<=", ">=", "<>", "!=",
    "^=",   "==",  "||",  "&&",  "->",  "=>",  "#>",  "#-", "::", ":=", "@>", "@@", "<<", ">>",
};

static bool scan_operator(struct sql_lexer *l, struct sql_token *t)
{
    const char *rest = l->text + l->at;
    size_t left = l->len - l->at;

    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        size_t len = strlen(operators[i]);

        if (len <= left && memcmp(rest, operators[i], len) == 0)
            return sql_take(l, t, SQL_OPERATOR, len);
    }
    /* Contained in; but value<@name compares with a variable, where there are such. */
    if (sql_peek(l, 0) == '<' && sql_peek(l, 1) == '@' &&
        (l->dialect.question_operator || !sql_is_name(l, sql_peek(l, 2))))
        return sql_take(l, t, SQL_OPERATOR, 2);
    if (strchr("()[]{},;.", sql_peek(l, 0)) != NULL)
        return sql_take(l, t, SQL_PUNCT, 1);
    if (sql_peek(l, 0) == '\\')
        t->fault = SQL_STRAY_BYTE;
    return sql_take(l, t, SQL_OPERATOR, 1);
}

/* ---- The lexer -------------------------------------------------------------------------- */

void sql_lex_init(struct sql_lexer *l, const struct sql_dialect *dialect, struct adder_str text)
{
    *l = (struct sql_lexer){.dialect = *dialect, .text = text.ptr, .len = text.len};
}

/* Whether a sign after this token stands between two operands. */
static bool is_operand(const struct sql_token *t)
{
    const unsigned values = SQL_IS_NULL | SQL_IS_BOOLEAN;

    switch (t->kind) {
    case SQL_WORD:
        return t->keyword == NULL || t->keyword->flags == 0 ||
               (t->keyword->flags & values) != 0;
    case SQL_PUNCT:
        return t->text.ptr[0] == ')' || t->text.ptr[0] == ']';
    default:
        return t->kind != SQL_OPERATOR;
    }
}

/* What does not follow a string in SQL, unless as its alias. */
static bool is_odd_after_string(const struct sql_token *t)
{
    switch (t->kind) {
    case SQL_WORD:
        return t->keyword == NULL || (t->keyword->flags & SQL_STATEMENT) != 0;
    case SQL_PUNCT:
        return strchr(",;)]}", t->text.ptr[0]) == NULL;
    case SQL_OPERATOR:
        return strchr("=<>!|+-&:~^", t->text.ptr[0]) == NULL;
    default:
        return t->kind != SQL_END;
    }
}

struct sql_token sql_lex(struct sql_lexer *l)
{
    static bool (*const scanners[])(struct sql_lexer *, struct sql_token *) = {
        scan_comment,      sql_scan_string, sql_scan_quoted, sql_scan_dollar,
        sql_scan_position, sql_scan_number, sql_scan_place,  sql_scan_escape,
        scan_word,         sql_scan_bind,   scan_operator,
    };
    struct sql_token t = {.kind = SQL_END};
    bool escaped = l->escaped;

    while (l->at < l->len && sql_is_space(l->text[l->at])) {
        l->at++;
        t.spaced = true;
    }
    if (l->at == l->len)
        return t;
    l->escaped = false;
    for (size_t i = 0; i < ARRAY_LEN(scanners); i++)
        if (scanners[i](l, &t))
            break;
    l->doubt = l->doubt || (escaped && t.kind != SQL_COMMENT && is_odd_after_string(&t));
    if (t.kind == SQL_COMMENT)
        l->escaped = escaped;
    else
        l->operand = is_operand(&t);
    return t;
}

/* Reads all of it. Returns the first fault; SQL_OPEN_STRING for doubt about a backslash. */
static enum sql_fault first_fault(const struct sql_dialect *d, struct adder_str text,
                                  bool *saw_escape)
{
    struct sql_lexer l;
    struct sql_token t;

    sql_lex_init(&l, d, text);
    do
        t = sql_lex(&l);
    while (t.kind != SQL_END && t.fault == SQL_WHOLE);
    *saw_escape = l.saw_escape;
    return t.fault == SQL_WHOLE && l.doubt ? SQL_OPEN_STRING : t.fault;
}

enum sql_fault sql_lex_settle(struct sql_dialect *dialect, struct adder_str text)
{
    enum sql_fault fault;
    bool saw_escape, again;

    if (dialect->backslash != SQL_BACKSLASH_GUESS)
        return SQL_WHOLE;
    dialect->backslash = SQL_BACKSLASH_ESCAPES;
    fault = first_fault(dialect, text, &saw_escape);
    if (fault == SQL_WHOLE || !saw_escape)
        return fault;
    dialect->backslash = SQL_BACKSLASH_PLAIN;
    if (first_fault(dialect, text, &again) == SQL_WHOLE)
        return SQL_WHOLE;
    dialect->backslash = SQL_BACKSLASH_DOUBT;
    return fault;
}
