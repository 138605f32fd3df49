#include "py/fork.h"

#include <sys/prctl.h>

#include "py/runtime_testing.h"

static const char work[] = "import gc, json, os, threading\n"
                           "assert threading.main_thread() is threading.current_thread()\n"
                           "assert threading.active_count() == 1\n"
                           "t = threading.Thread(target=gc.collect)\n"
                           "t.start(); t.join()\n"
                           "assert forked == ['before', 'child']\n";

static const char hooks[] = "import builtins, os\n"
                            "builtins.forked = f = []\n"
                            "os.register_at_fork(before=lambda: f.append('before'),\n"
                            "    after_in_parent=lambda: f.append('parent'),\n"
                            "    after_in_child=lambda: f.append('child'))\n";

/* Forks; the child uses Python and ends with 0 when all is well there. */
static pid_t fork_worker(bool orphan)
{
    struct adder_error err = {.code = ADDER_OK};
    int64_t pid = -1;

    if (runtime_fork(orphan, &pid, &err) < 0)
        fail_msg("%s", err.message);
    if (pid == 0) {
        if (runtime_exec(work, &err) < 0)
            fprintf(stderr, "%s\n%s", err.message, err.traceback);
        _exit(err.code == ADDER_OK ? 0 : 1);
    }
    assert_true(pid > 0);
    return (pid_t)pid;
}

static void assert_ended_well(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    assert_int_equal(status, 0);
}

static void python_works_in_both(void **state)
{
    struct adder_error err;

    (void)state;
    assert_int_equal(runtime_exec("forked.clear()", &err), 0);
    assert_ended_well(fork_worker(false));
    assert_int_equal(runtime_exec("assert forked == ['before', 'parent'], forked", &err), 0);
}

/* This process adopts orphans for the time of the test, so it can wait for one. */
static void an_orphan_is_adopted_and_nothing_else_is_left(void **state)
{
    struct adder_error err;

    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(runtime_exec("forked.clear()", &err), 0);
        assert_ended_well(fork_worker(true));
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
        assert_int_equal(runtime_exec("assert forked == ['before', 'parent'], forked", &err),
                         0);
    }
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

static void with_another_thread_it_is_refused(void **state)
{
    static const char start[] = "import builtins, threading\n"
                                "builtins.e = threading.Event()\n"
                                "builtins.t = threading.Thread(target=e.wait)\n"
                                "t.start()\n";
    int64_t pid = -1;
    struct adder_error err;

    (void)state;
    assert_int_equal(runtime_exec(start, &err), 0);
    assert_int_equal(runtime_fork(false, &pid, &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
    assert_non_null(strstr(err.message, "threads cannot be forked"));
    assert_int_equal(pid, -1);
    assert_int_equal(runtime_exec("e.set(); t.join()", &err), 0);
}

static void without_a_runtime_it_is_refused(void **state)
{
    int64_t pid = -1;
    struct adder_error err;

    (void)state;
    runtime_stop();
    assert_int_equal(runtime_fork(false, &pid, &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
}

static int set_up(void **state)
{
    struct adder_error err;

    (void)state;
    hearing_begin();
    hearing_start();
    return runtime_exec(hooks, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(python_works_in_both),
        cmocka_unit_test(an_orphan_is_adopted_and_nothing_else_is_left),
        cmocka_unit_test(with_another_thread_it_is_refused),
        cmocka_unit_test(without_a_runtime_it_is_refused),
    };

    return cmocka_run_group_tests_name("fork", tests, set_up, tear_down);
}
