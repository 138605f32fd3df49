/* The nursery: starting it, and asking it for workers. */
#include "agent/crew_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/relay.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/str.h"

/* ---- Asking the nursery ----------------------------------------------------------------- */

/* Sends a message with two descriptors beside it. */
static int send_ends(int socket, struct peer_ends ends, const struct message *m,
                     struct adder_error *err)
{
    CLEANUP(buf_free) struct buf b;
    union {
        char space[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec part;
    struct msghdr head = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = sizeof(control.space),
    };

    buf_init(&b, MESSAGE_BYTES_MAX);
    message_write(m, &b);
    if (buf_check(&b, err) < 0)
        return -1;
    part = (struct iovec){b.data, b.len};
    control.align = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(2 * sizeof(int)),
        .cmsg_level = SOL_SOCKET,
        .cmsg_type = SCM_RIGHTS,
    };
    memcpy(CMSG_DATA(&control.align), (int[]){ends.socket, ends.log}, 2 * sizeof(int));
    if (sendmsg(socket, &head, MSG_NOSIGNAL) != (ssize_t)b.len)
        return err_errno(err, errno, "asking the nursery for a worker");
    return 0;
}

static int ask_for(struct worker *w, struct adder_error *err)
{
    struct crew *c = w->crew;
    struct message m = {
        .type = MESSAGE_SPAWN,
        .spawn = {.supervisor = getpid(), .threads = c->options.threads},
    };
    struct peer_ends ours, theirs;
    int rc;

    if (peer_ends_new(&ours, &theirs, err) < 0)
        return -1;
    rc = peer_new(c->options.loop, ours, &worker_events, w, &w->peer, err);
    if (rc == 0)
        rc = send_ends(peer_socket(c->nursery), theirs, &m, err);
    peer_ends_close(&theirs);
    if (rc == 0)
        w->state = WORKER_STARTING;
    else
        peer_close(TAKE(w->peer));
    return rc;
}

void nursery_ask(struct crew *c)
{
    struct adder_error err;

    if (!c->warm)
        return;
    for (struct worker *w = c->workers; w != NULL; w = w->next) {
        if (w->state != WORKER_WANTED || ask_for(w, &err) == 0)
            continue;
        LOG_ERROR("%s",
                  err.message); /* a nursery that is broken goes, and all is tried again */
        kill(c->nursery_pid, SIGKILL);
        return;
    }
}

/* ---- The nursery ------------------------------------------------------------------------ */

static void on_nursery_message(void *ctx, const struct message *m)
{
    struct crew *c = ctx;

    if (m->type != MESSAGE_READY) {
        LOG_ERROR("nursery: unexpected message %s", message_name(m->type));
        return;
    }
    c->warm = true;
    snprintf(c->python, sizeof(c->python), "%.*s", STR_ARG(m->ready.python));
    LOG_DEBUG("nursery %d is warm: Python %s", (int)c->nursery_pid, c->python);
    nursery_ask(c);
}

static void on_nursery_line(void *ctx, struct adder_str line)
{
    const struct crew *c = ctx;

    relay_line("nursery", (long)c->nursery_pid, line);
}

static void on_nursery_gone(void *ctx, const struct adder_error *why)
{
    struct crew *c = ctx;

    if (why != NULL)
        LOG_ERROR("nursery: %s", why->message);
    c->warm = false;
    if (c->nursery_pid > 0)
        kill(c->nursery_pid, SIGKILL); /* nursery_died() goes on */
}

static const struct peer_events nursery_events = {on_nursery_message, on_nursery_line,
                                                  on_nursery_gone};

enum { NURSERY_SOCKET = 3 };

/* The nursery's descriptors: nothing to read, its log, the socket. */
static int exec_nursery(struct crew *c, const struct peer_ends *theirs, struct adder_error *err)
{
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc != 0)
        return err_errno(err, rc, "starting the nursery");
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, theirs->log, 1);
    posix_spawn_file_actions_adddup2(&actions, theirs->log, 2);
    posix_spawn_file_actions_adddup2(&actions, theirs->socket, NURSERY_SOCKET);
    rc = posix_spawn(&c->nursery_pid, c->options.nursery[0], &actions, NULL,
                     (char *const *)(void *)c->options.nursery, environ);
    posix_spawn_file_actions_destroy(&actions);
    return rc == 0 ? 0 : err_errno(err, rc, "starting %s", c->options.nursery[0]);
}

int nursery_start(struct crew *c, struct adder_error *err)
{
    struct peer_ends ours, theirs;
    int rc;

    c->nursery_at = clock_monotonic() + CREW_NURSERY_PAUSE_MS / 1e3;
    if (peer_ends_new(&ours, &theirs, err) < 0)
        return -1;
    rc = exec_nursery(c, &theirs, err);
    peer_ends_close(&theirs);
    if (rc == 0)
        return peer_new(c->options.loop, ours, &nursery_events, c, &c->nursery, err);
    peer_ends_close(&ours);
    return -1;
}

static void log_death(const struct crew *c, int status)
{
    const char *next = c->stopping ? "" : ": another one is started";

    if (WIFSIGNALED(status))
        LOG_WARN("the nursery was killed by SIG%s%s", sigabbrev_np(WTERMSIG(status)), next);
    else
        LOG_ERROR("the nursery ended with code %d%s", WEXITSTATUS(status), next);
}

void nursery_died(struct crew *c, int status)
{
    bool never_warm = c->python[0] == '\0';

    c->nursery_pid = 0;
    c->warm = false;
    peer_finish_log(c->nursery);
    peer_close(TAKE(c->nursery));
    if (never_warm && WIFEXITED(status) && WEXITSTATUS(status) != 0)
        c->options.events->hopeless(c->options.ctx, WEXITSTATUS(status));
    else
        log_death(c, status);
}
