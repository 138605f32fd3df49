#include <math.h>
#include <string.h>

#include "core/err.h"
#include "core/mem.h"
#include "work/fields.h"

enum {
    READER_KEEP = 1024 * 1024,          /* bytes of memory that an idle reader keeps */
    READER_MAX = 2 * MESSAGE_BYTES_MAX, /* a frame, and what came after it in one read */
};

struct message_reader {
    struct buf bytes; /* as they came */
    size_t at;        /* of the next frame */
    struct adder_str *texts;
    uint32_t texts_capacity;
};

/* What is left of the body being read. */
struct cursor {
    const char *at, *end;
    struct message_reader *reader;
    struct adder_error *err;
};

struct message_reader *message_reader_new(void)
{
    struct message_reader *r = mem_zalloc(sizeof(*r));

    if (r != NULL)
        buf_init(&r->bytes, READER_MAX);
    return r;
}

void message_reader_free(struct message_reader *r)
{
    if (r == NULL)
        return;
    buf_free(&r->bytes);
    mem_free(r->texts);
    mem_free(r);
}

/* Gives the memory of frames that have been read to those that come. */
static void forget_read(struct message_reader *r)
{
    struct buf *b = &r->bytes;

    if (r->at == 0)
        return;
    b->len -= r->at;
    if (b->len == 0 && b->cap > READER_KEEP)
        buf_free(b);
    else
        memmove(b->data, b->data + r->at, b->len);
    r->at = 0;
}

char *message_reader_room(struct message_reader *r, size_t len)
{
    char *room;

    forget_read(r);
    room = buf_reserve(&r->bytes, len);
    r->bytes.failed = r->bytes.too_big = false; /* there may be memory the next time */
    return room;
}

void message_reader_add(struct message_reader *r, size_t len)
{
    r->bytes.len += len;
}

static int get(struct cursor *c, void *to, size_t len)
{
    if ((size_t)(c->end - c->at) < len)
        return err_set(c->err, ADDER_INVALID, "it ends too early");
    memcpy(to, c->at, len);
    c->at += len;
    return 0;
}

static int get_real(struct cursor *c, double *ret)
{
    if (get(c, ret, sizeof(*ret)) < 0)
        return -1;
    return isfinite(*ret) ? 0 : err_set(c->err, ADDER_INVALID, "a number is not finite");
}

static int get_bool(struct cursor *c, bool *ret)
{
    uint8_t byte = 0;

    if (get(c, &byte, sizeof(byte)) < 0)
        return -1;
    *ret = byte != 0;
    return byte <= 1 ? 0 : err_set(c->err, ADDER_INVALID, "%u is no truth value", byte);
}

static int get_choice(struct cursor *c, uint32_t count, uint32_t *ret)
{
    if (get(c, ret, sizeof(*ret)) < 0)
        return -1;
    return *ret < count ? 0 : err_set(c->err, ADDER_INVALID, "choice %u is unknown", *ret);
}

static int get_text(struct cursor *c, struct adder_str *ret)
{
    uint32_t len = 0;

    if (get(c, &len, sizeof(len)) < 0)
        return -1;
    if (len == LENGTH_ABSENT) {
        *ret = (struct adder_str){NULL, 0};
        return 0;
    }
    if (len > (size_t)(c->end - c->at))
        return err_set(c->err, ADDER_INVALID, "a text goes past its end");
    *ret = (struct adder_str){c->at, len};
    c->at += len;
    return 0;
}

static int get_error(struct cursor *c, struct message_error *ret)
{
    if (get_choice(c, ADDER_REFUSED + 1, &ret->code) < 0)
        return -1;
    ret->message = ret->traceback = (struct adder_str){NULL, 0};
    if (ret->code == 0)
        return 0;
    if (get_text(c, &ret->message) < 0)
        return -1;
    return get_text(c, &ret->traceback);
}

static int make_room(struct message_reader *r, uint32_t count, struct adder_error *err)
{
    struct adder_str *texts;

    if (count <= r->texts_capacity)
        return 0;
    texts = mem_realloc(r->texts, count * sizeof(*texts));
    if (texts == NULL)
        return err_nomem(err);
    r->texts = texts;
    r->texts_capacity = count;
    return 0;
}

static int get_texts(struct cursor *c, struct message *m)
{
    struct message_reader *r = c->reader;
    uint32_t count = 0;

    if (get(c, &count, sizeof(count)) < 0)
        return -1;
    if (count > MESSAGE_TEXTS_MAX)
        return err_set(c->err, ADDER_INVALID, "%u texts are too many", count);
    if (make_room(r, count, c->err) < 0)
        return -1;
    for (uint32_t i = 0; i < count; i++)
        if (get_text(c, &r->texts[i]) < 0)
            return -1;
    m->done.warnings = r->texts;
    m->done.warning_count = count;
    return 0;
}

static int get_field(struct cursor *c, const struct field *f, struct message *m)
{
    void *to = (char *)m + f->offset;

    switch (f->type) {
    case FIELD_BYTES:
        return get(c, to, f->size);
    case FIELD_REAL:
        return get_real(c, to);
    case FIELD_BOOL:
        return get_bool(c, to);
    case FIELD_CHOICE:
        return get_choice(c, f->size, to);
    case FIELD_TEXT:
        return get_text(c, to);
    case FIELD_ERROR:
        return get_error(c, to);
    case FIELD_TEXTS:
        return get_texts(c, m);
    case FIELD_END:
        break;
    }
    return 0;
}

static int get_body(struct cursor *c, struct message *m)
{
    if (get(c, &m->key, sizeof(m->key)) < 0)
        return -1;
    for (const struct field *f = message_fields[m->type]; f->type != FIELD_END; f++)
        if (get_field(c, f, m) < 0)
            return -1;
    if (c->at != c->end)
        return err_set(c->err, ADDER_INVALID, "%zu bytes are left over",
                       (size_t)(c->end - c->at));
    return 0;
}

static int check_head(const struct frame_head *head, struct adder_error *err)
{
    if (head->magic != FRAME_MAGIC)
        return err_set(err, ADDER_INVALID, "a message begins with %08x, not ours", head->magic);
    if (head->type == 0 || head->type >= MESSAGE_TYPES)
        return err_set(err, ADDER_INVALID, "message type %u is unknown", head->type);
    if (head->len > MESSAGE_BYTES_MAX - sizeof(*head))
        return err_set(err, ADDER_LIMIT, "message %s of %u bytes is too long",
                       message_name(head->type), head->len);
    return 0;
}

int message_next(struct message_reader *r, struct message *ret, struct adder_error *err)
{
    size_t left = r->bytes.len - r->at;
    const char *from = left > 0 ? r->bytes.data + r->at : NULL;
    struct cursor c = {.reader = r, .err = err};
    struct frame_head head;

    if (left < sizeof(head))
        return 0;
    memcpy(&head, from, sizeof(head));
    if (check_head(&head, err) < 0)
        return -1;
    if (left - sizeof(head) < head.len)
        return 0;
    c.at = from + sizeof(head);
    c.end = c.at + head.len;
    memset(ret, 0, sizeof(*ret));
    ret->type = (enum message_type)head.type;
    if (get_body(&c, ret) < 0)
        return err_wrap(err, "message %s", message_name(head.type));
    r->at += sizeof(head) + head.len;
    return 1;
}
