/*
 * table.h - rows of text in aligned columns.
 *
 * On a terminal the columns marked for it are wrapped to the width or go on lines of their own
 * below their row, so that no text is lost; elsewhere a row is a line. What is wider than 200
 * columns puts the rest of its line out of alignment there, so that one long name does not make
 * all other rows as long.
 */
#ifndef ADDER_CLI_TABLE_H
#define ADDER_CLI_TABLE_H

#include "cli/out.h"

enum { TABLE_COLUMNS_MAX = 16 };

struct table_column {
    const char *title;
    bool right; /* aligned right, for numbers */
    bool wrap;  /* long text, such as tags */
};

struct table;

/* `columns` are borrowed as long as the table lives. NULL: no memory. */
struct table *table_new(const struct table_column *columns, size_t count);
void table_free(struct table *t); /* NULL is fine */
DEFINE_CLEANUP(struct table *, table_free);

/* Ends the cell being filled by table_text() and so on, and goes to the next one, after the
 * last one of a row to the next row. */
void table_next(struct table *t, enum ink ink);

/* The cell being filled. Text that is not ours goes in through text_escape(). */
struct buf *table_cell(struct table *t);

/* A cell of escaped text. */
void table_add(struct table *t, enum ink ink, struct adder_str text);

/* A cell of escaped tags, ", " between them. */
void table_add_tags(struct table *t, struct adder_tags tags);

size_t table_rows(const struct table *t);

/* Prints titles and rows, `indent` spaces before each line. Columns that are empty in all
 * rows are left out. -1: memory ran out while the table was filled. */
int table_print(const struct table *t, struct out *o, unsigned indent, struct adder_error *err);

#endif
