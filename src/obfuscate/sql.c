#include <string.h>
#include <strings.h>

#include "core/err.h"
#include "core/str.h"
#include "core/text.h"
#include "obfuscate/obfuscate.h"
#include "obfuscate/sql_meta.h"
#include "obfuscate/sql_write.h"

/* One query being written. */
struct run {
    const struct sql_options *options;
    struct sql_meta *meta; /* NULL in the body of a function: it is the query's already */
    struct sql_lexer lexer;
    struct sql_writer writer;
    struct sql_token before; /* the token before, comments apart */
    struct sql_token as;     /* an AS held back until it is known what follows */
    bool skip_brackets;      /* in [an alias], whose words are dropped */
    bool gap;                /* a comment was dropped: a space stands in its place */
    bool list;               /* in the parentheses after IN or VALUES */
    bool list_closed;        /* they were just closed; rows may follow */
    size_t depth, cast;      /* open parentheses, and how many were when CAST( came; else 0 */
};

/* ---- Faults ----------------------------------------------------------------------------- */

/* The Agent's words; its position is where it stopped reading. */
static int fault_error(enum sql_fault fault, size_t at, size_t len, struct adder_error *err)
{
    switch (fault) {
    case SQL_OPEN_STRING:
        return err_set(err, ADDER_INVALID, "at position %zu: unexpected EOF in string",
                       len + 1);
    case SQL_OPEN_COMMENT:
        return err_set(err, ADDER_INVALID, "at position %zu: unexpected EOF in comment", len);
    case SQL_OPEN_ESCAPE:
        return err_set(err, ADDER_INVALID, "at position %zu: unexpected EOF in escape sequence",
                       len);
    default:
        return err_set(err, ADDER_INVALID, "at position %zu: unexpected byte %d", at, '\\');
    }
}

/* ---- What is a value -------------------------------------------------------------------- */

static unsigned flags_of(const struct sql_token *t)
{
    return t->kind == SQL_WORD && t->keyword != NULL ? t->keyword->flags : 0;
}

static bool is_punct(const struct sql_token *t, char c)
{
    return t->kind == SQL_PUNCT && t->text.ptr[0] == c;
}

static bool is_comparison(const struct sql_token *t)
{
    return t->kind == SQL_OPERATOR && strchr("=<>!~", t->text.ptr[0]) != NULL;
}

/*
 * Standard SQL has names in double quotes, MySQL strings. In a query of unknown origin they
 * count as strings where a name would be odd: compared with, or in a list of values. The older
 * style takes them for strings after '=' whatever the database.
 */
static bool is_double_value(const struct run *r, const struct sql_token *t)
{
    bool unknown = *r->options->dialect.name == '\0';
    bool name_goes_on = r->lexer.at < r->lexer.len && r->lexer.text[r->lexer.at] == '.';

    if (t->kind != SQL_DOUBLE || name_goes_on)
        return false;
    if (r->options->mode == SQL_MODE_OLD && r->before.kind == SQL_OPERATOR &&
        str_is(r->before.text, "="))
        return true;
    return unknown && (r->list || is_comparison(&r->before) ||
                       (flags_of(&r->before) & SQL_VALUE_NEXT) != 0);
}

static bool is_word_value(const struct sql_options *o, unsigned flags)
{
    bool old = o->mode == SQL_MODE_OLD;

    return ((flags & SQL_IS_NULL) != 0 && (old || !o->keep_null)) ||
           ((flags & SQL_IS_BOOLEAN) != 0 && (old || !o->keep_boolean));
}

/* Whether the token is to be written as '?'. */
static bool is_value(const struct run *r, const struct sql_token *t)
{
    const struct sql_options *o = r->options;
    bool old = o->mode == SQL_MODE_OLD;

    if (t->kind == SQL_PLACE)
        return true;
    if (o->mode == SQL_MODE_NORMALIZE)
        return false;
    if (old && (flags_of(&r->before) & SQL_IS_SAVEPOINT) != 0)
        return true;
    switch (t->kind) {
    case SQL_LITERAL:
        return true;
    case SQL_FUNCTION:
        return !o->dollar_quoted_func;
    case SQL_POSITION:
        return old || !o->keep_positional_parameter;
    case SQL_WORD:
        return is_word_value(o, flags_of(t));
    default:
        return is_double_value(r, t);
    }
}

/* ---- Tokens to pieces ------------------------------------------------------------------- */

static enum sql_piece_kind punct_piece(const struct sql_token *t)
{
    static const struct {
        char c;
        enum sql_piece_kind kind;
    } kinds[] = {
        {',', SQL_PIECE_COMMA},   {'(', SQL_PIECE_OPEN},      {')', SQL_PIECE_CLOSE},
        {'[', SQL_PIECE_BRACKET}, {';', SQL_PIECE_SEMICOLON}, {'.', SQL_PIECE_DOT},
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds) && t->kind == SQL_PUNCT; i++)
        if (kinds[i].c == t->text.ptr[0])
            return kinds[i].kind;
    return SQL_PIECE_TEXT;
}

/* The token as it is to be written when it is no value. */
static struct sql_piece plain_piece(const struct run *r, const struct sql_token *t)
{
    const struct sql_options *o = r->options;
    bool quoted = t->kind == SQL_QUOTED || t->kind == SQL_DOUBLE;
    bool keep_quotes = o->mode == SQL_MODE_OBFUSCATE ||
                       (o->mode != SQL_MODE_OLD && o->keep_identifier_quotation);
    bool name = quoted || (t->kind == SQL_WORD && t->keyword == NULL);

    return (struct sql_piece){
        .kind = name ? SQL_PIECE_NAME : punct_piece(t),
        .text = quoted && !keep_quotes ? t->inner : t->text,
        .spaced = t->spaced || r->gap,
    };
}

static int write_body(struct run *r, const struct sql_token *t, struct adder_error *err);

static int write_token(struct run *r, const struct sql_token *t, struct adder_error *err)
{
    static const struct adder_str mark = {"?", 1};
    struct sql_piece piece = plain_piece(r, t);

    if (t->kind == SQL_FUNCTION && r->options->dollar_quoted_func)
        return write_body(r, t, err);
    if (is_value(r, t)) {
        bool as_is = r->options->mode == SQL_MODE_NORMALIZE;

        piece.kind = SQL_PIECE_VALUE;
        piece.text = as_is ? t->text : mark;
    }
    sql_write(&r->writer, piece);
    if ((flags_of(t) & SQL_LIST_NEXT) != 0 && (flags_of(t) & SQL_CLAUSE) != 0)
        sql_write_rows_next(&r->writer);
    r->gap = false;
    return 0;
}

/* ---- Aliases ---------------------------------------------------------------------------- */

static bool begins_statement(const struct sql_token *t)
{
    return (flags_of(t) & SQL_STATEMENT) != 0;
}

/* The older style drops AS with whatever follows, even the parenthesis of WITH x AS (. We keep
 * a statement that follows. */
static bool drop_old_alias(struct run *r, const struct sql_token *t)
{
    if (r->skip_brackets) {
        r->skip_brackets = !is_punct(t, ']');
        return true;
    }
    if ((flags_of(t) & SQL_IS_AS) != 0)
        return true;
    if ((flags_of(&r->before) & SQL_IS_AS) == 0 || begins_statement(t))
        return false;
    r->skip_brackets = is_punct(t, '[');
    return true;
}

/* Drops AS when a name follows it; the type in CAST(x AS type) is none. */
static int drop_new_alias(struct run *r, const struct sql_token *t, bool *dropped,
                          struct adder_error *err)
{
    bool name = t->kind == SQL_QUOTED || t->kind == SQL_DOUBLE ||
                (t->kind == SQL_WORD && flags_of(t) == 0);
    struct sql_token as = r->as;

    r->as.kind = SQL_END;
    *dropped = (as.kind != SQL_END && name) || (flags_of(t) & SQL_IS_AS) != 0;
    if (as.kind != SQL_END && !name && write_token(r, &as, err) < 0)
        return -1;
    if ((flags_of(t) & SQL_IS_AS) == 0)
        return 0;
    *dropped = r->cast == 0 || r->cast != r->depth;
    if (*dropped)
        r->as = *t;
    return 0;
}

static int drop_alias(struct run *r, const struct sql_token *t, bool *dropped,
                      struct adder_error *err)
{
    *dropped = false;
    if (r->options->keep_sql_alias || r->options->mode == SQL_MODE_OBFUSCATE)
        return 0;
    if (r->options->mode != SQL_MODE_OLD)
        return drop_new_alias(r, t, dropped, err);
    *dropped = drop_old_alias(r, t);
    return 0;
}

/* ---- The query -------------------------------------------------------------------------- */

static bool is_cast(const struct sql_token *t)
{
    return t->kind == SQL_WORD && (t->text.len == 4 || t->text.len == 8) &&
           strncasecmp(t->text.ptr + t->text.len - 4, "cast", 4) == 0;
}

/* Keeps track of where the query is, after a token was dealt with. */
static void follow(struct run *r, const struct sql_token *t)
{
    bool rows = r->list_closed && is_punct(&r->before, ',');

    if (is_punct(t, '(')) {
        r->depth++;
        r->list = (flags_of(&r->before) & SQL_LIST_NEXT) != 0 || rows;
        if (is_cast(&r->before))
            r->cast = r->depth;
    } else if (is_punct(t, ')')) {
        r->list_closed = r->list;
        r->list = false;
        r->cast = r->cast == r->depth ? 0 : r->cast;
        r->depth -= r->depth > 0;
    } else if (begins_statement(t)) {
        r->list = false;
    }
    if (!is_punct(t, ')') && !is_punct(t, ','))
        r->list_closed = r->list_closed && is_punct(t, '(');
    r->before = *t;
}

static int write_one(struct run *r, const struct sql_token *t, struct adder_error *err)
{
    bool dropped;

    if (t->fault != SQL_WHOLE && r->options->mode == SQL_MODE_OLD)
        return fault_error(t->fault, r->lexer.at, r->lexer.len, err);
    if (r->meta != NULL)
        sql_meta_token(r->meta, t);
    if (t->kind == SQL_COMMENT) {
        r->gap = true;
        return 0;
    }
    if (drop_alias(r, t, &dropped, err) < 0)
        return -1;
    if (!dropped && write_token(r, t, err) < 0)
        return -1;
    follow(r, t);
    return 0;
}

static int write_query(const struct sql_options *o, struct sql_meta *meta,
                       struct adder_str query, struct buf *out, struct adder_error *err)
{
    struct run r = {.options = o, .meta = meta};
    struct sql_token t;

    sql_lex_init(&r.lexer, &o->dialect, query);
    sql_writer_init(&r.writer, o, out);
    while ((t = sql_lex(&r.lexer)).kind != SQL_END && !out->failed)
        if (write_one(&r, &t, err) < 0)
            return -1;
    if (r.as.kind != SQL_END && write_token(&r, &r.as, err) < 0)
        return -1;
    sql_write_end(&r.writer);
    return buf_check(out, err);
}

/* $func$...$func$ with what is literal in it hidden. It holds no further one: that would have
 * ended it. */
static int write_body(struct run *r, const struct sql_token *t, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf body;
    size_t tag = (size_t)(t->inner.ptr - t->text.ptr);

    buf_init(&body, r->writer.out->max);
    buf_add(&body, t->text.ptr, tag);
    if (write_query(r->options, NULL, t->inner, &body, err) < 0)
        return -1;
    buf_add(&body, t->text.ptr, tag);
    if (buf_check(&body, err) < 0)
        return -1;
    sql_write(&r->writer,
              (struct sql_piece){SQL_PIECE_TEXT, {body.data, body.len}, t->spaced || r->gap});
    r->gap = false;
    return 0;
}

/* The query, and what was found in it, as JSON. */
static int write_json(const struct sql_options *o, struct sql_meta *meta,
                      struct adder_str query, struct buf *out, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf plain;

    buf_init(&plain, out->max);
    if (write_query(o, meta, query, &plain, err) < 0)
        return -1;
    if (o->mode == SQL_MODE_OLD && plain.len == 0)
        return err_set(err, ADDER_INVALID, "result is empty");
    if (!o->return_json_metadata) {
        buf_add(out, plain.data, plain.len);
        return buf_check(out, err);
    }
    buf_add_str(out, "{\"query\":");
    text_json(out, (struct adder_str){plain.data, plain.len});
    buf_add_str(out, ",\"metadata\":");
    if (sql_meta_write(meta, out, err) < 0)
        return -1;
    buf_add_char(out, '}');
    return buf_check(out, err);
}

static int check_text(const struct sql_options *o, struct adder_str query,
                      struct adder_error *err)
{
    size_t good = o->mode == SQL_MODE_OLD ? str_utf8_prefix(query) : query.len;

    if (query.len > OBFUSCATE_INPUT_MAX)
        return err_set(err, ADDER_LIMIT, "query of %zu bytes, more than %d", query.len,
                       OBFUSCATE_INPUT_MAX);
    if (good < query.len)
        return err_set(err, ADDER_INVALID,
                       "at position %zu: invalid UTF-8 encoding beginning with 0x%02x", good,
                       (unsigned char)query.ptr[good]);
    return 0;
}

int obfuscate_sql(struct adder_str query, struct adder_str options, struct buf *out,
                  struct adder_error *err)
{
    CLEANUP(sql_meta_free) struct sql_meta meta = {0};
    struct sql_options o;
    enum sql_fault fault;

    if (sql_options_parse(options, &o, err) < 0 || check_text(&o, query, err) < 0)
        return -1;
    fault = sql_lex_settle(&o.dialect, query);
    if (fault != SQL_WHOLE && o.mode == SQL_MODE_OLD)
        return fault_error(fault, query.len, query.len, err);
    if (sql_meta_init(&meta, &o, err) < 0)
        return -1;
    return write_json(&o, &meta, query, out, err);
}
