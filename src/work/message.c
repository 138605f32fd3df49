#include <string.h>

#include "work/fields.h"

static const char *const names[MESSAGE_TYPES] = {
    [MESSAGE_SPAWN] = "SPAWN",         [MESSAGE_READY] = "READY",
    [MESSAGE_LOAD] = "LOAD",           [MESSAGE_RUN] = "RUN",
    [MESSAGE_INTERRUPT] = "INTERRUPT", [MESSAGE_DROP] = "DROP",
    [MESSAGE_DIAGNOSE] = "DIAGNOSE",   [MESSAGE_STOP] = "STOP",
    [MESSAGE_HELLO] = "HELLO",         [MESSAGE_LOADED] = "LOADED",
    [MESSAGE_STARTED] = "STARTED",     [MESSAGE_DONE] = "DONE",
    [MESSAGE_DROPPED] = "DROPPED",     [MESSAGE_DIAGNOSES] = "DIAGNOSES",
    [MESSAGE_OVER] = "OVER",           [MESSAGE_CRASH] = "CRASH",
};

const char *message_name(enum message_type type)
{
    bool known = (int)type > 0 && (int)type < MESSAGE_TYPES;

    return known ? names[type] : "unknown";
}

static void put_number(struct buf *to, uint32_t number)
{
    buf_add(to, &number, sizeof(number));
}

static void put_text(struct buf *to, const struct adder_str *text)
{
    bool absent = text->ptr == NULL;

    /* One that is longer fails in the buffer, or when the frame is closed. */
    put_number(to, absent ? LENGTH_ABSENT : (uint32_t)text->len);
    if (!absent)
        buf_add(to, text->ptr, text->len);
}

static void put_error(struct buf *to, const struct message_error *e)
{
    put_number(to, e->code);
    if (e->code == 0)
        return;
    put_text(to, &e->message);
    put_text(to, &e->traceback);
}

static void put_texts(struct buf *to, const struct message *m)
{
    uint32_t count = m->done.warning_count;

    if (count > MESSAGE_TEXTS_MAX)
        count = MESSAGE_TEXTS_MAX;
    put_number(to, count);
    for (uint32_t i = 0; i < count; i++)
        put_text(to, &m->done.warnings[i]);
}

static void put_field(struct buf *to, const struct message *m, const struct field *f)
{
    const void *from = (const char *)m + f->offset;

    switch (f->type) {
    case FIELD_BYTES:
        buf_add(to, from, f->size);
        break;
    case FIELD_REAL:
        buf_add(to, from, sizeof(double));
        break;
    case FIELD_BOOL:
        buf_add_char(to, *(const bool *)from ? 1 : 0);
        break;
    case FIELD_CHOICE:
        buf_add(to, from, sizeof(uint32_t));
        break;
    case FIELD_TEXT:
        put_text(to, from);
        break;
    case FIELD_ERROR:
        put_error(to, from);
        break;
    case FIELD_TEXTS:
        put_texts(to, m);
        break;
    case FIELD_END:
        break;
    }
}

void message_write(const struct message *m, struct buf *to)
{
    struct frame_head head = {.magic = FRAME_MAGIC, .type = m->type};
    size_t start = to->len, len;

    buf_add(to, &head, sizeof(head));
    buf_add(to, &m->key, sizeof(m->key));
    for (const struct field *f = message_fields[m->type]; f->type != FIELD_END; f++)
        put_field(to, m, f);
    if (to->failed)
        return;
    len = to->len - start;
    if (len > MESSAGE_BYTES_MAX) {
        to->failed = to->too_big = true;
        return;
    }
    head.len = (uint32_t)(len - sizeof(head));
    memcpy(to->data + start, &head, sizeof(head));
}
