#include "obfuscate/sql_write.h"

#include "core/str.h"

void sql_writer_init(struct sql_writer *w, const struct sql_options *o, struct buf *out)
{
    *w = (struct sql_writer){.options = o, .out = out, .begin = out->len};
}

/* ---- Spaces ----------------------------------------------------------------------------- */

static bool wants_space(const struct sql_writer *w, const struct sql_piece *p)
{
    bool tight = w->options->remove_space_between_parentheses;

    if (w->out->len == w->begin)
        return false;
    if (w->options->mode == SQL_MODE_OBFUSCATE)
        return p->spaced;
    if (w->options->mode == SQL_MODE_OLD)
        return p->kind != SQL_PIECE_COMMA;
    switch (p->kind) {
    case SQL_PIECE_COMMA:
    case SQL_PIECE_SEMICOLON:
        return false;
    case SQL_PIECE_CLOSE:
        return !tight;
    case SQL_PIECE_DOT:
        return p->spaced;
    default:
        return (w->last != SQL_PIECE_OPEN || !tight) && (w->last != SQL_PIECE_DOT || p->spaced);
    }
}

void sql_add_without_digits(struct buf *out, struct adder_str name)
{
    bool digit = false;

    for (size_t i = 0; i < name.len; i++) {
        bool before = digit;

        digit = name.ptr[i] >= '0' && name.ptr[i] <= '9';
        if (!digit)
            buf_add_char(out, name.ptr[i]);
        else if (!before)
            buf_add_char(out, '?');
    }
}

static void put(struct sql_writer *w, struct sql_piece p)
{
    if (wants_space(w, &p))
        buf_add_char(w->out, ' ');
    if (p.kind == SQL_PIECE_NAME && w->options->replace_digits)
        sql_add_without_digits(w->out, p.text);
    else
        buf_add(w->out, p.text.ptr, p.text.len);
    w->last = p.kind;
}

static void put_held(struct sql_writer *w)
{
    static const struct sql_piece open = {SQL_PIECE_OPEN, {"(", 1}, true};
    static const struct sql_piece comma = {SQL_PIECE_COMMA, {",", 1}, false};
    static const struct sql_piece value = {SQL_PIECE_VALUE, {"?", 1}, true};

    if (w->comma)
        put(w, comma);
    for (; w->held > 0; w->held--)
        put(w, open);
    if (w->held_value)
        put(w, value);
    if (w->held_comma)
        put(w, comma);
    w->comma = w->held_value = w->held_comma = false;
}

/* ---- The older style -------------------------------------------------------------------- */

/* A piece that is no value nor stands between values. */
static void write_other(struct sql_writer *w, struct sql_piece p)
{
    put_held(w);
    w->one = w->rows = false;
    put(w, p);
}

static void write_old(struct sql_writer *w, struct sql_piece p)
{
    switch (p.kind) {
    case SQL_PIECE_VALUE:
        w->rows = w->rows || w->last == SQL_PIECE_OPEN;
        w->held_value = w->held_value || w->held > 0;
        if (!w->one)
            put(w, p);
        w->one = true;
        break;
    case SQL_PIECE_COMMA:
        if (!w->one)
            put(w, p);
        break;
    case SQL_PIECE_OPEN:
        /* Maybe one more row, which is seen only at what follows. */
        if (w->rows) {
            w->held++;
            break;
        }
        w->one = false;
        put(w, p);
        break;
    case SQL_PIECE_CLOSE:
        if (w->held == 0)
            put(w, p);
        else
            w->held--;
        w->held_value = false;
        break;
    case SQL_PIECE_SEMICOLON:
        put_held(w);
        w->one = w->rows = false;
        break;
    default:
        write_other(w, p);
    }
}

/* ---- The newer style -------------------------------------------------------------------- */

void sql_write_rows_next(struct sql_writer *w)
{
    w->rows_next = true;
}

/* In a list of values, or between rows of them. Returns whether the piece was dealt with. */
static bool write_in_list(struct sql_writer *w, struct sql_piece p)
{
    switch (p.kind) {
    case SQL_PIECE_VALUE:
        w->held_value = w->held > 0;
        w->comma = w->comma && w->held > 0;
        w->held_comma = false;
        return true;
    case SQL_PIECE_COMMA:
        w->comma = true;
        w->held_comma = w->held > 0;
        return true;
    case SQL_PIECE_OPEN:
        if (!w->comma || w->last != SQL_PIECE_CLOSE || w->held > 0)
            return false;
        w->held = 1;
        return true;
    case SQL_PIECE_CLOSE:
        if (w->held == 0 || !w->held_value)
            return false;
        w->held = 0;
        w->comma = w->held_value = w->held_comma = false;
        return true;
    default:
        return false;
    }
}

static void write_new(struct sql_writer *w, struct sql_piece p)
{
    bool opens = p.kind == SQL_PIECE_OPEN || p.kind == SQL_PIECE_BRACKET;
    bool list = w->one && w->last == SQL_PIECE_VALUE && p.kind == SQL_PIECE_CLOSE;

    if (w->one && write_in_list(w, p))
        return;
    if (p.kind == SQL_PIECE_VALUE && !w->one &&
        (w->last == SQL_PIECE_OPEN || w->last == SQL_PIECE_BRACKET)) {
        w->one = true;
        put(w, p);
        return;
    }
    put_held(w);
    w->one = list && w->rows;
    if (!w->one)
        w->rows = opens && w->rows_next;
    w->rows_next = false;
    put(w, p);
}

/* ---- Both ------------------------------------------------------------------------------- */

void sql_write(struct sql_writer *w, struct sql_piece piece)
{
    if (w->options->mode == SQL_MODE_OLD)
        write_old(w, piece);
    else if (w->options->mode == SQL_MODE_OBFUSCATE)
        put(w, piece);
    else
        write_new(w, piece);
}

void sql_write_end(struct sql_writer *w)
{
    struct buf *out = w->out;

    put_held(w);
    if (w->options->mode < SQL_MODE_NORMALIZE || w->options->keep_trailing_semicolon)
        return;
    while (!out->failed && out->len > w->begin && out->data[out->len - 1] == ';' &&
           w->last == SQL_PIECE_SEMICOLON)
        out->data[--out->len] = '\0';
}
