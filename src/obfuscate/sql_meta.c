#include "obfuscate/sql_meta.h"

#include <string.h>

#include "core/err.h"
#include "core/str.h"
#include "core/text.h"
#include "obfuscate/sql_write.h"

enum { NAME_MAX_BYTES = 4096 }; /* a longer name is left out */

/* ---- Life ------------------------------------------------------------------------------- */

int sql_meta_init(struct sql_meta *m, const struct sql_options *o, struct adder_error *err)
{
    struct sql_found *const all[] = {&m->tables, &m->commands, &m->comments, &m->procedures};

    *m = (struct sql_meta){.options = o};
    buf_init(&m->name, NAME_MAX_BYTES);
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        buf_init(&all[i]->text, (size_t)-1);
    m->ctes = map_new();
    if (m->ctes == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        bool repeats = o->mode == SQL_MODE_OLD && all[i] != &m->tables;

        all[i]->seen = repeats ? NULL : map_new();
        if (!repeats && all[i]->seen == NULL)
            return err_nomem(err);
    }
    return 0;
}

void sql_meta_free(struct sql_meta *m)
{
    struct sql_found *const all[] = {&m->tables, &m->commands, &m->comments, &m->procedures};

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        buf_free(&all[i]->text);
        map_free(all[i]->seen, NULL);
    }
    map_free(m->ctes, NULL);
    buf_free(&m->name);
}

/* ---- Keeping ---------------------------------------------------------------------------- */

/* Whether `text` was not in the set; it then is. */
static bool is_fresh(struct sql_meta *m, struct map *set, struct adder_str text)
{
    if (set == NULL)
        return true;
    if (map_get(set, text) != NULL)
        return false;
    if (map_set(set, text, m, NULL) < 0)
        m->no_memory = true;
    return true;
}

static void keep(struct sql_meta *m, struct sql_found *f, struct adder_str text)
{
    bool csv = f == &m->tables;

    if (!is_fresh(m, f->seen, text))
        return;
    if (f->count++ > 0) {
        buf_add_char(&f->text, ',');
        m->size += csv && m->options->mode == SQL_MODE_OLD;
    }
    m->size += text.len;
    if (csv)
        buf_add(&f->text, text.ptr, text.len);
    else
        text_json(&f->text, text);
}

static void keep_comment(struct sql_meta *m, struct adder_str text)
{
    CLEANUP(buf_free) struct buf line;

    buf_init(&line, text.len);
    buf_add(&line, text.ptr, text.len);
    for (size_t i = 0; i < line.len && m->options->mode == SQL_MODE_OLD; i++)
        if (line.data[i] == '\n')
            line.data[i] = ' ';
    if (line.failed)
        m->no_memory = true;
    else
        keep(m, &m->comments, str_trim((struct adder_str){line.data, line.len}));
}

static void keep_command(struct sql_meta *m, const struct sql_keyword *k)
{
    char upper[16];
    size_t len = strlen(k->name);

    for (size_t i = 0; i < len; i++)
        upper[i] = (char)(k->name[i] - ('a' - 'A'));
    keep(m, &m->commands, (struct adder_str){upper, len});
}

/* ---- Names ------------------------------------------------------------------------------ */

static void add_part(struct sql_meta *m, struct adder_str text)
{
    if (m->options->replace_digits)
        sql_add_without_digits(&m->name, text);
    else
        buf_add(&m->name, text.ptr, text.len);
}

static void end_name(struct sql_meta *m)
{
    struct adder_str name = {m->name.data, m->name.len};

    if (m->name.failed)
        m->no_memory = m->no_memory || !m->name.too_big;
    else if (m->naming == SQL_TABLE_NAME && name.len > 0 && map_get(m->ctes, name) == NULL)
        keep(m, &m->tables, name);
    else if (m->naming == SQL_PROCEDURE_NAME && name.len > 0)
        keep(m, &m->procedures, name);
    m->naming = SQL_NO_NAME;
    m->after_dot = false;
    buf_clear(&m->name);
}

static struct adder_str name_of(const struct sql_token *t)
{
    const unsigned no_name = SQL_STATEMENT | SQL_TRANSPARENT;

    if (t->kind == SQL_QUOTED || t->kind == SQL_DOUBLE)
        return t->inner;
    if (t->kind == SQL_WORD && (t->keyword == NULL || (t->keyword->flags & no_name) == 0))
        return t->text;
    return (struct adder_str){0};
}

/* Whether the token belongs to the name that was begun. */
static bool goes_on(struct sql_meta *m, const struct sql_token *t)
{
    bool later = m->options->mode != SQL_MODE_OLD;

    if (m->naming == SQL_NO_NAME || !later || t->spaced)
        return false;
    if (t->kind == SQL_PUNCT && t->text.ptr[0] == '.') {
        m->after_dot = true;
        return true;
    }
    if (!m->after_dot || name_of(t).ptr == NULL)
        return false;
    buf_add_char(&m->name, '.');
    add_part(m, name_of(t));
    m->after_dot = false;
    return true;
}

/* What kind of name a keyword says comes next. */
static void expect_name(struct sql_meta *m, unsigned flags)
{
    bool later = m->options->mode != SQL_MODE_OLD;
    unsigned tables = SQL_TABLE_NEXT | (later ? SQL_LATER_TABLE : 0);

    if ((flags & tables) != 0 && !m->key && m->options->table_names)
        m->next = SQL_TABLE_NAME;
    else if ((flags & SQL_PROCEDURE_NEXT) != 0 && later && m->options->collect_procedures)
        m->next = SQL_PROCEDURE_NAME;
    else if ((flags & SQL_TRANSPARENT) == 0)
        m->next = SQL_NO_NAME;
    if ((flags & SQL_CLAUSE) != 0)
        m->from = false;
    if ((flags & SQL_IS_FROM) != 0 && later) {
        m->from = true;
        m->from_depth = m->depth;
    }
}

static void note_punct(struct sql_meta *m, char c)
{
    m->depth += c == '(';
    m->depth -= c == ')' && m->depth > 0;
    m->next = SQL_NO_NAME;
    m->key = false;
    if (c == ';' || m->depth < m->from_depth)
        m->from = false;
    if (c == ',' && m->from && m->depth == m->from_depth && m->options->table_names)
        m->next = SQL_TABLE_NAME;
}

/* WITH name AS ( */
static void note_cte(struct sql_meta *m, const struct sql_token *t, unsigned flags)
{
    bool opens = t->kind == SQL_PUNCT && t->text.ptr[0] == '(';

    if (m->as && opens && m->with)
        is_fresh(m, m->ctes, m->before);
    m->with = m->with || (flags & SQL_IS_WITH) != 0;
    m->as = (flags & SQL_IS_AS) != 0 && m->before.ptr != NULL;
    if (!m->as)
        m->before = name_of(t);
}

static void note_keyword(struct sql_meta *m, unsigned flags, const struct sql_keyword *k)
{
    bool later = m->options->mode != SQL_MODE_OLD;
    unsigned commands = SQL_COMMAND | (later ? SQL_LATER_COMMAND : 0);

    if ((flags & commands) != 0 && m->options->collect_commands)
        keep_command(m, k);
    expect_name(m, flags);
    m->key = (flags & SQL_NAMES_KEY) != 0;
}

void sql_meta_token(struct sql_meta *m, const struct sql_token *t)
{
    unsigned flags = t->kind == SQL_WORD && t->keyword != NULL ? t->keyword->flags : 0;
    struct adder_str name;

    if (m->options->mode == SQL_MODE_OBFUSCATE)
        return;
    if (t->kind == SQL_COMMENT) {
        if (m->options->collect_comments)
            keep_comment(m, t->text);
        return;
    }
    if (goes_on(m, t))
        return;
    end_name(m);
    note_cte(m, t, flags);
    name = name_of(t);
    if (m->next != SQL_NO_NAME && name.ptr != NULL) {
        m->naming = m->next;
        m->next = SQL_NO_NAME;
        m->key = false;
        add_part(m, name);
        return;
    }
    if (t->kind == SQL_PUNCT)
        note_punct(m, t->text.ptr[0]);
    else
        note_keyword(m, flags, t->keyword);
}

/* ---- Writing ---------------------------------------------------------------------------- */

static void add_list(struct buf *out, const char *key, const struct sql_found *f, bool null)
{
    buf_printf(out, ",\"%s\":", key);
    if (null && f->count == 0)
        buf_add_str(out, "null");
    else {
        buf_add_char(out, '[');
        buf_add(out, f->text.data, f->text.len);
        buf_add_char(out, ']');
    }
}

int sql_meta_write(struct sql_meta *m, struct buf *out, struct adder_error *err)
{
    bool null = m->options->mode <= SQL_MODE_OBFUSCATE;
    const struct sql_found *const all[] = {&m->tables, &m->commands, &m->comments,
                                           &m->procedures};

    end_name(m);
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (m->no_memory || all[i]->text.failed)
            return err_nomem(err);
    buf_printf(out, "{\"Size\":%zu,\"tables_csv\":", m->size);
    text_json(out, (struct adder_str){m->tables.text.data, m->tables.text.len});
    add_list(out, "commands", &m->commands, null);
    add_list(out, "comments", &m->comments, null);
    add_list(out, "procedures", &m->procedures, null);
    buf_add_char(out, '}');
    return 0;
}
