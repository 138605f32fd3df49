#include "work/outbox.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

#include "core/err.h"
#include "core/mem.h"

struct parcel {
    struct parcel *next;
    struct buf bytes;
    size_t sent;
};

/*
 * The lock is one that a signal handler can take: held for a few operations and one send() that
 * does not wait, by a thread that takes it with a compare-and-swap.
 */
struct outbox {
    int socket, wake;
    atomic_bool locked;
    struct parcel *first, **last;
};

int outbox_new(int socket, int wake, struct outbox **ret, struct adder_error *err)
{
    struct outbox *o = mem_zalloc(sizeof(*o));

    if (o == NULL)
        return err_nomem(err);
    o->socket = socket;
    o->wake = wake;
    o->last = &o->first;
    *ret = o;
    return 0;
}

static void parcel_free(struct parcel *p)
{
    if (p == NULL)
        return;
    buf_free(&p->bytes);
    mem_free(p);
}

void outbox_free(struct outbox *o)
{
    struct parcel *p, *next;

    if (o == NULL)
        return;
    for (p = o->first; p != NULL; p = next) {
        next = p->next;
        parcel_free(p);
    }
    mem_free(o);
}

static bool try_lock(struct outbox *o)
{
    return !atomic_exchange_explicit(&o->locked, true, memory_order_acquire);
}

static void lock(struct outbox *o)
{
    while (!try_lock(o))
        sched_yield();
}

static void unlock(struct outbox *o)
{
    atomic_store_explicit(&o->locked, false, memory_order_release);
}

/* Sends what goes out now. Bytes sent; those of a broken socket count as sent. */
static size_t send_some(int socket, const char *bytes, size_t len)
{
    ssize_t n;

    do
        n = send(socket, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n >= 0)
        return (size_t)n;
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : len;
}

/* The lock must be held. The parcels that are done, for the caller to free without it. */
static struct parcel *send_queued(struct outbox *o)
{
    struct parcel *done = NULL;

    while (o->first != NULL) {
        struct parcel *p = o->first;

        p->sent += send_some(o->socket, p->bytes.data + p->sent, p->bytes.len - p->sent);
        if (p->sent < p->bytes.len)
            break;
        o->first = p->next;
        if (o->first == NULL)
            o->last = &o->first;
        p->next = done;
        done = p;
    }
    return done;
}

static void free_all(struct parcel *p)
{
    while (p != NULL) {
        struct parcel *next = p->next;

        parcel_free(p);
        p = next;
    }
}

static void enqueue(struct outbox *o, struct parcel *p)
{
    struct parcel *done;
    bool rest;

    lock(o);
    *o->last = p;
    o->last = &p->next;
    done = send_queued(o);
    rest = o->first != NULL;
    unlock(o);
    free_all(done);
    if (rest)
        eventfd_write(o->wake, 1);
}

int outbox_send(struct outbox *o, const struct message *m, struct adder_error *err)
{
    struct parcel *p = mem_zalloc(sizeof(*p));

    if (p == NULL)
        return err_nomem(err);
    buf_init(&p->bytes, MESSAGE_BYTES_MAX);
    message_write(m, &p->bytes);
    if (buf_check(&p->bytes, err) < 0) {
        parcel_free(p);
        return err_wrap(err, "message %s", message_name(m->type));
    }
    enqueue(o, p);
    return 0;
}

void outbox_flush(struct outbox *o)
{
    struct parcel *done;

    lock(o);
    done = send_queued(o);
    unlock(o);
    free_all(done);
}

bool outbox_pending(struct outbox *o)
{
    bool pending;

    lock(o);
    pending = o->first != NULL;
    unlock(o);
    return pending;
}

/* ---- From a handler of signals ---------------------------------------------------------- */

static void pause_ms(void)
{
    const struct timespec ms = {.tv_nsec = 1000 * 1000};

    nanosleep(&ms, NULL);
}

void outbox_urgent(struct outbox *o, const void *frame, size_t len)
{
    const char *bytes = frame;
    size_t sent = 0;
    bool mine = false;

    for (int ms = 0; ms < OUTBOX_URGENT_MS && sent < len; ms++) {
        if (!mine && try_lock(o)) {
            mine = o->first == NULL || o->first->sent == 0;
            if (!mine)
                unlock(o);
        }
        if (mine)
            sent += send_some(o->socket, bytes + sent, len - sent);
        if (sent < len)
            pause_ms();
    }
    if (mine)
        unlock(o);
}
