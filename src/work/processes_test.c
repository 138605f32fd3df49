#include "work/processes.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/testing.h"

/* Forks a process that waits to be killed, after `depth` more of its kind below it; tells its
 * number by `out`. */
static pid_t family(int depth, int out)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    if (depth > 0)
        family(depth - 1, out);
    pid = getpid();
    if (write(out, &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
        _exit(1);
    for (;;)
        pause();
}

static void read_pids(int in, pid_t *ret, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(read(in, &ret[i], sizeof(*ret)), sizeof(*ret));
}

static void all_depths_are_counted_but_the_dead(void **state)
{
    pid_t pids[4];
    int fds[2];

    (void)state;
    assert_int_equal(processes_below(), 0);
    assert_int_equal(pipe(fds), 0);
    family(2, fds[1]);
    family(0, fds[1]);
    read_pids(fds[0], pids, 4);
    assert_int_equal(processes_below(), 4);
    for (size_t i = 0; i < 4; i++) {
        siginfo_t info;

        kill(pids[i], SIGKILL);
        if (waitid(P_PID, (id_t)pids[i], &info, WEXITED | WNOWAIT) < 0)
            usleep(100 * 1000); /* not ours, until its parent has gone */
    }
    while (processes_below() > 0)
        usleep(1000);
    while (waitpid(-1, NULL, 0) > 0)
        continue;
    close(fds[0]);
    close(fds[1]);
}

static void wait_until_dead(pid_t pid)
{
    siginfo_t info;

    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void the_dead_are_reaped_when_nobody_did_meanwhile(void **state)
{
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(0);
    wait_until_dead(pid);
    processes_reap_forgotten();
    wait_until_dead(pid);
    processes_reap_forgotten();
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    processes_reap_forgotten();
}

/* In a child: has a family that would outlive it, and ends when it is told to. */
static void be_the_head(int in, int out)
{
    char go;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    family(3, out);
    family(1, out);
    if (read(in, &go, 1) == 1 && processes_below() == 6)
        processes_end(7);
    _exit(1);
}

static void an_end_is_the_end_of_all_below(void **state)
{
    pid_t pids[6], pid;
    int said[2], go[2], status;

    (void)state;
    assert_int_equal(pipe(said), 0);
    assert_int_equal(pipe(go), 0);
    pid = fork();
    if (pid == 0)
        be_the_head(go[0], said[1]);
    read_pids(said[0], pids, 6);
    assert_int_equal(write(go[1], "", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(kill(pids[i], 0), -1);
        assert_int_equal(errno, ESRCH);
    }
    for (int i = 0; i < 2; i++) {
        close(said[i]);
        close(go[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_depths_are_counted_but_the_dead),
        cmocka_unit_test(the_dead_are_reaped_when_nobody_did_meanwhile),
        cmocka_unit_test(an_end_is_the_end_of_all_below),
    };

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
