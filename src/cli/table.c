#include "cli/table.h"

#include <string.h>

#include "cli/text.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

enum {
    GAP = 2,          /* columns between columns */
    WRAP_LEAST = 24,  /* columns narrower than this go below their row */
    BELOW = 4,        /* how far they are moved in there */
    COLUMN_MAX = 200, /* of a column; spaces up to the longest of all texts could be endless */
    TABLE_MAX = 1 << 30, /* bytes of text */
    CELLS_FIRST = 256,
};

struct cell {
    size_t at, len; /* in `text`; offsets, as the buffer moves while it grows */
    enum ink ink;
};

struct table {
    const struct table_column *columns;
    size_t column_count;
    struct buf text;
    struct cell *cells;
    size_t count, capacity;
    size_t start; /* of the cell being filled */
    bool failed;
};

/* How a table is laid out on this terminal. */
struct layout {
    size_t indent;
    size_t width[TABLE_COLUMNS_MAX]; /* 0: the column is left out */
    bool below;                      /* columns that wrap go below their row */
    bool lines;                      /* a row is one line, texts as long as they are */
};

/* The cells of a row, what is left of each to be printed. */
struct row {
    struct adder_str text[TABLE_COLUMNS_MAX];
    enum ink ink[TABLE_COLUMNS_MAX];
};

struct table *table_new(const struct table_column *columns, size_t count)
{
    struct table *t = mem_zalloc(sizeof(*t));

    if (t == NULL)
        return NULL;
    t->columns = columns;
    t->column_count = count;
    buf_init(&t->text, TABLE_MAX);
    return t;
}

void table_free(struct table *t)
{
    if (t == NULL)
        return;
    buf_free(&t->text);
    mem_free(t->cells);
    mem_free(t);
}

struct buf *table_cell(struct table *t)
{
    return &t->text;
}

void table_next(struct table *t, enum ink ink)
{
    if (t->count == t->capacity) {
        size_t capacity = t->capacity > 0 ? 2 * t->capacity : CELLS_FIRST;
        struct cell *cells = mem_realloc(t->cells, capacity * sizeof(*cells));

        t->failed |= cells == NULL;
        if (cells == NULL)
            return;
        t->cells = cells;
        t->capacity = capacity;
    }
    t->cells[t->count++] = (struct cell){t->start, t->text.len - t->start, ink};
    t->start = t->text.len;
}

void table_add(struct table *t, enum ink ink, struct adder_str text)
{
    text_escape(&t->text, text, false);
    table_next(t, ink);
}

void table_add_tags(struct table *t, struct adder_tags tags)
{
    for (size_t i = 0; i < tags.count; i++) {
        buf_add_str(&t->text, i > 0 ? ", " : "");
        text_escape(&t->text, tags.items[i], false);
    }
    table_next(t, INK_PLAIN);
}

size_t table_rows(const struct table *t)
{
    return t->count / t->column_count;
}

static struct adder_str cell_text(const struct table *t, size_t row, size_t column)
{
    const struct cell *c = &t->cells[row * t->column_count + column];

    return (struct adder_str){t->text.data + c->at, c->len};
}

static size_t column_width(const struct table *t, size_t column)
{
    size_t widest = 0;

    for (size_t row = 0; row < table_rows(t); row++) {
        size_t width = text_width(cell_text(t, row, column));

        widest = width > widest ? width : widest;
    }
    if (widest > 0 && strlen(t->columns[column].title) > widest)
        widest = strlen(t->columns[column].title);
    return widest < COLUMN_MAX ? widest : COLUMN_MAX;
}

/* What the columns that wrap take when none may be wider than `cap`; or, with `cap` 0, what the
 * others take. */
static size_t taken(const struct table *t, const struct layout *l, size_t cap)
{
    size_t sum = 0;

    for (size_t i = 0; i < t->column_count; i++) {
        size_t width = l->width[i];

        if (width == 0)
            continue;
        if (t->columns[i].wrap)
            sum += width < cap ? width : cap;
        else if (cap == 0)
            sum += width;
        sum += cap == 0 ? GAP : 0;
    }
    return sum;
}

static struct layout lay_out(const struct table *t, const struct out *o, unsigned indent)
{
    struct layout l = {.indent = indent, .lines = o->width == 0};
    size_t fixed, room, cap;

    for (size_t i = 0; i < t->column_count; i++)
        l.width[i] = column_width(t, i);
    if (l.lines)
        return l;
    fixed = indent + taken(t, &l, 0) - GAP;
    room = cap = o->width > fixed ? o->width - fixed : 0;
    while (cap > 0 && taken(t, &l, cap) > room)
        cap--;
    for (size_t i = 0; i < t->column_count; i++) {
        if (!t->columns[i].wrap || l.width[i] <= cap)
            continue;
        l.width[i] = cap;
        l.below |= cap < WRAP_LEAST;
    }
    return l;
}

static void spaces(struct out *o, size_t count)
{
    fprintf(o->file, "%*s", (int)count, "");
}

/* Takes what fits `columns` (SIZE_MAX: all) off the cell. */
static struct adder_str take(struct adder_str *cell, size_t columns)
{
    struct adder_str part = {cell->ptr, text_wrap(*cell, columns)};
    size_t len = part.len;

    while (len < cell->len && cell->ptr[len] == ' ')
        len++;
    *cell = (struct adder_str){cell->ptr + len, cell->len - len};
    return part;
}

/* One line of a row; spaces are written only once text follows them. Returns whether there is
 * more for another line. */
static bool print_line(const struct table *t, struct out *o, const struct layout *l,
                       struct row *row)
{
    size_t pending = l->indent;
    bool more = false;

    for (size_t i = 0; i < t->column_count; i++) {
        struct adder_str part;
        size_t width, pad;

        if (l->width[i] == 0 || (l->below && t->columns[i].wrap))
            continue;
        part = take(&row->text[i], l->lines ? SIZE_MAX : l->width[i]);
        more |= row->text[i].len > 0;
        width = text_width(part);
        pad = width < l->width[i] ? l->width[i] - width : 0;
        if (part.len > 0) {
            spaces(o, pending + (t->columns[i].right ? pad : 0));
            out_ink(o, row->ink[i], part.ptr, part.len);
            pending = t->columns[i].right ? 0 : pad;
        } else {
            pending += pad;
        }
        pending += GAP;
    }
    fputc('\n', o->file);
    return more;
}

static void print_row(const struct table *t, struct out *o, const struct layout *l,
                      struct row *row)
{
    size_t at = l->indent + BELOW;

    while (print_line(t, o, l, row))
        ;
    for (size_t i = 0; l->below && i < t->column_count; i++) {
        while (t->columns[i].wrap && row->text[i].len > 0) {
            struct adder_str part = take(&row->text[i], o->width > at ? o->width - at : 1);

            spaces(o, at);
            out_ink(o, row->ink[i], part.ptr, part.len);
            fputc('\n', o->file);
        }
    }
}

int table_print(const struct table *t, struct out *o, unsigned indent, struct adder_error *err)
{
    struct layout l;
    struct row row;

    if (buf_check(&t->text, err) < 0)
        return -1;
    if (t->failed)
        return err_nomem(err);
    l = lay_out(t, o, indent);
    for (size_t i = 0; i < t->column_count; i++) {
        row.text[i] = str_of(l.width[i] > 0 ? t->columns[i].title : "");
        row.ink[i] = INK_DIM;
    }
    print_row(t, o, &l, &row);
    for (size_t n = 0; n < table_rows(t); n++) {
        for (size_t i = 0; i < t->column_count; i++) {
            row.text[i] = cell_text(t, n, i);
            row.ink[i] = t->cells[n * t->column_count + i].ink;
        }
        print_row(t, o, &l, &row);
    }
    return 0;
}
