/*
 * sql_write.h - writes the pieces of a query: where spaces go, and which values are one.
 */
#ifndef ADDER_OBFUSCATE_SQL_WRITE_H
#define ADDER_OBFUSCATE_SQL_WRITE_H

#include "core/buf.h"
#include "obfuscate/sql_options.h"

enum sql_piece_kind {
    SQL_PIECE_TEXT,
    SQL_PIECE_NAME,  /* text in which digits may be hidden */
    SQL_PIECE_VALUE, /* a place of one value */
    SQL_PIECE_COMMA,
    SQL_PIECE_OPEN,    /* ( */
    SQL_PIECE_CLOSE,   /* ) */
    SQL_PIECE_BRACKET, /* [ */
    SQL_PIECE_SEMICOLON,
    SQL_PIECE_DOT,
};

struct sql_piece {
    enum sql_piece_kind kind;
    struct adder_str text;
    bool spaced; /* white space or a comment stood before it */
};

/*
 * Lists of values are written as one value: ( ?, ?, ? ) as ( ? ). So are the rows of VALUES:
 * ( ? ), ( ? ) as ( ? ). In the older style commas after values vanish everywhere.
 */
struct sql_writer {
    const struct sql_options *options;
    struct buf *out;
    size_t begin;             /* length of `out` before the query */
    enum sql_piece_kind last; /* what was written last */
    bool one;                 /* values are being taken together */
    bool rows;                /* a row of values was written */
    bool rows_next;           /* VALUES was just written: a row may follow */
    bool comma;               /* a comma is held back */
    unsigned held;            /* so many ( are held back */
    bool held_value;          /* and a value after them */
    bool held_comma;          /* and a comma after that */
};

void sql_writer_init(struct sql_writer *w, const struct sql_options *o, struct buf *out);
void sql_write(struct sql_writer *w, struct sql_piece piece);

/* The next piece, if it is a (, begins a row of values. */
void sql_write_rows_next(struct sql_writer *w);

/* Writes what is held back. */
void sql_write_end(struct sql_writer *w);

/* Adds a name, each run of digits in it as one '?'. */
void sql_add_without_digits(struct buf *out, struct adder_str name);

#endif
