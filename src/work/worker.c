/* The control thread of a worker. */
#include "work/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "work/processes.h"
#include "work/signals.h"
#include "work/worker_impl.h"

enum {
    READ_BYTES = 64 * 1024,
    REAP_S = 30,          /* how often forgotten children are looked for */
    DESCRIPTOR_MIN = 500, /* number of a descriptor, where the limit allows it */
};

enum { SOCKET, WAKE, POLLED };

/* ---- The supervisor's wishes ------------------------------------------------------------ */

static int obey_load(struct worker *w, const struct message *m)
{
    return duties_load(w, m);
}

static int obey_run(struct worker *w, const struct message *m)
{
    return duties_add(w, JOB_RUN, m);
}

static int obey_diagnose(struct worker *w, const struct message *m)
{
    return duties_add(w, JOB_DIAGNOSE, m);
}

static int obey_drop(struct worker *w, const struct message *m)
{
    return duties_drop(w, m->key);
}

static int obey_stop(struct worker *w, const struct message *m)
{
    (void)m;
    duties_stop(w);
    return 0;
}

static int (*const obey[])(struct worker *, const struct message *) = {
    [MESSAGE_LOAD] = obey_load,
    [MESSAGE_RUN] = obey_run,
    [MESSAGE_INTERRUPT] = interrupter_add,
    [MESSAGE_DROP] = obey_drop,
    [MESSAGE_DIAGNOSE] = obey_diagnose,
    [MESSAGE_STOP] = obey_stop,
};

/* ---- The end ---------------------------------------------------------------------------- */

static noreturn void end(const char *why)
{
    LOG_ERROR("worker %d ends: %s", (int)getpid(), why);
    processes_end(1);
}

/* When all is done and said. */
static void end_when_idle(struct worker *w)
{
    if (duties_ended(w) && !outbox_pending(w->out))
        processes_end(0);
}

/* ---- The loop --------------------------------------------------------------------------- */

static void read_messages(struct worker *w, bool *watching)
{
    struct message m;
    struct adder_error err;
    int rc;

    while ((rc = message_next(w->reader, &m, &err)) > 0) {
        if ((size_t)m.type >= ARRAY_LEN(obey) || obey[m.type] == NULL)
            end("it was sent what is for others");
        if (!*watching && m.type == MESSAGE_RUN)
            watch_begin();
        *watching = true;
        if (obey[m.type](w, &m) < 0)
            end("out of memory");
    }
    if (rc < 0)
        end(err.message);
}

static void read_socket(struct worker *w, bool *watching)
{
    char *room = message_reader_room(w->reader, READ_BYTES);
    ssize_t n;

    if (room == NULL)
        end("out of memory");
    n = recv(w->socket, room, READ_BYTES, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n == 0 || errno == ECONNRESET) /* the supervisor has gone: nobody to be told */
        processes_end(1);
    if (n < 0)
        end("its socket does not work");
    message_reader_add(w->reader, (size_t)n);
    read_messages(w, watching);
}

/* A check may have closed a descriptor of ours, and even have got a new one with its number. */
static void check_identity(int fd, const struct stat *identity)
{
    struct stat now;

    if (fstat(fd, &now) < 0 || now.st_dev != identity->st_dev || now.st_ino != identity->st_ino)
        end("a check has closed its descriptors");
}

static void wait_for_news(struct worker *w, int timeout_ms, bool *watching)
{
    struct pollfd polled[POLLED] = {
        [SOCKET] = {.fd = w->socket, .events = POLLIN},
        [WAKE] = {.fd = w->wake, .events = POLLIN},
    };
    eventfd_t ignored;

    if (outbox_pending(w->out))
        polled[SOCKET].events |= POLLOUT;
    if (poll(polled, POLLED, timeout_ms) < 0 && errno != EINTR)
        end("it cannot wait");
    if ((polled[WAKE].revents & POLLNVAL) != 0)
        end("a check has closed its descriptors");
    if ((polled[WAKE].revents & POLLIN) != 0)
        eventfd_read(w->wake, &ignored);
    if ((polled[SOCKET].revents & POLLOUT) != 0)
        outbox_flush(w->out);
    if ((polled[SOCKET].revents & ~POLLOUT) != 0)
        read_socket(w, watching);
}

static noreturn void control(struct worker *w)
{
    double reap_at = clock_monotonic() + REAP_S, look_at = 0;
    bool watching = false;
    struct stat socket, wake;

    if (fstat(w->socket, &socket) < 0 || fstat(w->wake, &wake) < 0)
        end("it has no descriptors");
    for (;;) {
        double now;

        wait_for_news(w, watching ? WORKER_WATCH_MS : REAP_S * 1000, &watching);
        now = clock_monotonic();
        if (watching && now >= look_at) {
            watching = watch_look(w);
            look_at = now + WORKER_WATCH_MS / 1e3;
            check_identity(w->socket, &socket);
            check_identity(w->wake, &wake);
        }
        if (now >= reap_at) {
            processes_reap_forgotten();
            reap_at = now + REAP_S;
        }
        end_when_idle(w);
    }
}

/* ---- The beginning ---------------------------------------------------------------------- */

static int the_socket = -1, the_wake = -1;

/* Children that a check forks without exec must not keep our socket open. */
static void close_in_child(void)
{
    close(the_socket);
    close(the_wake);
}

/* The parent has died. The control thread notices as well, unless it cannot. */
static void on_parent_death(int sig)
{
    (void)sig;
    processes_end(1);
}

static void set_signals(void)
{
    struct sigaction ends = {.sa_handler = on_parent_death};

    sigaction(WORKER_PARENT_DIED, &ends, NULL);
    signals_leave_to_supervisor();
}

/* Descriptors of ours get numbers that checks do not happen to close or to be given. */
static int move_up(int fd, struct adder_error *err)
{
    struct rlimit limit = {.rlim_cur = 0};
    int least = DESCRIPTOR_MIN, moved;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur <= (rlim_t)least + POLLED)
        least = STDERR_FILENO + 1;
    moved = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, least) : -1;
    if (moved < 0)
        return err_errno(err, errno, "descriptors");
    close(fd);
    return moved;
}

static int open_descriptors(struct worker *w, int socket, struct adder_error *err)
{
    w->socket = move_up(socket, err);
    w->wake = w->socket >= 0 ? move_up(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), err) : -1;
    if (w->wake < 0)
        return -1;
    the_socket = w->socket;
    the_wake = w->wake;
    pthread_atfork(NULL, NULL, close_in_child);
    return outbox_new(w->socket, w->wake, &w->out, err);
}

static int start_threads(struct worker *w, unsigned count, struct adder_error *err)
{
    if (interrupter_start(w, err) < 0)
        return -1;
    for (unsigned i = 0; i < count; i++)
        if (runner_start(w, err) < 0)
            return -1;
    return 0;
}

static int start(struct worker *w, const struct worker_start *start, struct adder_error *err)
{
    w->last_job = &w->jobs;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    w->reader = message_reader_new();
    if (w->reader == NULL)
        return err_nomem(err);
    if (open_descriptors(w, start->socket, err) < 0)
        return -1;
    crash_install(w);
    return start_threads(w, start->threads > 0 ? start->threads : 1, err);
}

noreturn void worker_run(struct adder_runtime *rt, const struct worker_start *how)
{
    static struct worker worker;
    struct worker *w = &worker;
    struct adder_error err;

    w->rt = rt;
    w->pid = getpid();
    set_signals();
    if (start(w, how, &err) < 0) {
        LOG_ERROR("worker %d cannot start: %s", (int)getpid(), err.message);
        processes_end(1);
    }
    worker_say(w, &(struct message){.type = MESSAGE_HELLO, .hello = {.pid = getpid()}});
    control(w);
}
