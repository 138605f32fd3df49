#include "server/tail.h"

#include <inttypes.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "server/filter.h"
#include "server/peers.h"
#include "server/server.h"

enum {
    BLOCK = 16 * 1024,     /* bytes that libmicrohttpd asks for at a time */
    NOTE_MAX = 80,         /* bytes of an event that tells of lost lines */
    KEPT_MAX = 256 * 1024, /* bytes of memory that an emptied buffer may keep */
};

struct tail {
    struct tail *next, *prev;
    struct tails *tails;
    struct tail **home;                /* where the request keeps it; NULL: it has ended */
    struct MHD_Connection *connection; /* NULL: it has ended */
    char *filter;
    struct buf waiting;
    size_t sent;      /* bytes of `waiting` that are on their way */
    uint64_t lost;    /* lines, not yet told */
    double active_at; /* when something was put in last */
    bool suspended, ending;
};

struct tails {
    struct tails_options options;
    struct tail *first;
    unsigned count;
    uint64_t lines, lost;
};

struct tails *tails_new(const struct tails_options *options)
{
    struct tails *t = mem_zalloc(sizeof(*t));

    if (t != NULL)
        t->options = *options;
    return t;
}

void tails_free(struct tails *t)
{
    mem_free(t);
}

/* ---- One client ------------------------------------------------------------------------ */

static void wake(struct tail *tail)
{
    if (!tail->suspended || tail->connection == NULL)
        return;
    tail->suspended = false;
    MHD_resume_connection(tail->connection);
}

static void end(struct tail *tail)
{
    tail->ending = true;
    wake(tail);
}

/* Forgets what has been sent. */
static void compact(struct tail *tail)
{
    struct buf *b = &tail->waiting;

    if (tail->sent == b->len) {
        buf_clear(b);
        if (b->cap > KEPT_MAX)
            buf_free(b);
    } else {
        memmove(b->data, b->data + tail->sent, b->len - tail->sent);
        b->len -= tail->sent;
    }
    tail->sent = 0;
}

/* Whether so many more bytes may wait; makes room for them. */
static bool has_room(struct tail *tail, size_t len)
{
    struct buf *b = &tail->waiting;
    bool fits = len <= b->max && b->len - tail->sent <= b->max - len;

    if (fits && (len > b->max - b->len || tail->sent > b->len / 2))
        compact(tail);
    if (!fits || buf_reserve(b, len) != NULL)
        return fits;
    b->failed = b->too_big = false; /* no memory now, perhaps later */
    return false;
}

static void put(struct tail *tail, const char *before, struct adder_str text)
{
    buf_add_str(&tail->waiting, before);
    buf_add(&tail->waiting, text.ptr, text.len);
    buf_add_str(&tail->waiting, "\n\n");
    tail->active_at = tail->tails->options.now(tail->tails->options.ctx);
    wake(tail);
}

static void tell_lost(struct tail *tail)
{
    char note[NOTE_MAX];

    snprintf(note, sizeof(note), "event: lost\ndata: {\"lines\":%" PRIu64 "}", tail->lost);
    tail->lost = 0;
    put(tail, note, str_of(""));
}

static void offer(struct tail *tail, struct adder_str json)
{
    /* Room for the note is kept, so that a client that loses lines is told in time. */
    if (!has_room(tail, json.len + sizeof("data: \n\n") + NOTE_MAX)) {
        tail->lost++;
        tail->tails->lost++;
        return;
    }
    if (tail->lost > 0)
        tell_lost(tail);
    put(tail, "data: ", json);
    tail->tails->lines++;
}

static ssize_t read_tail(void *cls, uint64_t at, char *to, size_t max)
{
    struct tail *tail = cls;
    size_t len = tail->waiting.len - tail->sent;

    (void)at;
    if (tail->ending)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (len == 0 && tail->lost > 0 && has_room(tail, NOTE_MAX)) {
        tell_lost(tail);
        len = tail->waiting.len - tail->sent;
    }
    if (len == 0) {
        tail->suspended = true;
        MHD_suspend_connection(tail->connection);
        return 0;
    }
    if (len > max)
        len = max;
    memcpy(to, tail->waiting.data + tail->sent, len);
    tail->sent += len;
    if (tail->sent == tail->waiting.len)
        compact(tail);
    return (ssize_t)len;
}

void tail_leave(struct tail *tail)
{
    if (tail == NULL)
        return;
    tail->connection = NULL;
    tail->home = NULL;
}

static void free_tail(void *cls)
{
    struct tail *tail = cls;

    if (tail->home != NULL)
        *tail->home = NULL;
    if (tail->next != NULL)
        tail->next->prev = tail->prev;
    *(tail->prev != NULL ? &tail->prev->next : &tail->tails->first) = tail->next;
    tail->tails->count--;
    buf_free(&tail->waiting);
    mem_free(tail->filter);
    mem_free(tail);
}

/* ---- All of them ----------------------------------------------------------------------- */

static struct tail *new_tail(struct tails *t, struct adder_str filter)
{
    struct tail *tail = mem_zalloc(sizeof(*tail));

    if (tail == NULL || (tail->filter = mem_strndup(filter.ptr, filter.len)) == NULL) {
        mem_free(tail);
        return NULL;
    }
    tail->tails = t;
    buf_init(&tail->waiting, t->options.bytes);
    tail->next = t->first;
    if (tail->next != NULL)
        tail->next->prev = tail;
    t->first = tail;
    t->count++;
    return tail;
}

struct MHD_Response *tails_add(struct tails *t, struct MHD_Connection *c,
                               struct adder_str filter, struct tail **ret,
                               struct adder_error *err)
{
    struct MHD_Response *response = NULL;
    struct tail *tail;

    if (t->count >= SERVER_TAILS_MAX) {
        err_set(err, ADDER_LIMIT, "%d clients follow the metrics already", SERVER_TAILS_MAX);
        return NULL;
    }
    tail = new_tail(t, filter);
    if (tail != NULL)
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_tail, tail,
                                                     free_tail);
    if (response == NULL) {
        if (tail != NULL)
            free_tail(tail);
        err_nomem(err);
        return NULL;
    }
    tail->connection = c;
    tail->home = ret;
    *ret = tail;
    /* Something must be sent, or the client would not know that it has got through. */
    if (has_room(tail, NOTE_MAX))
        put(tail, "retry: 3000", str_of(""));
    return response;
}

void tails_line(struct tails *t, struct adder_str id, struct adder_str name,
                struct adder_str json)
{
    for (struct tail *i = t->first; i != NULL; i = i->next) {
        struct adder_str filter = str_of(i->filter);

        if (i->connection != NULL && (filter_fits(filter, id) || filter_fits(filter, name)))
            offer(i, json);
    }
}

void tails_sweep(struct tails *t)
{
    double now = t->options.now(t->options.ctx);

    for (struct tail *i = t->first; i != NULL; i = i->next) {
        if (i->connection == NULL)
            continue;
        if (i->suspended && peer_has_left(i->connection))
            end(i);
        else if (now - i->active_at >= t->options.heartbeat_s && has_room(i, NOTE_MAX))
            put(i, ":", str_of(""));
    }
}

void tails_end(struct tails *t)
{
    for (struct tail *i = t->first; i != NULL; i = i->next)
        end(i);
}

unsigned tails_count(const struct tails *t)
{
    return t->count;
}

uint64_t tails_lines(const struct tails *t)
{
    return t->lines;
}

uint64_t tails_lost(const struct tails *t)
{
    return t->lost;
}
