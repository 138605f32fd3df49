/*
 * supervisor_testing.h - a supervisor for tests: it starts the program's nursery, has workers
 * made and talks to them. What does not come within PATIENCE_MS fails the test.
 */
#ifndef ADDER_WORK_SUPERVISOR_TESTING_H
#define ADDER_WORK_SUPERVISOR_TESTING_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"
#include "core/str.h"
#include "core/testing.h"
#include "work/message.h"

enum { PATIENCE_MS = 60 * 1000 };

/* A nursery or a worker. */
struct peer {
    pid_t pid; /* of a worker from HELLO on */
    int socket, log;
    struct message_reader *reader;
    struct buf printed; /* what came out of `log` */
};

static char scratch[64]; /* folder of checks */
static struct peer nursery;

/* ---- Folder ----------------------------------------------------------------------------- */

#define CLASS "from datadog_checks.base import AgentCheck\nclass C(AgentCheck):\n"

/* Writes a module below the scratch folder. */
static inline void scratch_write(const char *name, const char *text)
{
    AUTOFREE char *path = mem_printf("%s/%s", scratch, name);
    struct adder_error err;

    if (file_write(path, str_of(text), &err) < 0)
        fail_msg("%s", err.message);
}

static inline int remove_entry(const char *path, const struct stat *info, int type,
                               struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static inline void scratch_make(void)
{
    snprintf(scratch, sizeof(scratch), "/tmp/adder-test-XXXXXX");
    assert_non_null(mkdtemp(scratch));
}

static inline void scratch_remove(void)
{
    nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- Talking ---------------------------------------------------------------------------- */

static inline void say(struct peer *p, const struct message *m)
{
    CLEANUP(buf_free) struct buf b;

    buf_init(&b, MESSAGE_BYTES_MAX);
    message_write(m, &b);
    assert_false(b.failed);
    assert_int_equal(send(p->socket, b.data, b.len, MSG_NOSIGNAL), b.len);
}

static inline void read_log(struct peer *p)
{
    char text[4096];
    ssize_t n;

    while ((n = read(p->log, text, sizeof(text))) > 0)
        buf_add(&p->printed, text, (size_t)n);
    if (n == 0) {
        close(p->log);
        p->log = -1;
    }
}

/* Waits for anything, and takes it in. False at the end of the stream. */
static inline bool listen_once(struct peer *p)
{
    struct pollfd polled[] = {{.fd = p->socket, .events = POLLIN},
                              {.fd = p->log, .events = POLLIN}};
    char *room;
    ssize_t n;

    if (poll(polled, ARRAY_LEN(polled), PATIENCE_MS) == 0)
        fail_msg("nothing is heard; it printed:\n%s", p->printed.data);
    if (polled[1].revents != 0)
        read_log(p);
    if (polled[0].revents == 0)
        return true;
    room = message_reader_room(p->reader, 65536);
    n = recv(p->socket, room, 65536, 0);
    if (n > 0)
        message_reader_add(p->reader, (size_t)n);
    return n > 0;
}

/* The next message; false at the end of the stream. */
static inline bool hear_any(struct peer *p, struct message *ret)
{
    struct adder_error err;
    int rc;

    while ((rc = message_next(p->reader, ret, &err)) == 0)
        if (!listen_once(p))
            return false;
    if (rc < 0)
        fail_msg("%s", err.message);
    return true;
}

/* The next message, which must be of this type. */
static inline struct message hear(struct peer *p, enum message_type type)
{
    struct message m;

    if (!hear_any(p, &m))
        fail_msg("%s was expected, but it has ended; it printed:\n%s", message_name(type),
                 p->printed.data);
    if (m.type != type)
        fail_msg("%s was expected, not %s", message_name(type), message_name(m.type));
    return m;
}

/* Reads and forgets until the end of the stream. */
static inline void hear_the_end(struct peer *p)
{
    struct message m;

    while (hear_any(p, &m))
        continue;
    close(p->socket);
    p->socket = -1;
    while (p->log >= 0)
        listen_once(p);
}

/* Waits for our child's end; its status. */
static inline int bury(pid_t pid)
{
    double until = clock_monotonic() + PATIENCE_MS / 1e3;
    int status;

    for (;;) {
        pid_t got = waitpid(pid, &status, WNOHANG);

        if (got == pid)
            return status;
        assert_int_equal(got, 0);
        if (clock_monotonic() > until)
            fail_msg("process %d does not end", (int)pid);
        usleep(1000);
    }
}

/* ---- Nursery and workers ---------------------------------------------------------------- */

static inline void peer_open(struct peer *p, int theirs[2])
{
    int sockets[2], pipes[2];

    *p = (struct peer){.reader = message_reader_new()};
    buf_init(&p->printed, 1 << 24);
    buf_add_str(&p->printed, "");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    fcntl(pipes[0], F_SETFL, O_NONBLOCK);
    p->socket = sockets[0];
    p->log = pipes[0];
    theirs[0] = sockets[1];
    theirs[1] = pipes[1];
}

static inline void peer_close(struct peer *p)
{
    message_reader_free(TAKE(p->reader));
    buf_free(&p->printed);
    if (p->socket >= 0)
        close(p->socket);
    if (p->log >= 0)
        close(p->log);
    p->socket = p->log = -1;
}

/* Signals are the program's to handle, not a sanitizer's. */
static inline void leave_signals(const char *variable)
{
    const char *now = getenv(variable);
    AUTOFREE char *options = mem_printf("%s:handle_segv=0:handle_abort=0:handle_sigbus=0:"
                                        "handle_sigill=0:handle_sigfpe=0",
                                        now != NULL ? now : "");

    setenv(variable, options, 1);
}

/* `warm` NULL: none. */
static inline void exec_nursery(const int theirs[2], const char *warm)
{
    const char *argv[] = {BINARY_DIR "/adder",
                          "nursery",
                          "--checks",
                          scratch,
                          "--config",
                          "/dev/null",
                          "--log-level",
                          "debug",
                          warm != NULL ? "--warm" : NULL,
                          warm,
                          NULL};

    leave_signals("ASAN_OPTIONS");
    leave_signals("TSAN_OPTIONS");
    dup2(theirs[0], 3);
    dup2(theirs[1], 1);
    dup2(theirs[1], 2);
    execv(argv[0], (char *const *)(void *)argv);
    _exit(127);
}

static inline void nursery_start(struct peer *p, const char *warm)
{
    int theirs[2];

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    peer_open(p, theirs);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid == 0)
        exec_nursery(theirs, warm);
    close(theirs[0]);
    close(theirs[1]);
}

static inline void nursery_stop(struct peer *p)
{
    peer_close(p);
    bury(p->pid);
}

/* Asks for a worker. */
static inline void ask_worker(struct peer *from, struct peer *w, unsigned threads)
{
    union {
        char space[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    CLEANUP(buf_free) struct buf b;
    struct iovec part;
    struct msghdr head = {.msg_iov = &part,
                          .msg_iovlen = 1,
                          .msg_control = control.space,
                          .msg_controllen = sizeof(control.space)};
    int theirs[2];

    peer_open(w, theirs);
    buf_init(&b, 4096);
    message_write(&(struct message){.type = MESSAGE_SPAWN,
                                    .spawn = {.supervisor = getpid(), .threads = threads}},
                  &b);
    part = (struct iovec){b.data, b.len};
    control.align = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(theirs)),
                                     .cmsg_level = SOL_SOCKET,
                                     .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.align), theirs, sizeof(theirs));
    assert_int_equal(sendmsg(from->socket, &head, MSG_NOSIGNAL), b.len);
    close(theirs[0]);
    close(theirs[1]);
}

static inline void worker_start(struct peer *w, unsigned threads)
{
    ask_worker(&nursery, w, threads);
    w->pid = (pid_t)hear(w, MESSAGE_HELLO).hello.pid;
}

/* Ends it as a supervisor does that is satisfied. */
static inline void worker_stop(struct peer *w)
{
    say(w, &(struct message){.type = MESSAGE_STOP});
    hear_the_end(w);
    peer_close(w);
    assert_int_equal(bury(w->pid), 0);
}

/* ---- Checks ----------------------------------------------------------------------------- */

static inline void ask_load(struct peer *w, uint64_t key, const char *name,
                            const struct budget *budget)
{
    AUTOFREE char *id = mem_printf("%s:%d", name, (int)key);
    struct message m = {.type = MESSAGE_LOAD, .key = key};

    m.load.name = str_of(name);
    m.load.id = str_of(id);
    m.load.source = str_of("test");
    if (budget != NULL)
        m.load.budget = *budget;
    say(w, &m);
}

static inline void load(struct peer *w, uint64_t key, const char *name)
{
    struct message m;

    ask_load(w, key, name, NULL);
    m = hear(w, MESSAGE_LOADED);
    assert_int_equal(m.key, key);
    if (m.loaded.error.code != 0)
        fail_msg("%.*s", STR_ARG(m.loaded.error.message));
}

static inline void ask_run(struct peer *w, uint64_t key, uint64_t run)
{
    say(w, &(struct message){.type = MESSAGE_RUN, .key = key, .run = {.run = run}});
}

/* Hears that the run has begun. */
static inline void run_begin(struct peer *w, uint64_t key, uint64_t run)
{
    struct message m;

    ask_run(w, key, run);
    m = hear(w, MESSAGE_STARTED);
    assert_int_equal(m.key, key);
    assert_int_equal(m.started.run, run);
}

/* DONE of this run; it may be followed by no other message. */
static inline struct message run_end(struct peer *w, uint64_t key, uint64_t run)
{
    struct message m = hear(w, MESSAGE_DONE);

    assert_int_equal(m.key, key);
    assert_int_equal(m.done.run, run);
    return m;
}

static inline struct message run_check(struct peer *w, uint64_t key, uint64_t run)
{
    run_begin(w, key, run);
    return run_end(w, key, run);
}

static inline bool has_printed(const struct peer *p, const char *text)
{
    return strstr(p->printed.data, text) != NULL;
}

#endif
