#include "work/nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "work/message.h"
#include "work/signals.h"
#include "work/warm.h"
#include "work/worker.h"

enum {
    READ_BYTES = 4096,
    FDS_MAX = 32,        /* descriptors that have come and whose message has not */
    OOM_SCORE_ADJ = 500, /* of workers */
    ADOPTION_S = 3,      /* for a worker to become the supervisor's child */
    SOCKET_MIN = 500, /* a worker's socket gets a number that checks do not happen to close */
};

/* What comes with a SPAWN, in this order. */
enum { FD_SOCKET, FD_LOG, FDS };

struct nursery {
    const struct nursery_options *options;
    struct message_reader *reader;
    int fds[FDS_MAX];
    size_t fd_count;
};

static void nursery_end(struct nursery *n)
{
    for (size_t i = 0; i < n->fd_count; i++)
        close(n->fds[i]);
    n->fd_count = 0;
    message_reader_free(TAKE(n->reader));
}

/* ---- Messages --------------------------------------------------------------------------- */

/* Blocks; the socket is the nursery's alone. */
static int say(int socket, const struct message *m, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf b;

    buf_init(&b, MESSAGE_BYTES_MAX);
    message_write(m, &b);
    if (buf_check(&b, err) < 0)
        return -1;
    for (size_t sent = 0; sent < b.len;) {
        ssize_t n = send(socket, b.data + sent, b.len - sent, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR)
            return err_errno(err, errno, "writing to the supervisor");
        sent += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int take_fds(struct nursery *n, struct msghdr *head, struct adder_error *err)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c != NULL; c = CMSG_NXTHDR(head, c)) {
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
            if (n->fd_count == FDS_MAX) {
                close(fd);
                return err_set(err, ADDER_LIMIT, "too many descriptors");
            }
            n->fds[n->fd_count++] = fd;
        }
    }
    return 0;
}

/* 1, 0 at the end of the stream, -1. */
static int receive(struct nursery *n, struct adder_error *err)
{
    union {
        char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {message_reader_room(n->reader, READ_BYTES), READ_BYTES};
    struct msghdr head = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = sizeof(control.space),
    };
    ssize_t len;

    if (part.iov_base == NULL)
        return err_nomem(err);
    do
        len = recvmsg(n->options->socket, &head, MSG_CMSG_CLOEXEC);
    while (len < 0 && errno == EINTR);
    if (len < 0 && errno != ECONNRESET)
        return err_errno(err, errno, "reading from the supervisor");
    if (len <= 0)
        return 0;
    message_reader_add(n->reader, (size_t)len);
    return take_fds(n, &head, err) < 0 ? -1 : 1;
}

/* ---- Becoming a worker ------------------------------------------------------------------ */

static bool has_hung_up(int socket)
{
    struct pollfd p = {.fd = socket, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0;
}

/* Until the process between has ended, the parent is another. */
static int wait_for_parent(pid_t supervisor, int socket, struct adder_error *err)
{
    const struct timespec pause = {.tv_nsec = 200 * 1000};
    double until = clock_monotonic() + ADOPTION_S;

    while (getppid() != supervisor) {
        if (clock_monotonic() > until)
            return err_set(err, ADDER_STATE, "process %d did not become the parent",
                           (int)supervisor);
        if (has_hung_up(socket))
            return err_set(err, ADDER_STATE, "the supervisor has gone");
        nanosleep(&pause, NULL);
    }
    prctl(PR_SET_PDEATHSIG, WORKER_PARENT_DIED);
    if (getppid() != supervisor) /* it has died before we would have been told */
        return err_set(err, ADDER_STATE, "the supervisor has gone");
    return 0;
}

static int set_streams(int log, struct adder_error *err)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
        dup2(log, STDERR_FILENO) < 0)
        return err_errno(err, errno, "setting the standard streams");
    close(nothing);
    close(log);
    return 0;
}

/* When memory is out the kernel is to take a worker, not the supervisor (proc(5),
 * oom_score_adj). Anybody may raise it. */
static void offer_to_oom_killer(void)
{
    int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    char now[16] = "", wanted[16];
    int len = snprintf(wanted, sizeof(wanted), "%d", OOM_SCORE_ADJ);

    if (fd < 0)
        return;
    if (read(fd, now, sizeof(now) - 1) > 0 && strtol(now, NULL, 10) < OOM_SCORE_ADJ &&
        pwrite(fd, wanted, (size_t)len, 0) < 0)
        LOG_DEBUG("oom_score_adj cannot be set");
    close(fd);
}

static int become_worker(struct nursery *n, const struct message *m, struct worker_start *ret,
                         struct adder_error *err)
{
    pid_t supervisor = (pid_t)m->spawn.supervisor;
    int socket = n->fds[FD_SOCKET], log = n->fds[FD_LOG];

    ret->threads = m->spawn.threads;
    n->fd_count -= FDS;
    memmove(n->fds, n->fds + FDS, n->fd_count * sizeof(int));
    close(n->options->socket);
    nursery_end(n);
    if (set_streams(log, err) < 0)
        return -1;
    ret->socket = socket;
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    offer_to_oom_killer();
    return wait_for_parent(supervisor, socket, err);
}

/* 1 in the worker, 0 in the nursery, which goes on even when this time it failed: the
 * supervisor sees the socket close. */
static int spawn(struct nursery *n, const struct message *m, struct worker_start *worker)
{
    struct adder_error err;
    int64_t pid = -1;

    if (adder_runtime_fork(n->options->rt, true, &pid, &err) < 0)
        LOG_ERROR("no worker: %s", err.message);
    if (pid != 0) {
        for (size_t i = 0; i < FDS; i++)
            close(n->fds[i]);
        n->fd_count -= FDS;
        memmove(n->fds, n->fds + FDS, n->fd_count * sizeof(int));
        return 0;
    }
    if (become_worker(n, m, worker, &err) < 0) {
        LOG_ERROR("no worker: %s", err.message);
        _exit(1);
    }
    return 1;
}

/* ---- Serving ---------------------------------------------------------------------------- */

static int say_ready(struct nursery *n, const struct buf *modules, struct adder_error *err)
{
    struct message m = {
        .type = MESSAGE_READY,
        .ready = {str_of(adder_runtime_python(n->options->rt)->version),
                  {modules->data != NULL ? modules->data : "", modules->len}},
    };

    return say(n->options->socket, &m, err);
}

static int obey(struct nursery *n, const struct message *m, struct worker_start *worker,
                struct adder_error *err)
{
    if (m->type != MESSAGE_SPAWN)
        return err_set(err, ADDER_INVALID, "message %s is not for a nursery",
                       message_name(m->type));
    if (n->fd_count < FDS)
        return err_set(err, ADDER_INVALID, "message SPAWN came without its descriptors");
    return spawn(n, m, worker);
}

static int serve(struct nursery *n, struct worker_start *worker, struct adder_error *err)
{
    struct message m;
    int rc;

    while ((rc = receive(n, err)) > 0) {
        while ((rc = message_next(n->reader, &m, err)) > 0) {
            rc = obey(n, &m, worker, err);
            if (rc != 0)
                return rc;
        }
        if (rc < 0)
            return -1;
    }
    return rc;
}

int nursery_run(const struct nursery_options *options, struct worker_start *worker,
                struct adder_error *err)
{
    CLEANUP(nursery_end) struct nursery n = {.options = options,
                                             .reader = message_reader_new()};
    CLEANUP(buf_free) struct buf modules;

    buf_init(&modules, MESSAGE_BYTES_MAX / 2);
    signals_leave_to_supervisor();
    if (n.reader == NULL)
        return err_nomem(err);
    if (warm_up(options->rt, options->modules, &modules, err) < 0 ||
        say_ready(&n, &modules, err) < 0)
        return -1;
    buf_free(&modules);
    return serve(&n, worker, err);
}
