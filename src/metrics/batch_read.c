#include <string.h>

#include "core/err.h"
#include "core/mem.h"
#include "metrics/record.h"

struct batch_reader {
    struct adder_str bytes;
    size_t at;              /* of the next record */
    struct adder_str *tags; /* of the current one */
    size_t tags_capacity;
};

/* What is left of the record being read. */
struct cursor {
    const char *at, *end;
    struct batch_reader *reader;
    struct adder_error *err;
};

struct batch_reader *batch_reader_new(struct adder_str bytes)
{
    struct batch_reader *r = mem_zalloc(sizeof(*r));

    if (r != NULL)
        r->bytes = bytes;
    return r;
}

void batch_reader_free(struct batch_reader *r)
{
    if (r == NULL)
        return;
    mem_free(r->tags);
    mem_free(r);
}

static int get(struct cursor *c, void *to, size_t len)
{
    if ((size_t)(c->end - c->at) < len)
        return err_set(c->err, ADDER_INVALID, "it ends too early");
    memcpy(to, c->at, len);
    c->at += len;
    return 0;
}

static int get_string(struct cursor *c, struct adder_str *ret)
{
    uint32_t len = 0;

    if (get(c, &len, sizeof(len)) < 0)
        return -1;
    if (len == LENGTH_ABSENT) {
        *ret = (struct adder_str){NULL, 0};
        return 0;
    }
    if (len > (size_t)(c->end - c->at))
        return err_set(c->err, ADDER_INVALID, "a string goes past its end");
    *ret = (struct adder_str){c->at, len};
    c->at += len;
    return 0;
}

static int make_room(struct batch_reader *r, size_t count, struct adder_error *err)
{
    struct adder_str *tags;

    if (count <= r->tags_capacity && r->tags != NULL)
        return 0;
    tags = mem_realloc(r->tags, count * sizeof(*tags));
    if (tags == NULL)
        return err_nomem(err);
    r->tags = tags;
    r->tags_capacity = count;
    return 0;
}

static int get_tags(struct cursor *c, struct adder_tags *ret)
{
    uint32_t count = 0;

    if (get(c, &count, sizeof(count)) < 0)
        return -1;
    if (count == LENGTH_ABSENT) {
        *ret = (struct adder_tags){NULL, 0};
        return 0;
    }
    /* Each tag has its length at least, so a small record cannot make us allocate much. */
    if (count > BATCH_TAGS_MAX || count > (size_t)(c->end - c->at) / sizeof(uint32_t))
        return err_set(c->err, ADDER_INVALID, "%u tags are too many", count);
    if (make_room(c->reader, count, c->err) < 0)
        return -1;
    for (uint32_t i = 0; i < count; i++)
        if (get_string(c, &c->reader->tags[i]) < 0)
            return -1;
    *ret = (struct adder_tags){c->reader->tags, count};
    return 0;
}

static int get_bool(struct cursor *c, bool *ret)
{
    uint8_t byte = 0;

    if (get(c, &byte, sizeof(byte)) < 0)
        return -1;
    *ret = byte != 0;
    return 0;
}

static int get_field(struct cursor *c, const struct field *f, void *to)
{
    switch (f->type) {
    case FIELD_STRING:
        return get_string(c, to);
    case FIELD_TAGS:
        return get_tags(c, to);
    case FIELD_NUMBER64:
        return get(c, to, sizeof(uint64_t));
    case FIELD_INT:
        return get(c, to, sizeof(int));
    case FIELD_BOOL:
        return get_bool(c, to);
    case FIELD_END:
        break;
    }
    return 0;
}

/* Reads the head at the cursor and ends the cursor where the record ends. */
static int get_head(struct cursor *c, struct record_head *ret)
{
    size_t left = (size_t)(c->end - c->at);

    if (get(c, ret, sizeof(*ret)) < 0)
        return -1;
    if (ret->version != RECORD_VERSION)
        return err_set(c->err, ADDER_INVALID, "version %u is not ours", ret->version);
    if (ret->type >= RECORD_TYPES)
        return err_set(c->err, ADDER_INVALID, "type %u is unknown", ret->type);
    if (ret->size < sizeof(*ret) || ret->size > left)
        return err_set(c->err, ADDER_INVALID, "a size of %u bytes is wrong", ret->size);
    if (!(ret->time >= 0 && ret->time <= RECORD_TIME_MAX))
        return err_set(c->err, ADDER_INVALID, "a time of %g is wrong", ret->time);
    c->end = c->at - sizeof(*ret) + ret->size;
    return 0;
}

static int get_record(struct cursor *c, struct record *ret)
{
    const struct field *f;
    struct record_head head;

    if (get_head(c, &head) < 0)
        return -1;
    *ret = (struct record){.type = (enum record_type)head.type, .time = head.time};
    for (f = record_fields[head.type]; f->type != FIELD_END; f++)
        if (get_field(c, f, (char *)record_body(ret) + f->offset) < 0)
            return -1;
    if (c->at != c->end)
        return err_set(c->err, ADDER_INVALID, "%zu bytes are left over",
                       (size_t)(c->end - c->at));
    return 0;
}

int batch_read(struct batch_reader *r, struct record *ret, struct adder_error *err)
{
    struct cursor c = {.reader = r, .err = err};

    if (r->at >= r->bytes.len)
        return 0;
    c.at = r->bytes.ptr + r->at;
    c.end = r->bytes.ptr + r->bytes.len;
    if (get_record(&c, ret) < 0)
        return err_wrap(err, "record at byte %zu", r->at);
    r->at = (size_t)(c.at - r->bytes.ptr);
    return 1;
}
