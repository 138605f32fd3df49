/* How workers end: crashes, bad checks, a supervisor or a nursery that dies. */
#include "work/supervisor_testing.h"

enum { FAMILY_MAX = 256 };

static const struct {
    const char *path, *text;
} files[] = {
    {"fine.py", CLASS " def check(self, instance): self.gauge('g', 7)\n"},
    {"waits.py", "import time\n" CLASS " def check(self, instance): time.sleep(300)\n"},
    {"segv.py", "import ctypes\n" CLASS " def check(self, instance): ctypes.string_at(8)\n"},
    {"aborts.py", "import os\n" CLASS " def check(self, instance): os.abort()\n"},
    /* glibc's parser of regular expressions calls itself for each parenthesis. */
    {"overruns.py",
     "import ctypes\n" CLASS " def check(self, instance):\n"
     "  ctypes.CDLL(None).regcomp(ctypes.create_string_buffer(1000), b'(' * 1000000, 1)\n"},
    {"dies_loading.py", "import os\nos.abort()\n"},
    {"exits.py", "import os\n" CLASS " def check(self, instance): os._exit(3)\n"},
    {"closes.py",
     "import os, time\n" CLASS
     " def check(self, instance):\n  os.closerange(0, 100000)\n  time.sleep(300)\n"},
    {"takes_over.py", "import os, time\n" CLASS " def check(self, instance):\n"
                      "  os.closerange(0, 100000)\n"
                      "  for _ in range(2000): os.open('/dev/null', os.O_RDWR)\n"
                      "  time.sleep(300)\n"},
    {"floods.py", CLASS " def check(self, instance):\n  while True: print('x' * 1000)\n"},
    {"hogs.py", "import re\n" CLASS
                " def check(self, instance): re.match('(a*)*(a*)*(a*)*b', 'a' * 10000)\n"},
    {"leaves.py", "import subprocess, time\n" CLASS " def check(self, instance):\n"
                  "  subprocess.run(['sh', '-c', 'setsid sh -c \"sleep 301 & sleep 302\" &"
                  " sleep 303 & exit'])\n"
                  "  time.sleep(300)\n"},
    {"forks.py", "import multiprocessing, time\n" CLASS " def check(self, instance):\n"
                 "  c = multiprocessing.get_context('fork')\n"
                 "  p = c.Process(target=time.sleep, args=(300,))\n"
                 "  p.start(); print('child', p.pid)\n  time.sleep(300)\n"},
    {"bomb.py", "import os, time\n" CLASS " def check(self, instance):\n"
                "  if os.fork() == 0:\n"
                "   for _ in range(5): os.fork()\n"
                "   while True: time.sleep(0.01)\n"
                "  time.sleep(300)\n"},
    {"comes_back.py", "import os\n" CLASS " def check(self, instance):\n"
                      "  if os.fork() == 0: return\n"
                      "  assert os.wait()[1] == 0\n"},
    {"terminates.py",
     "import subprocess, multiprocessing, time\n" CLASS " def check(self, instance):\n"
     "  p = subprocess.Popen(['sleep', '300'])\n  p.terminate()\n"
     "  assert p.wait(60) == -15\n"
     "  p = multiprocessing.get_context('fork').Process("
     "target=time.sleep, args=(300,))\n"
     "  p.start(); p.terminate(); p.join(60)\n  assert p.exitcode == -15\n"},
};

/* ---- Crashes ---------------------------------------------------------------------------- */

static const struct {
    const char *check;
    int signal;
    const char *printed;
} crashes[] = {
    {"segv", SIGSEGV, "Fatal Python error: Segmentation fault"},
    {"aborts", SIGABRT, "Fatal Python error: Aborted"},
    {"overruns", SIGSEGV, "Fatal Python error: Segmentation fault"},
};

static void a_crash_says_whose_run_it_was_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(crashes); i++) {
        AUTOFREE char *file = mem_printf("/%s.py\", line", crashes[i].check);
        struct peer w;
        struct message m;
        int status;

        worker_start(&w, 3);
        load(&w, 1, "waits");
        load(&w, 2, crashes[i].check);
        run_begin(&w, 1, 1);
        run_begin(&w, 2, 9);
        m = hear(&w, MESSAGE_CRASH);
        assert_int_equal(m.key, 2);
        assert_int_equal(m.crash.run, 9);
        assert_int_equal(m.crash.signal, crashes[i].signal);
        hear_the_end(&w);
        status = bury(w.pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), crashes[i].signal);
        assert_true(has_printed(&w, crashes[i].printed));
        assert_true(has_printed(&w, file));
        assert_true(has_printed(&w, "/waits.py\", line"));
        peer_close(&w);
    }
}

static void a_crash_while_loading_is_told_as_well(void **state)
{
    struct peer w;
    struct message m;

    (void)state;
    worker_start(&w, 1);
    ask_load(&w, 4, "dies_loading", NULL);
    m = hear(&w, MESSAGE_CRASH);
    assert_int_equal(m.key, 4);
    assert_int_equal(m.crash.run, 0);
    hear_the_end(&w);
    bury(w.pid);
    peer_close(&w);
}

/* ---- Checks that end their worker ------------------------------------------------------- */

/* Whether a process is there; dead ones that nobody has reaped are not. */
static bool is_alive(pid_t pid)
{
    AUTOFREE char *path = mem_printf("/proc/%d/stat", (int)pid), *text = NULL;
    struct adder_error err;
    const char *end;
    size_t len;

    if (file_read(path, 4096, &text, &len, &err) < 0)
        return false;
    end = strrchr(text, ')');
    return end != NULL && end[2] != 'Z' && end[2] != 'X';
}

static void wait_until_gone(const pid_t *pids, size_t count)
{
    double until = clock_monotonic() + PATIENCE_MS / 1e3;

    for (size_t i = 0; i < count; i++)
        while (is_alive(pids[i])) {
            if (clock_monotonic() > until)
                fail_msg("process %d lives on", (int)pids[i]);
            while (waitpid(-1, NULL, WNOHANG) > 0)
                continue;
            usleep(1000);
        }
}

/* All processes below `pid`, by their parents in /proc. */
static size_t descendants(pid_t pid, pid_t *ret, size_t max)
{
    AUTOFREE char *path = mem_printf("/proc/%d/task", (int)pid);
    AUTOFREE char *command = mem_printf("cat %s/*/children 2>/dev/null", path);
    size_t count = 0;
    FILE *f = NULL;
    int fds[2];
    pid_t shell;
    long child;

    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    shell = fork();
    if (shell == 0) {
        dup2(fds[1], 1);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    f = fdopen(fds[0], "r");
    while (count < max && fscanf(f, "%ld", &child) == 1)
        ret[count++] = (pid_t)child;
    fclose(f);
    waitpid(shell, NULL, 0);
    for (size_t i = 0, direct = count; i < direct; i++)
        count += descendants(ret[i], ret + count, max - count);
    return count;
}

/* Waits until there are so many; the first of them. */
static void find_descendants(pid_t pid, pid_t *ret, size_t count)
{
    double until = clock_monotonic() + PATIENCE_MS / 1e3;
    pid_t found[FAMILY_MAX];

    while (descendants(pid, found, FAMILY_MAX) < count) {
        assert_true(clock_monotonic() < until);
        usleep(10 * 1000);
    }
    memcpy(ret, found, count * sizeof(*ret));
}

static const struct {
    const char *check;
    int code;
} ends[] = {{"exits", 3}, {"closes", 1}, {"takes_over", 1}};

static void a_check_that_ends_or_cuts_off_its_worker_ends_no_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct peer w;
        int status;

        worker_start(&w, 2);
        load(&w, 1, ends[i].check);
        run_begin(&w, 1, 1);
        hear_the_end(&w);
        status = bury(w.pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), ends[i].code);
        peer_close(&w);
    }
}

/* Nobody reads the log: whoever prints waits, others run. */
static void a_flood_of_prints_floods_nobody(void **state)
{
    struct peer w;
    int log;

    (void)state;
    worker_start(&w, 2);
    load(&w, 1, "floods");
    load(&w, 2, "fine");
    log = w.log;
    w.log = -1;
    run_begin(&w, 1, 1);
    for (uint64_t run = 1; run < 20; run++)
        run_check(&w, 2, run);
    w.log = log;
    close(w.socket);
    w.socket = -1;
    bury(w.pid);
    peer_close(&w);
}

static void a_check_that_holds_the_gil_does_not_hold_the_worker(void **state)
{
    struct peer w;

    (void)state;
    worker_start(&w, 2);
    load(&w, 1, "hogs");
    run_begin(&w, 1, 1);
    usleep(50 * 1000);
    shutdown(w.socket, SHUT_RDWR);
    bury(w.pid);
    peer_close(&w);
}

static void what_makes_no_sense_ends_the_worker(void **state)
{
    static const char noise[] = "GET / HTTP/1.1\r\n\r\n";
    struct peer w;

    (void)state;
    for (int i = 0; i < 2; i++) {
        worker_start(&w, 1);
        if (i == 0)
            assert_int_equal(send(w.socket, noise, sizeof(noise), 0), sizeof(noise));
        else
            say(&w, &(struct message){.type = MESSAGE_READY});
        hear_the_end(&w);
        assert_int_equal(WEXITSTATUS(bury(w.pid)), 1);
        assert_true(has_printed(&w, " ends: "));
        peer_close(&w);
    }
}

/* ---- All that is below it --------------------------------------------------------------- */

static const struct {
    const char *check;
    size_t processes; /* at least, below the worker */
} families[] = {{"leaves", 4}, {"forks", 1}, {"bomb", 32}};

static void what_a_check_started_ends_with_the_worker(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        pid_t below[FAMILY_MAX];
        struct peer w;

        worker_start(&w, 1);
        load(&w, 1, families[i].check);
        run_begin(&w, 1, 1);
        find_descendants(w.pid, below, families[i].processes);
        close(w.socket);
        w.socket = -1;
        bury(w.pid);
        /* Nothing was left to us: it killed and reaped them itself. */
        assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
        wait_until_gone(below, families[i].processes);
        peer_close(&w);
    }
}

static void children_of_a_check_do_not_hold_the_socket(void **state)
{
    struct peer w;
    pid_t child;

    (void)state;
    worker_start(&w, 1);
    load(&w, 1, "forks");
    run_begin(&w, 1, 1);
    find_descendants(w.pid, &child, 1);
    kill(w.pid, SIGKILL);
    bury(w.pid);
    while (listen_once(&w)) /* the end of the stream, though the child lives */
        continue;
    assert_true(is_alive(child));
    kill(child, SIGKILL);
    bury(child);
    peer_close(&w);
}

static void a_child_that_comes_back_from_its_check_ends(void **state)
{
    struct peer w;

    (void)state;
    worker_start(&w, 1);
    load(&w, 1, "comes_back");
    for (uint64_t run = 1; run < 4; run++) {
        struct message m = run_check(&w, 1, run);

        if (m.done.error.code != 0)
            fail_msg("%.*s", STR_ARG(m.done.error.traceback));
    }
    worker_stop(&w);
}

static void polite_signals_are_for_others(void **state)
{
    static const int polite[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE};
    struct peer w;
    struct message m;

    (void)state;
    worker_start(&w, 1);
    load(&w, 1, "terminates");
    for (size_t i = 0; i < ARRAY_LEN(polite); i++) {
        kill(nursery.pid, polite[i]);
        kill(w.pid, polite[i]);
    }
    m = run_check(&w, 1, 1);
    if (m.done.error.code != 0)
        fail_msg("%.*s", STR_ARG(m.done.error.traceback));
    worker_stop(&w);
}

/* ---- The others die --------------------------------------------------------------------- */

struct family {
    pid_t nursery, worker, below[4];
};

/* In a process of its own: a supervisor with all it takes, until it is killed. */
static void be_a_supervisor(int out)
{
    struct family f;
    struct peer n, w;

    nursery_start(&n, NULL);
    hear(&n, MESSAGE_READY);
    nursery = n;
    worker_start(&w, 2);
    load(&w, 1, "leaves");
    load(&w, 2, "hogs");
    run_begin(&w, 1, 1);
    find_descendants(w.pid, f.below, ARRAY_LEN(f.below));
    run_begin(&w, 2, 1);
    f.nursery = n.pid;
    f.worker = w.pid;
    if (write(out, &f, sizeof(f)) != sizeof(f))
        _exit(1);
    for (;;)
        pause();
}

static void all_end_when_the_supervisor_is_killed(void **state)
{
    struct family f;
    int fds[2];
    double began;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0)
        be_a_supervisor(fds[1]);
    close(fds[1]);
    assert_int_equal(read(fds[0], &f, sizeof(f)), sizeof(f));
    close(fds[0]);
    began = clock_monotonic();
    kill(pid, SIGKILL);
    bury(pid);
    wait_until_gone(&f.nursery, 1);
    wait_until_gone(&f.worker, 1);
    wait_until_gone(f.below, ARRAY_LEN(f.below));
    print_message("gone %.0f ms after the supervisor\n", (clock_monotonic() - began) * 1e3);
}

static void a_worker_outlives_its_nursery(void **state)
{
    struct peer w, old = nursery;

    (void)state;
    worker_start(&w, 1);
    load(&w, 1, "fine");
    kill(old.pid, SIGKILL);
    bury(old.pid);
    peer_close(&old);
    run_check(&w, 1, 1);
    nursery_start(&nursery, NULL);
    hear(&nursery, MESSAGE_READY);
    run_check(&w, 1, 2);
    worker_stop(&w);
}

static void it_stops_after_the_runs_under_way(void **state)
{
    struct peer w;
    struct message m;

    (void)state;
    worker_start(&w, 2);
    load(&w, 1, "fine");
    for (uint64_t run = 1; run < 50; run++)
        ask_run(&w, 1, run);
    hear(&w, MESSAGE_STARTED);
    say(&w, &(struct message){.type = MESSAGE_STOP});
    hear(&w, MESSAGE_DONE);
    while (hear_any(&w, &m)) {
        assert_int_equal(m.type, MESSAGE_STARTED);
        hear(&w, MESSAGE_DONE);
    }
    assert_int_equal(bury(w.pid), 0);
    peer_close(&w);
}

/* ---- Set-up ----------------------------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    scratch_make();
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        scratch_write(files[i].path, files[i].text);
    nursery_start(&nursery, NULL);
    hear(&nursery, MESSAGE_READY);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    nursery_stop(&nursery);
    scratch_remove();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_says_whose_run_it_was_and_where),
        cmocka_unit_test(a_crash_while_loading_is_told_as_well),
        cmocka_unit_test(a_check_that_ends_or_cuts_off_its_worker_ends_no_more),
        cmocka_unit_test(a_flood_of_prints_floods_nobody),
        cmocka_unit_test(a_check_that_holds_the_gil_does_not_hold_the_worker),
        cmocka_unit_test(what_makes_no_sense_ends_the_worker),
        cmocka_unit_test(what_a_check_started_ends_with_the_worker),
        cmocka_unit_test(children_of_a_check_do_not_hold_the_socket),
        cmocka_unit_test(a_child_that_comes_back_from_its_check_ends),
        cmocka_unit_test(polite_signals_are_for_others),
        cmocka_unit_test(all_end_when_the_supervisor_is_killed),
        cmocka_unit_test(a_worker_outlives_its_nursery),
        cmocka_unit_test(it_stops_after_the_runs_under_way),
    };

    return cmocka_run_group_tests_name("worker_end", tests, set_up, tear_down);
}
