/* The nursery of the program: warming up, and what it does with what it is not asked for. */
#include "work/supervisor_testing.h"

/* What is imported ahead, and what had better not be. */
static const struct {
    const char *path, *text;
    bool good;
} modules[] = {
    {"warm_first.py", "", true},
    {"warm_raises.py", "raise ValueError\n", false},
    {"warm_exits.py", "import os\nos._exit(0)\n", false},
    {"warm_crashes.py", "import os\nos.abort()\n", false},
    {"warm_thread.py",
     "import threading, time\n"
     "threading.Thread(target=time.sleep, args=(300,), daemon=True).start()\n",
     false},
    {"warm_uses_thread.py", "import warm_first, warm_thread\n", false},
    {"warm_last.py", "import json\n", true},
};

static const char list_end[] = "no_such_module\n'); raise SystemExit(1)('\n__main__\n\n"
                               "  \nxml.dom.minidom";

static const char shows[] =
    CLASS " def check(self, instance):\n"
          "  import gc, sys\n"
          "  assert 'warm_first' in sys.modules and 'warm_thread' not in sys.modules\n"
          "  assert 'xml.dom.minidom' in sys.modules\n"
          "  assert 'adder_warm_up' not in sys.modules\n"
          "  assert gc.get_freeze_count() > 10000\n";

static void only_harmless_modules_are_imported_ahead(void **state)
{
    AUTOFREE char *path = mem_printf("%s/list", scratch), *expected = mem_strdup(""),
                  *got = NULL;
    CLEANUP(buf_free) struct buf list;
    struct message m;
    struct peer w;

    (void)state;
    buf_init(&list, 4096);
    for (size_t i = 0; i < ARRAY_LEN(modules); i++) {
        int len = (int)strlen(modules[i].path) - (int)strlen(".py");

        scratch_write(modules[i].path, modules[i].text);
        buf_printf(&list, "%.*s\n", len, modules[i].path);
        if (modules[i].good) {
            char *longer = mem_printf("%s%.*s\n", expected, len, modules[i].path);

            mem_free(expected);
            expected = longer;
        }
    }
    buf_add_str(&list, list_end);
    scratch_write("list", list.data);
    scratch_write("shows.py", shows);
    nursery_start(&nursery, path);
    m = hear(&nursery, MESSAGE_READY);
    got = mem_printf("%.*s", STR_ARG(m.ready.modules));
    assert_int_equal(strncmp(got, expected, strlen(expected)), 0);
    assert_string_equal(got + strlen(expected), "xml.dom.minidom\n");
    assert_int_equal(m.ready.python.ptr[0], '3');
    assert_true(has_printed(&nursery, "warm_thread starts threads when it is imported"));
    worker_start(&w, 1);
    load(&w, 1, "shows");
    m = run_check(&w, 1, 1);
    if (m.done.error.code != 0)
        fail_msg("%.*s", STR_ARG(m.done.error.traceback));
    worker_stop(&w);
    nursery_stop(&nursery);
}

static void a_list_that_is_not_there_is_no_error(void **state)
{
    (void)state;
    nursery_start(&nursery, "/nonexistent/list");
    assert_int_equal(hear(&nursery, MESSAGE_READY).ready.modules.len, 0);
    peer_close(&nursery);
    assert_int_equal(bury(nursery.pid), 0);
}

/* A worker whose supervisor is another process than the one it would get as its parent. */
static void a_worker_that_nobody_adopts_ends(void **state)
{
    struct peer w;

    (void)state;
    nursery_start(&nursery, NULL);
    hear(&nursery, MESSAGE_READY);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    ask_worker(&nursery, &w, 1);
    hear_the_end(&w);
    assert_true(has_printed(&w, "no worker: process"));
    peer_close(&w);
    nursery_stop(&nursery);
}

static const struct {
    struct message m;
    const char *why;
} refused[] = {
    {{.type = MESSAGE_SPAWN, .spawn = {.threads = 1}}, "SPAWN came without its descriptors"},
    {{.type = MESSAGE_RUN}, "message RUN is not for a nursery"},
};

static void what_makes_no_sense_ends_the_nursery(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        nursery_start(&nursery, NULL);
        hear(&nursery, MESSAGE_READY);
        say(&nursery, &refused[i].m);
        hear_the_end(&nursery);
        assert_int_equal(WEXITSTATUS(bury(nursery.pid)), 2);
        assert_true(has_printed(&nursery, refused[i].why));
        peer_close(&nursery);
    }
}

static void without_a_supervisor_it_says_whom_it_is_for(void **state)
{
    int fds[2], status;
    char text[256];
    ssize_t len;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], 2);
        close(3);
        execl(BINARY_DIR "/adder", "adder", "nursery", (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    len = read(fds[0], text, sizeof(text) - 1);
    close(fds[0]);
    status = bury(pid);
    assert_int_equal(WEXITSTATUS(status), 2);
    text[len > 0 ? len : 0] = '\0';
    assert_string_equal(text,
                        "adder nursery: this command is for the agent alone, which starts "
                        "it; see 'adder run'\n");
}

static int set_up(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    scratch_make();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_harmless_modules_are_imported_ahead),
        cmocka_unit_test(a_list_that_is_not_there_is_no_error),
        cmocka_unit_test(a_worker_that_nobody_adopts_ends),
        cmocka_unit_test(what_makes_no_sense_ends_the_nursery),
        cmocka_unit_test(without_a_supervisor_it_says_whom_it_is_for),
    };

    return cmocka_run_group_tests_name("nursery", tests, set_up, tear_down);
}
