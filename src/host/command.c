#include "host/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/mem.h"

enum {
    OUT, /* where the child's standard output is read */
    ERR, /* the same for its standard error */
    STOP,
    STREAMS = STOP,
};

enum { END_POLL_MS = 5 }; /* between looks at a command that has closed its streams */

/* One command under way. Lives on the stack of the thread that waits for it. */
struct running {
    struct running *next;
    pid_t pid;
    int stop;       /* eventfd: readable once the command was killed */
    int fds[STOP];  /* our ends of the pipes, -1 when closed */
    int far[STOP];  /* the child's ends */
    int input;      /* its standard input, -1: nothing */
    double give_up; /* on clock_monotonic(); 0: never */
};

struct commands {
    pthread_mutex_t lock; /* guards the list, and every pid in it from being reused */
    pthread_cond_t none;  /* the list became empty */
    struct running *first;
};

/* ---- All of them ------------------------------------------------------------------------ */

int commands_new(struct commands **ret, struct adder_error *err)
{
    struct commands *c = mem_zalloc(sizeof(*c));

    if (c == NULL)
        return err_nomem(err);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->none, NULL);
    *ret = c;
    return 0;
}

static void kill_group(const struct running *r)
{
    kill(-r->pid, SIGKILL);
}

/* The lock must be held. */
static void kill_all(struct commands *c)
{
    for (struct running *r = c->first; r != NULL; r = r->next) {
        kill_group(r);
        eventfd_write(r->stop, 1);
    }
}

void commands_kill(struct commands *c)
{
    pthread_mutex_lock(&c->lock);
    kill_all(c);
    pthread_mutex_unlock(&c->lock);
}

bool commands_running(struct commands *c)
{
    bool any;

    pthread_mutex_lock(&c->lock);
    any = c->first != NULL;
    pthread_mutex_unlock(&c->lock);
    return any;
}

void commands_free(struct commands *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&c->lock);
    kill_all(c);
    while (c->first != NULL)
        pthread_cond_wait(&c->none, &c->lock);
    pthread_mutex_unlock(&c->lock);
    pthread_cond_destroy(&c->none);
    pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

static void forget(struct commands *c, struct running *r)
{
    struct running **at = &c->first;

    pthread_mutex_lock(&c->lock);
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    if (c->first == NULL)
        pthread_cond_signal(&c->none);
    pthread_mutex_unlock(&c->lock);
}

/* ---- Finding the program ---------------------------------------------------------------- */

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* An empty folder in PATH means the current one to shells; like the Agent we skip it. */
static int find_in_path(const char *name, const char *path, char **ret, struct adder_error *err)
{
    while (path != NULL && *path != '\0') {
        size_t len = strcspn(path, ":");
        AUTOFREE char *full = mem_printf("%.*s/%s", (int)len, path, name);

        if (full == NULL)
            return err_nomem(err);
        if (len > 0 && is_program(full)) {
            *ret = TAKE(full);
            return 0;
        }
        path += len + (path[len] == ':');
    }
    return err_set(err, ADDER_NOT_FOUND, "exec: \"%s\": executable file not found in $PATH",
                   name);
}

static int find_program(const char *name, const char *path, char **ret, struct adder_error *err)
{
    if (strchr(name, '/') == NULL)
        return find_in_path(name, path, ret, err);
    *ret = mem_strdup(name);
    return *ret != NULL ? 0 : err_nomem(err);
}

/* ---- Starting --------------------------------------------------------------------------- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_all(struct running *r)
{
    for (int i = 0; i < STREAMS; i++) {
        close_fd(&r->fds[i]);
        close_fd(&r->far[i]);
    }
    close_fd(&r->input);
    close_fd(&r->stop);
}

/* A file in memory rather than a pipe: nobody has to write while the child prints. */
static int open_input(struct running *r, struct adder_str input, struct adder_error *err)
{
    if (input.len == 0)
        return 0;
    r->input = memfd_create("standard input", MFD_CLOEXEC);
    if (r->input < 0)
        return err_errno(err, errno, "internal error creating stdin");
    while (input.len > 0) {
        ssize_t n = write(r->input, input.ptr, input.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, errno, "internal error creating stdin");
        input.ptr += n;
        input.len -= (size_t)n;
    }
    lseek(r->input, 0, SEEK_SET);
    return 0;
}

static int open_pipes(struct running *r, struct adder_error *err)
{
    static const char *const names[] = {[OUT] = "stdout", [ERR] = "stderr"};

    for (int i = 0; i < STREAMS; i++) {
        int both[2];

        if (pipe2(both, O_CLOEXEC) < 0)
            return err_errno(err, errno, "internal error creating %s pipe", names[i]);
        r->fds[i] = both[0];
        r->far[i] = both[1];
        fcntl(both[0], F_SETFL, O_NONBLOCK);
    }
    r->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return r->stop < 0 ? err_errno(err, errno, "internal error starting subprocess") : 0;
}

/* Its own process group; no signal blocked or ignored, whatever Python made of them here. */
static int set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none, all;
    int rc;

    sigemptyset(&none);
    sigfillset(&all);
    rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                            POSIX_SPAWN_SETSIGMASK);
    rc = rc != 0 ? rc : posix_spawnattr_setpgroup(attr, 0);
    rc = rc != 0 ? rc : posix_spawnattr_setsigmask(attr, &none);
    return rc != 0 ? rc : posix_spawnattr_setsigdefault(attr, &all);
}

static int set_descriptors(posix_spawn_file_actions_t *actions, const struct running *r)
{
    int rc = r->input >= 0 ? posix_spawn_file_actions_adddup2(actions, r->input, STDIN_FILENO)
                           : posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
                                                              "/dev/null", O_RDONLY, 0);

    rc = rc != 0 ? rc : posix_spawn_file_actions_adddup2(actions, r->far[OUT], STDOUT_FILENO);
    rc = rc != 0 ? rc : posix_spawn_file_actions_adddup2(actions, r->far[ERR], STDERR_FILENO);
    return rc != 0 ? rc : posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}

/* posix_spawn() because fork() would copy a process whose other threads hold locks. */
static int spawn(struct running *r, const char *program, const struct command_request *request)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int rc = posix_spawnattr_init(&attr);

    if (rc != 0)
        return rc;
    rc = posix_spawn_file_actions_init(&actions);
    if (rc == 0) {
        rc = set_attributes(&attr);
        rc = rc != 0 ? rc : set_descriptors(&actions, r);
        rc = rc != 0 ? rc
                     : posix_spawn(&r->pid, program, &actions, &attr,
                                   (char *const *)request->argv, (char *const *)request->env);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attr);
    return rc;
}

static int start(struct commands *c, struct running *r, const struct command_request *request,
                 struct adder_error *err)
{
    AUTOFREE char *program = NULL;
    int rc;

    if (find_program(request->argv[0], request->path, &program, err) < 0)
        return err_wrap(err, "internal error starting subprocess");
    if (open_pipes(r, err) < 0 || open_input(r, request->input, err) < 0)
        return -1;
    pthread_mutex_lock(&c->lock);
    rc = spawn(r, program, request);
    if (rc == 0) {
        r->next = c->first;
        c->first = r;
    }
    pthread_mutex_unlock(&c->lock);
    if (rc != 0)
        return err_errno(err, rc, "internal error starting subprocess: fork/exec %s", program);
    close_fd(&r->far[OUT]);
    close_fd(&r->far[ERR]);
    return 0;
}

/* ---- Reading ---------------------------------------------------------------------------- */

/* Reads what is there; closes the descriptor at its end. */
static int drain(int *fd, struct buf *into, struct adder_error *err)
{
    char chunk[16 * 1024];
    ssize_t n = read(*fd, chunk, sizeof(chunk));

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (n < 0)
        return err_errno(err, errno, "reading the output of a command");
    if (n == 0) {
        close_fd(fd);
        return 0;
    }
    buf_add(into, chunk, (size_t)n);
    if (buf_check(into, err) < 0)
        return err_wrap(err, "output of a command");
    return 0;
}

/* Milliseconds poll() may wait. */
static int patience(const struct running *r)
{
    double left_ms;

    if (r->give_up == 0)
        return -1;
    left_ms = (r->give_up - clock_monotonic()) * 1000;
    return left_ms > 0 ? (int)left_ms + 1 : 0;
}

static int took_too_long(struct adder_error *err)
{
    return err_set(err, ADDER_LIMIT, "the command took too long");
}

static int was_killed(struct adder_error *err)
{
    return err_set(err, ADDER_STATE, "the command was killed");
}

/* Waits for output once. Both pipes are read as they fill: a child that fills one while we wait
 * on the other would never end. */
static int read_some(struct running *r, struct buf *into[], struct adder_error *err)
{
    struct pollfd polled[] = {
        [OUT] = {.fd = r->fds[OUT], .events = POLLIN},
        [ERR] = {.fd = r->fds[ERR], .events = POLLIN},
        [STOP] = {.fd = r->stop, .events = POLLIN},
    };
    int n = poll(polled, ARRAY_LEN(polled), patience(r));

    if (n < 0 && errno != EINTR)
        return err_errno(err, errno, "waiting for a command");
    if (n == 0)
        return took_too_long(err);
    if (n > 0 && polled[STOP].revents != 0)
        return was_killed(err);
    for (int i = 0; n > 0 && i < STREAMS; i++)
        if (polled[i].revents != 0 && drain(&r->fds[i], into[i], err) < 0)
            return -1;
    return 0;
}

static bool has_ended(const struct running *r)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOWAIT | WNOHANG) < 0 ||
           info.si_pid != 0;
}

/* Lets a command that has closed its streams end, which it need not do. */
static int await_end(struct running *r, struct adder_error *err)
{
    struct pollfd stop = {.fd = r->stop, .events = POLLIN};

    while (r->give_up > 0 && !has_ended(r)) {
        int left_ms = patience(r);

        if (left_ms == 0)
            return took_too_long(err);
        if (poll(&stop, 1, left_ms < END_POLL_MS ? left_ms : END_POLL_MS) > 0)
            return was_killed(err);
    }
    return 0;
}

static int read_output(struct running *r, struct buf *out, struct buf *errout,
                       struct adder_error *err)
{
    struct buf *into[] = {[OUT] = out, [ERR] = errout};

    while (r->fds[OUT] >= 0 || r->fds[ERR] >= 0)
        if (read_some(r, into, err) < 0)
            return -1;
    return await_end(r, err);
}

/* ---- Ending ----------------------------------------------------------------------------- */

/* Waits in two steps. As long as the child is not reaped its process id is its own, and
 * commands_kill() in another thread cannot hit a stranger. */
static int reap(struct commands *c, struct running *r, int *code, struct adder_error *err)
{
    siginfo_t info;
    int status = 0, rc;

    do
        rc = waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOWAIT);
    while (rc < 0 && errno == EINTR);
    forget(c, r);
    do
        rc = waitpid(r->pid, &status, 0);
    while (rc < 0 && errno == EINTR);
    if (rc < 0)
        return err_errno(err, errno, "waiting for a command");
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return 0;
}

int command_run(struct commands *c, const struct command_request *request, struct buf *out,
                struct buf *errout, int *code, struct adder_error *err)
{
    CLEANUP(close_all) struct running r = {
        .stop = -1, .input = -1, .fds = {-1, -1}, .far = {-1, -1}};
    struct adder_error ignored;
    int status;

    if (request->timeout_ms > 0)
        r.give_up = clock_monotonic() + request->timeout_ms / 1000.0;
    if (start(c, &r, request, err) < 0)
        return -1;
    if (read_output(&r, out, errout, err) < 0) {
        kill_group(&r);
        reap(c, &r, &status, &ignored);
        return -1;
    }
    if (reap(c, &r, &status, err) < 0)
        return -1;
    *code = status;
    return 0;
}
