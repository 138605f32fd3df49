#include "agent/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/lines.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"

enum { READ_SIZE = 256 * 1024, LOG_READ_SIZE = 16 * 1024 };

struct peer {
    uv_pipe_t socket, log;
    const struct peer_events *events;               /* NULL: closed, or gone */
    void (*line)(void *ctx, struct adder_str line); /* as in `events`; NULL: closed */
    void *ctx;
    struct message_reader *reader;
    struct lines *lines;
    int fd, log_fd;
    unsigned handles; /* the loop still has */
    size_t queued;    /* bytes */
    char log_buffer[LOG_READ_SIZE];
};

/* ---- Life ------------------------------------------------------------------------------- */

static void let_go(uv_handle_t *handle)
{
    struct peer *p = handle->data;

    if (--p->handles > 0)
        return;
    message_reader_free(p->reader);
    lines_free(p->lines);
    mem_free(p);
}

static void close_handle(uv_pipe_t *handle)
{
    if (!uv_is_closing((uv_handle_t *)handle))
        uv_close((uv_handle_t *)handle, let_go);
}

void peer_close(struct peer *p)
{
    if (p == NULL)
        return;
    p->events = NULL;
    p->line = NULL;
    close_handle(&p->log);
    close_handle(&p->socket); /* last: closing may be what frees it */
}

static void gone(struct peer *p, const struct adder_error *why)
{
    const struct peer_events *events = TAKE(p->events);

    uv_read_stop((uv_stream_t *)&p->socket);
    if (events != NULL)
        events->gone(p->ctx, why);
}

/* ---- Messages --------------------------------------------------------------------------- */

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct peer *p = handle->data;
    char *room = message_reader_room(p->reader, READ_SIZE);

    (void)suggested;
    *ret = uv_buf_init(room, room != NULL ? READ_SIZE : 0);
}

static void hand_out(struct peer *p)
{
    struct message m;
    struct adder_error err;
    int rc = 0;

    while (p->events != NULL && (rc = message_next(p->reader, &m, &err)) > 0)
        p->events->message(p->ctx, &m);
    if (rc < 0)
        gone(p, &err);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct peer *p = stream->data;
    struct adder_error err;

    (void)buffer;
    if (count > 0) {
        message_reader_add(p->reader, (size_t)count);
        hand_out(p);
    } else if (count == UV_EOF || count == UV_ECONNRESET) {
        gone(p, NULL);
    } else if (count < 0) {
        err_set(&err, ADDER_SYSTEM, "reading: %s", uv_strerror((int)count));
        gone(p, &err);
    }
}

struct sending {
    uv_write_t request;
    struct peer *peer;
    size_t len;
    char bytes[];
};

static void on_written(uv_write_t *request, int status)
{
    struct sending *s = (struct sending *)(void *)request;

    (void)status; /* a socket that broke is noticed by reading */
    s->peer->queued -= s->len;
    mem_free(s);
}

/* Queues what the socket did not take at once. */
static int queue(struct peer *p, const char *bytes, size_t len, struct adder_error *err)
{
    struct sending *s = mem_alloc(sizeof(*s) + len);
    uv_buf_t buffer;
    int rc;

    if (s == NULL)
        return err_nomem(err);
    s->peer = p;
    s->len = len;
    memcpy(s->bytes, bytes, len);
    buffer = uv_buf_init(s->bytes, (unsigned)len);
    rc = uv_write(&s->request, (uv_stream_t *)&p->socket, &buffer, 1, on_written);
    if (rc < 0) {
        mem_free(s);
        return err_set(err, ADDER_SYSTEM, "writing: %s", uv_strerror(rc));
    }
    p->queued += len;
    return 0;
}

int peer_send(struct peer *p, const struct message *m, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf b;
    uv_buf_t buffer;
    int sent;

    buf_init(&b, MESSAGE_BYTES_MAX);
    message_write(m, &b);
    if (buf_check(&b, err) < 0)
        return err_wrap(err, "message %s", message_name(m->type));
    if (p->queued + b.len > PEER_QUEUE_MAX)
        return err_set(err, ADDER_LIMIT, "%zu bytes wait to be read already", p->queued);
    buffer = uv_buf_init(b.data, (unsigned)b.len);
    sent = p->queued == 0 ? uv_try_write((uv_stream_t *)&p->socket, &buffer, 1) : 0;
    if (sent < 0)
        sent = 0;
    if ((size_t)sent == b.len)
        return 0;
    return queue(p, b.data + sent, b.len - (size_t)sent, err);
}

int peer_socket(const struct peer *p)
{
    return p->fd;
}

/* ---- What it prints --------------------------------------------------------------------- */

static void give_log_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct peer *p = handle->data;

    (void)suggested;
    *ret = uv_buf_init(p->log_buffer, sizeof(p->log_buffer));
}

static void on_log(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct peer *p = stream->data;

    if (count > 0)
        lines_add(p->lines, (struct adder_str){buffer->base, (size_t)count}, clock_monotonic());
    if (count >= 0)
        return;
    uv_read_stop(stream);
    lines_end(p->lines);
}

void peer_finish_log(struct peer *p)
{
    ssize_t count;

    for (size_t left = PEER_LAST_WORDS_MAX; left > 0; left -= (size_t)count) {
        size_t most = left < sizeof(p->log_buffer) ? left : sizeof(p->log_buffer);

        count = uv_is_active((uv_handle_t *)&p->log) ? read(p->log_fd, p->log_buffer, most) : 0;
        if (count <= 0)
            break;
        lines_add(p->lines, (struct adder_str){p->log_buffer, (size_t)count},
                  clock_monotonic());
    }
    lines_end(p->lines);
}

static void on_line(void *ctx, struct adder_str line)
{
    struct peer *p = ctx;

    if (p->line != NULL)
        p->line(p->ctx, line);
}

static void on_dropped(void *ctx, uint64_t count)
{
    struct peer *p = ctx;
    char text[64];
    int len = snprintf(text, sizeof(text), "(%llu lines more, too many to show)",
                       (unsigned long long)count);

    if (p->line != NULL)
        p->line(p->ctx, (struct adder_str){text, (size_t)len});
}

/* ---- New -------------------------------------------------------------------------------- */

/* Takes over `fd`. */
static int open_handle(uv_loop_t *loop, struct peer *p, uv_pipe_t *handle, int fd)
{
    int rc = uv_pipe_init(loop, handle, 0);

    if (rc == 0) {
        p->handles++;
        handle->data = p;
        rc = uv_pipe_open(handle, fd);
    }
    if (rc != 0)
        close(fd);
    return rc;
}

static int start(uv_loop_t *loop, struct peer *p, struct peer_ends ends)
{
    int rc = open_handle(loop, p, &p->socket, ends.socket);
    int log_rc = open_handle(loop, p, &p->log, ends.log);

    if (rc == 0)
        rc = log_rc;
    if (rc == 0)
        rc = uv_read_start((uv_stream_t *)&p->socket, give_room, on_read);
    if (rc == 0)
        rc = uv_read_start((uv_stream_t *)&p->log, give_log_room, on_log);
    return rc;
}

static struct peer *allocate(const struct peer_events *events, void *ctx)
{
    struct peer *p = mem_zalloc(sizeof(*p));

    if (p == NULL)
        return NULL;
    p->events = events;
    p->line = events->line;
    p->ctx = ctx;
    p->reader = message_reader_new();
    p->lines = lines_new(&(struct lines_options){
        .line_max = PEER_LINE_MAX,
        .burst = PEER_LINES_BURST,
        .rate = PEER_LINES_RATE,
        .line = on_line,
        .dropped = on_dropped,
        .ctx = p,
    });
    if (p->reader != NULL && p->lines != NULL)
        return p;
    message_reader_free(p->reader);
    lines_free(p->lines);
    mem_free(p);
    return NULL;
}

int peer_new(uv_loop_t *loop, struct peer_ends ends, const struct peer_events *events,
             void *ctx, struct peer **ret, struct adder_error *err)
{
    struct peer *p = allocate(events, ctx);
    int rc;

    if (p == NULL) {
        peer_ends_close(&ends);
        return err_nomem(err);
    }
    p->fd = ends.socket;
    p->log_fd = ends.log;
    rc = start(loop, p, ends);
    if (rc == 0) {
        *ret = p;
        return 0;
    }
    peer_close(p);
    return err_set(err, ADDER_SYSTEM, "watching a process: %s", uv_strerror(rc));
}

void peer_ends_close(struct peer_ends *e)
{
    if (e->socket >= 0)
        close(e->socket);
    if (e->log >= 0)
        close(e->log);
    *e = (struct peer_ends){-1, -1};
}

int peer_ends_new(struct peer_ends *ours, struct peer_ends *theirs, struct adder_error *err)
{
    int sockets[2], log[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        return err_errno(err, errno, "making a socket pair");
    if (pipe2(log, O_CLOEXEC) < 0) {
        int why = errno;

        close(sockets[0]);
        close(sockets[1]);
        return err_errno(err, why, "making a pipe");
    }
    *ours = (struct peer_ends){sockets[0], log[0]};
    *theirs = (struct peer_ends){sockets[1], log[1]};
    return 0;
}
