#include "embed/interpreter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/mem.h"

extern char **environ;

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* The folder two above `path`, when it is a virtual environment; NULL else. */
static char *venv_of(const char *path, char version[VENV_VERSION_MAX], struct adder_error *err)
{
    AUTOFREE char *folder = mem_strdup(path);
    char *slash = NULL;

    for (int i = 0; i < 2 && folder != NULL; i++) {
        slash = strrchr(folder, '/');
        if (slash == NULL || slash == folder)
            return NULL;
        *slash = '\0';
    }
    if (folder == NULL || venv_version(folder, version, err) < 0)
        return NULL;
    return TAKE(folder);
}

/* Starts `path` so that it writes its version to `out`. An errno. */
static int spawn(const char *path, int out, pid_t *pid)
{
    static char isolated[] = "-I", command[] = "-c",
                code[] = "import sys; print('%d.%d' % sys.version_info[:2])";
    AUTOFREE char *name = mem_strdup(path);
    char *argv[] = {name, isolated, command, code, NULL};
    posix_spawn_file_actions_t actions;
    int rc;

    if (name == NULL || posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    rc = posix_spawn(pid, path, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

/* Reads to the end, to the limit or to the time-out, whichever is first. Bytes read. */
static size_t read_answer(int fd, char *text, size_t max)
{
    double end = clock_monotonic() + INTERPRETER_TIMEOUT_MS / 1000.0;
    size_t len = 0;

    while (len < max) {
        double left_s = end - clock_monotonic();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (left_s <= 0 || (poll(&p, 1, (int)(left_s * 1000) + 1) < 0 && errno != EINTR))
            break;
        if (p.revents == 0)
            continue;
        n = read(fd, text + len, max - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    return len;
}

static int ask(const char *path, char ret[VENV_VERSION_MAX], struct adder_error *err)
{
    int fds[2], rc, major, minor;
    pid_t pid;
    size_t len;

    if (pipe2(fds, O_CLOEXEC) < 0)
        return err_errno(err, errno, "could not ask '%s' for its version", path);
    CLEANUP(close_fd) int in = fds[0];
    rc = spawn(path, fds[1], &pid);
    close(fds[1]);
    if (rc != 0) {
        err_errno(err, rc, "cannot run '%s'", path);
        err->code = ADDER_NOT_FOUND;
        return -1;
    }
    len = read_answer(in, ret, VENV_VERSION_MAX - 1);
    ret[len] = '\0';
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (sscanf(ret, "%2d.%3d", &major, &minor) != 2)
        return err_set(err, ADDER_INVALID, "'%s' is no Python interpreter", path);
    snprintf(ret, VENV_VERSION_MAX, "%d.%d", major, minor);
    return 0;
}

int interpreter_version(const char *path, char ret[VENV_VERSION_MAX], char **venv,
                        struct adder_error *err)
{
    AUTOFREE char *folder = NULL;

    if (access(path, X_OK) < 0)
        return err_set(err, ADDER_NOT_FOUND, "there is no interpreter '%s'", path);
    folder = venv_of(path, ret, err);
    if ((folder == NULL || ret[0] == '\0') && ask(path, ret, err) < 0)
        return -1;
    *venv = TAKE(folder);
    return 0;
}
