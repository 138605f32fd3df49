#include "py/fork.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/err.h"
#include "py/gil.h"

/* ThreadSanitizer has a thread of its own, which knows how to be forked. */
#ifdef __SANITIZE_THREAD__
enum { THREADS_WHEN_ALONE = 2 };
#else
enum { THREADS_WHEN_ALONE = 1 };
#endif

static int check_alone(struct adder_error *err)
{
    struct stat tasks;
    long threads;

    if (stat("/proc/self/task", &tasks) < 0)
        return err_errno(err, errno, "cannot count the threads of this process");
    threads = (long)tasks.st_nlink - 2; /* a folder has two links and one for each in it */
    if (threads > THREADS_WHEN_ALONE)
        return err_set(err, ADDER_STATE, "a process of %ld threads cannot be forked", threads);
    return 0;
}

/* The process between the two: tells who its child is, or why there is none, and ends. Runs no
 * Python. In the child it returns. */
static void fork_again(int out)
{
    pid_t pid = fork();
    int answer = pid > 0 ? (int)pid : -errno;

    if (pid == 0)
        return;
    _exit(write(out, &answer, sizeof(answer)) == (ssize_t)sizeof(answer) ? 0 : 1);
}

static int read_answer(int in)
{
    int answer;
    ssize_t n;

    do
        n = read(in, &answer, sizeof(answer));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(answer) ? answer : -ECHILD;
}

/* As fork(): 0 in the child, else its process id, or -1 with errno. */
static pid_t fork_orphan(void)
{
    int fds[2], answer;
    pid_t between;

    if (pipe2(fds, O_CLOEXEC) < 0)
        return -1;
    between = fork();
    if (between == 0) {
        fork_again(fds[1]);
        close(fds[0]);
        close(fds[1]);
        return 0;
    }
    close(fds[1]);
    answer = between > 0 ? read_answer(fds[0]) : -errno;
    close(fds[0]);
    while (between > 0 && waitpid(between, NULL, 0) < 0 && errno == EINTR)
        continue;
    errno = answer < 0 ? -answer : 0;
    return answer > 0 ? answer : -1;
}

int runtime_fork(bool orphan, int64_t *ret, struct adder_error *err)
{
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    int errnum;
    pid_t pid;

    if (check_alone(err) < 0 || gil_lock(&gil, err) < 0)
        return -1;
    PyOS_BeforeFork();
    pid = orphan ? fork_orphan() : fork();
    errnum = errno;
    if (pid == 0)
        PyOS_AfterFork_Child();
    else
        PyOS_AfterFork_Parent();
    if (pid < 0)
        return err_errno(err, errnum, "cannot fork");
    *ret = pid;
    return 0;
}
