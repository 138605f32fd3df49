#include "work/processes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    READ_BYTES = 4096,
    PATH_BYTES = 64,
    END_PASSES = 1000, /* a millisecond each, at least */
};

struct below {
    size_t count;
    pid_t pids[PROCESSES_MAX];
};

/* As the kernel gives it (getdents64(2)). */
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

static struct below watched, forgotten, doomed; /* too large for a stack */

/* ---- Reading /proc ---------------------------------------------------------------------- */

/* Writes "/proc/PID/rest". */
static void make_path(char to[PATH_BYTES], pid_t pid, const char *rest)
{
    char digits[16];
    size_t n = 0, len = strlen("/proc/");

    memcpy(to, "/proc/", len);
    for (; pid > 0 || n == 0; pid /= 10)
        digits[n++] = (char)('0' + pid % 10);
    while (n > 0)
        to[len++] = digits[--n];
    memcpy(to + len, rest, strlen(rest) + 1);
}

static void add(struct below *b, pid_t pid)
{
    if (pid > 0 && b->count < PROCESSES_MAX)
        b->pids[b->count++] = pid;
}

/* Adds the numbers in a file, each followed by a blank (proc(5), /proc/pid/task/tid/children).
 */
static void add_numbers(struct below *b, int fd)
{
    char text[READ_BYTES];
    pid_t pid = 0;
    ssize_t n;

    while ((n = read(fd, text, sizeof(text))) > 0)
        for (ssize_t i = 0; i < n; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                pid = pid * 10 + (text[i] - '0');
            } else {
                add(b, pid);
                pid = 0;
            }
        }
}

static void add_children_of_thread(struct below *b, int tasks, const char *thread)
{
    char path[PATH_BYTES];
    size_t len = strlen(thread);
    int fd;

    if (thread[0] == '.' || len + sizeof("/children") > sizeof(path))
        return;
    memcpy(path, thread, len);
    memcpy(path + len, "/children", sizeof("/children"));
    fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    add_numbers(b, fd);
    close(fd);
}

static void add_children(struct below *b, pid_t pid)
{
    _Alignas(struct entry) char space[READ_BYTES];
    char path[PATH_BYTES];
    long n;
    int fd;

    make_path(path, pid, "/task");
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    while ((n = syscall(SYS_getdents64, fd, space, sizeof(space))) > 0)
        for (long at = 0; at < n;) {
            const struct entry *e = (const struct entry *)(const void *)(space + at);

            add_children_of_thread(b, fd, e->name);
            at += e->size;
        }
    close(fd);
}

/* Parents before their children. */
static void gather(struct below *b)
{
    b->count = 0;
    add_children(b, getpid());
    for (size_t i = 0; i < b->count; i++)
        add_children(b, b->pids[i]);
}

/* Whether the process has died and only waits to be reaped, or is gone: its state follows the
 * name, which may hold anything but ends with the last ')' (proc(5), /proc/pid/stat). */
static bool is_dead(pid_t pid)
{
    char path[PATH_BYTES], text[512];
    ssize_t len;
    int fd;

    make_path(path, pid, "/stat");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return true;
    len = read(fd, text, sizeof(text));
    close(fd);
    while (len > 0 && text[len - 1] != ')')
        len--;
    return len <= 0 || text[len + 1] == 'Z' || text[len + 1] == 'X';
}

/* ---- Counting and reaping --------------------------------------------------------------- */

static bool has_children(void)
{
    siginfo_t info;

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

long processes_below(void)
{
    long live = 0;

    if (!has_children())
        return 0;
    gather(&watched);
    for (size_t i = 0; i < watched.count; i++)
        live += !is_dead(watched.pids[i]);
    return live;
}

static bool is_in(const struct below *b, pid_t pid)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->pids[i] == pid)
            return true;
    return false;
}

void processes_reap_forgotten(void)
{
    size_t dead = 0;

    watched.count = 0;
    if (has_children())
        add_children(&watched, getpid());
    for (size_t i = 0; i < watched.count; i++) {
        pid_t pid = watched.pids[i];

        if (!is_dead(pid))
            continue;
        if (is_in(&forgotten, pid))
            waitpid(pid, NULL, WNOHANG);
        else
            watched.pids[dead++] = pid;
    }
    memcpy(forgotten.pids, watched.pids, dead * sizeof(pid_t));
    forgotten.count = dead;
}

/* ---- The end ---------------------------------------------------------------------------- */

/* Kills and reaps. Whether anything may be left. */
static bool kill_below(void)
{
    pid_t pid;

    gather(&doomed);
    for (size_t i = 0; i < doomed.count; i++)
        kill(doomed.pids[i], SIGKILL);
    do
        pid = waitpid(-1, NULL, WNOHANG);
    while (pid > 0 || (pid < 0 && errno == EINTR));
    return pid == 0;
}

noreturn void processes_end(int code)
{
    static atomic_flag ending = ATOMIC_FLAG_INIT;
    const struct timespec ms = {.tv_nsec = 1000 * 1000};
    sigset_t all;

    /* A handler that comes here as well would wait for the very thread that it interrupts. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (atomic_flag_test_and_set(&ending))
        pause(); /* another thread is at it */
    /* Orphans come to us as their parents die. */
    for (int i = 0; i < END_PASSES && kill_below(); i++)
        nanosleep(&ms, NULL);
    _exit(code);
}
