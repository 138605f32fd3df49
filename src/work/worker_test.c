/* Workers that work: loading, running, interrupting, budgets. The program's nursery makes them.
 */
#include "metrics/batch.h"
#include "work/supervisor_testing.h"

static const struct {
    const char *path, *text;
} files[] = {
    {"fine.py", "__version__ = '1.2.3'\nimport colorsys\n" CLASS " def check(self, instance):\n"
                "  import this_one\n"
                "  self.gauge('g', 7, tags=['a:b'])\n  self.warning('low')\n"
                "  self.warning('lower')\n  print('printed')\n"},
    {"this_one.py", ""},
    {"raises.py",
     CLASS " def check(self, instance):\n  self.gauge('g', 1)\n  raise ValueError('broken')\n"},
    {"exits.py",
     CLASS " def check(self, instance):\n  self.gauge('g', 1)\n  raise SystemExit(2)\n"},
    {"endless.py", CLASS " def check(self, instance):\n  self.gauge('g', 1)\n"
                         "  while True:\n   try:\n    sum(range(1000))\n"
                         "   except Exception: pass\n"},
    {"meets.py", "import threading\nb = threading.Barrier(2, timeout=60)\n" CLASS
                 " def check(self, instance): b.wait()\n"},
    {"waits.py", "import threading\ne = threading.Event()\n" CLASS
                 " def check(self, instance): e.wait(60)\n def cancel(self): e.set()\n"},
    {"many.py",
     CLASS " def check(self, instance):\n  for i in range(300000):\n"
           "   self.gauge('a.metric.with.a.long.name', i, tags=['some:tag', 'another:tag'])\n"},
    {"thousand.py",
     CLASS " def check(self, instance):\n  for i in range(1000): self.gauge('g', i)\n"},
    {"hungry.py", "import time\n" CLASS " def check(self, instance):\n"
                  "  kept = [bytearray(1 << 20) for _ in range(100)]\n  time.sleep(60)\n"},
    {"native.py", "import mmap, time\n" CLASS " def check(self, instance):\n"
                  "  m = mmap.mmap(-1, 100 << 20)\n"
                  "  for i in range(0, 100 << 20, 4096): m[i] = 1\n  time.sleep(60)\n"},
    {"files.py", "import time\n" CLASS " def check(self, instance):\n"
                 "  kept = [open('/dev/null') for _ in range(60)]\n  time.sleep(60)\n"},
    {"threads.py", "import threading, time\n" CLASS " def check(self, instance):\n"
                   "  for _ in range(30):\n"
                   "   threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
                   "  time.sleep(60)\n"},
    {"children.py", "import subprocess, time\n" CLASS " def check(self, instance):\n"
                    "  kept = [subprocess.Popen(['sleep', '60']) for _ in range(15)]\n"
                    "  time.sleep(60)\n"},
    {"where.py", "import os, sys\n" CLASS " def check(self, instance):\n"
                 "  assert os.getsid(0) == os.getpid() == os.getpgrp()\n"
                 "  assert os.readlink('/proc/self/fd/0') == '/dev/null'\n"
                 "  assert os.readlink('/proc/self/fd/1').startswith('pipe:')\n"
                 "  assert os.path.samefile('/proc/self/fd/1', '/proc/self/fd/2')\n"
                 "  assert not os.path.exists('/proc/self/fd/3') or "
                 "not os.readlink('/proc/self/fd/3').startswith('socket:')\n"
                 "  with open('/proc/self/task/%d/comm' % __import__('threading')"
                 ".get_native_id()) as f: assert f.read() == 'where\\n'\n"
                 "  for fd in os.listdir('/proc/self/fd'):\n"
                 "   try: assert int(fd) < 3 or not os.get_inheritable(int(fd)), (fd, "
                 "os.readlink('/proc/self/fd/' + fd))\n"
                 "   except OSError: pass\n"},
};

/* ---- Loading and running ---------------------------------------------------------------- */

/* The one metric in the batch. */
static double only_metric(struct adder_str batch)
{
    struct batch_reader *r = batch_reader_new(batch);
    struct adder_error err;
    struct record record;
    double value;

    assert_int_equal(batch_read(r, &record, &err), 1);
    assert_int_equal(record.type, RECORD_METRIC);
    assert_true(str_is(record.metric.name, "g"));
    value = record.metric.value;
    assert_int_equal(batch_read(r, &record, &err), 0);
    batch_reader_free(r);
    return value;
}

static bool has_line(struct adder_str lines, const char *line)
{
    AUTOFREE char *text = mem_printf("\n%.*s", STR_ARG(lines));
    AUTOFREE char *whole = mem_printf("\n%s\n", line);

    return strstr(text, whole) != NULL;
}

static void a_check_is_loaded_and_run(void **state)
{
    struct peer w;
    struct message m;

    (void)state;
    worker_start(&w, 2);
    ask_load(&w, 7, "fine", NULL);
    m = hear(&w, MESSAGE_LOADED);
    assert_int_equal(m.key, 7);
    assert_int_equal(m.loaded.error.code, 0);
    assert_true(str_is(m.loaded.version, "1.2.3"));
    assert_true(str_is(m.loaded.module, "fine"));
    assert_non_null(strstr(m.loaded.file.ptr, "/fine.py"));
    assert_true(has_line(m.loaded.imports, "colorsys"));
    assert_true(has_line(m.loaded.imports, "fine"));
    for (uint64_t run = 1; run < 4; run++) {
        m = run_check(&w, 7, run);
        assert_int_equal(m.done.error.code, 0);
        assert_true(m.done.committed);
        assert_true(only_metric(m.done.batch) == 7);
        assert_int_equal(m.done.warning_count, 2);
        assert_true(str_is(m.done.warnings[1], "lower"));
        assert_true(m.done.wall_s > 0 && m.done.cpu_s > 0 && m.done.cpu_s < 60);
        assert_true(m.done.memory.python.total_bytes > 0);
        assert_int_equal(has_line(m.done.imports, "this_one"), run == 1);
    }
    worker_stop(&w);
}

static void what_a_check_prints_is_the_log(void **state)
{
    struct peer w;

    (void)state;
    worker_start(&w, 1);
    load(&w, 1, "fine");
    run_check(&w, 1, 1);
    while (!has_printed(&w, "printed\n"))
        assert_true(listen_once(&w));
    worker_stop(&w);
}

static void a_worker_is_a_session_of_its_own_with_nothing_open(void **state)
{
    struct peer w;
    struct message m;

    (void)state;
    worker_start(&w, 1);
    load(&w, 1, "where");
    m = run_check(&w, 1, 1);
    if (m.done.error.code != 0)
        fail_msg("%.*s", STR_ARG(m.done.error.traceback));
    worker_stop(&w);
}

static void a_check_that_raises_says_where_and_keeps_what_it_had(void **state)
{
    struct peer w;
    struct message m;

    (void)state;
    worker_start(&w, 1);
    load(&w, 1, "raises");
    m = run_check(&w, 1, 1);
    assert_int_equal(m.done.error.code, ADDER_CHECK);
    assert_true(str_is(m.done.error.message, "broken"));
    assert_non_null(strstr(m.done.error.traceback.ptr, "raises.py"));
    assert_true(m.done.committed);
    assert_true(only_metric(m.done.batch) == 1);
    load(&w, 2, "exits");
    m = run_check(&w, 2, 1);
    assert_int_equal(m.done.error.code, ADDER_PYTHON);
    assert_false(m.done.committed);
    assert_int_equal(m.done.batch.len, 0);
    worker_stop(&w);
}

static void what_cannot_be_loaded_cannot_be_run(void **state)
{
    struct peer w;
    struct message m;

    (void)state;
    worker_start(&w, 1);
    ask_load(&w, 1, "nowhere", NULL);
    m = hear(&w, MESSAGE_LOADED);
    assert_int_equal(m.loaded.error.code, ADDER_NOT_FOUND);
    ask_run(&w, 1, 1);
    m = run_end(&w, 1, 1);
    assert_int_equal(m.done.error.code, ADDER_STATE);
    say(&w, &(struct message){.type = MESSAGE_DIAGNOSE, .key = 1});
    assert_int_equal(hear(&w, MESSAGE_DIAGNOSES).diagnoses.error.code, ADDER_STATE);
    say(&w, &(struct message){.type = MESSAGE_DROP, .key = 1});
    hear(&w, MESSAGE_DROPPED);
    worker_stop(&w);
}

static void checks_run_side_by_side_and_one_check_once_at_a_time(void **state)
{
    struct peer w;

    (void)state;
    worker_start(&w, 2);
    load(&w, 1, "meets");
    load(&w, 2, "meets");
    ask_run(&w, 1, 1);
    ask_run(&w, 1, 2);
    hear(&w, MESSAGE_STARTED);
    run_begin(&w, 2, 1);
    hear(&w, MESSAGE_DONE);
    for (int seen = 0; seen < 2;) { /* the other DONE, and that the second run has begun */
        struct message m;

        assert_true(hear_any(&w, &m));
        assert_true(m.type == MESSAGE_DONE || (m.type == MESSAGE_STARTED && m.key == 1));
        seen++;
    }
    run_begin(&w, 2, 2);
    hear(&w, MESSAGE_DONE);
    hear(&w, MESSAGE_DONE);
    worker_stop(&w);
}

static void diagnoses_come_as_a_list(void **state)
{
    struct peer w;
    struct message m;

    (void)state;
    worker_start(&w, 1);
    load(&w, 1, "fine");
    say(&w, &(struct message){.type = MESSAGE_DIAGNOSE, .key = 1});
    m = hear(&w, MESSAGE_DIAGNOSES);
    assert_int_equal(m.diagnoses.error.code, 0);
    assert_int_equal(m.diagnoses.json.ptr[0], '[');
    worker_stop(&w);
}

/* ---- Interrupting and dropping ---------------------------------------------------------- */

static void interrupt(struct peer *w, uint64_t key, uint64_t run)
{
    say(w, &(struct message){.type = MESSAGE_INTERRUPT,
                             .key = key,
                             .run = {run, str_of("the run passed its timeout of 5 s")}});
}

static void an_endless_loop_is_interrupted(void **state)
{
    struct peer w;
    struct message m;

    (void)state;
    worker_start(&w, 2);
    load(&w, 1, "endless");
    for (uint64_t run = 1; run < 4; run++) {
        run_begin(&w, 1, run);
        interrupt(&w, 1, run - 1);
        interrupt(&w, 1, run);
        m = hear(&w, MESSAGE_INTERRUPT);
        assert_int_equal(m.run.run, run);
        m = run_end(&w, 1, run);
        assert_int_equal(m.done.error.code, ADDER_CHECK);
        assert_non_null(strstr(m.done.error.message.ptr, "the run passed its timeout of 5 s"));
        assert_true(m.done.committed);
        assert_true(only_metric(m.done.batch) == 1);
    }
    worker_stop(&w);
}

static void a_check_is_dropped_during_its_run(void **state)
{
    struct peer w;

    (void)state;
    worker_start(&w, 2);
    load(&w, 1, "waits");
    run_begin(&w, 1, 1);
    ask_run(&w, 1, 2); /* forgotten with the check */
    say(&w, &(struct message){.type = MESSAGE_DROP, .key = 1});
    ask_load(&w, 1, "fine", NULL);
    for (int seen = 0; seen < 3; seen++) {
        struct message m;

        assert_true(hear_any(&w, &m));
        assert_true(m.type == MESSAGE_DONE || m.type == MESSAGE_DROPPED ||
                    m.type == MESSAGE_LOADED);
    }
    run_check(&w, 1, 3);
    say(&w, &(struct message){.type = MESSAGE_DROP, .key = 5});
    assert_int_equal(hear(&w, MESSAGE_DROPPED).key, 5);
    worker_stop(&w);
}

/* ---- Budgets ---------------------------------------------------------------------------- */

static const struct {
    const char *check;
    struct budget budget;
    enum budget_part part;
    double most; /* that a sane measurement says */
} budgets[] = {
    {"endless", {.cpu_s = 0.2}, BUDGET_CPU, 30},
    {"hungry", {.memory_bytes = 50 << 20}, BUDGET_MEMORY, 400 << 20},
    {"native", {.memory_bytes = 50 << 20}, BUDGET_MEMORY, 400 << 20},
    {"files", {.files = 50}, BUDGET_FILES, 70},
    {"threads", {.threads = 20}, BUDGET_THREADS, 40},
    {"children", {.processes = 10}, BUDGET_PROCESSES, 20},
};

static void whoever_passes_a_budget_is_told_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(budgets); i++) {
        struct peer w;
        struct message m;

        worker_start(&w, 2);
        ask_load(&w, 1, budgets[i].check, &budgets[i].budget);
        assert_int_equal(hear(&w, MESSAGE_LOADED).loaded.error.code, 0);
        run_begin(&w, 1, 1);
        m = hear(&w, MESSAGE_OVER);
        assert_int_equal(m.key, 1);
        assert_int_equal(m.over.run, 1);
        assert_int_equal(m.over.part, budgets[i].part);
        assert_true(m.over.value > m.over.limit && m.over.value < budgets[i].most);
        shutdown(w.socket, SHUT_WR);
        hear_the_end(&w);
        bury(w.pid);
        peer_close(&w);
    }
}

/* A run of hardly a moment, between two looks of the watch. */
static void samples_beyond_the_budget_are_dropped_and_told(void **state)
{
    struct peer w;
    struct message m;

    (void)state;
    worker_start(&w, 1);
    ask_load(&w, 1, "thousand", &(struct budget){.samples = 999});
    hear(&w, MESSAGE_LOADED);
    ask_load(&w, 2, "thousand", &(struct budget){.samples = 1000, .batch_bytes = 1000});
    hear(&w, MESSAGE_LOADED);
    for (uint64_t run = 1; run < 3; run++) {
        run_begin(&w, 1, run);
        m = hear(&w, MESSAGE_OVER);
        assert_int_equal(m.over.part, BUDGET_SAMPLES);
        assert_true(m.over.value == 1000 && m.over.limit == 999);
        m = run_end(&w, 1, run);
        assert_int_equal(m.done.dropped_records, 1);
        m = run_check(&w, 2, run);
        assert_true(m.done.batch.len > 0 && m.done.batch.len <= 1000);
        assert_true(m.done.dropped_records > 900);
    }
    worker_stop(&w);
}

/* A batch larger than what the socket holds, while nobody reads it. */
static void a_large_batch_keeps_nobody_from_being_heard(void **state)
{
    struct peer w;
    struct message m;

    (void)state;
    worker_start(&w, 2);
    load(&w, 1, "many");
    load(&w, 2, "waits");
    run_begin(&w, 2, 1);
    run_begin(&w, 1, 1);
    usleep(1000 * 1000);
    say(&w, &(struct message){.type = MESSAGE_DROP, .key = 2});
    m = run_end(&w, 1, 1);
    assert_true(m.done.batch.len > 20 << 20);
    for (int seen = 0; seen < 2; seen++) {
        assert_true(hear_any(&w, &m));
        assert_int_equal(m.key, 2);
    }
    m = run_check(&w, 1, 2);
    assert_true(m.done.batch.len > 20 << 20);
    worker_stop(&w);
}

/* ---- Set-up ----------------------------------------------------------------------------- */

static void show_how_long_a_worker_takes(void **state)
{
    double best = 1e9;

    (void)state;
    for (int i = 0; i < 5; i++) {
        double began = clock_monotonic(), lasted;
        struct peer w;

        worker_start(&w, 4);
        load(&w, 1, "fine");
        run_check(&w, 1, 1);
        lasted = clock_monotonic() - began;
        best = lasted < best ? lasted : best;
        worker_stop(&w);
    }
    print_message("asked for until its first run has ended: %.1f ms\n", best * 1e3);
}

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
        cmocka_unit_test(a_check_is_loaded_and_run),
        cmocka_unit_test(what_a_check_prints_is_the_log),
        cmocka_unit_test(a_worker_is_a_session_of_its_own_with_nothing_open),
        cmocka_unit_test(a_check_that_raises_says_where_and_keeps_what_it_had),
        cmocka_unit_test(what_cannot_be_loaded_cannot_be_run),
        cmocka_unit_test(checks_run_side_by_side_and_one_check_once_at_a_time),
        cmocka_unit_test(diagnoses_come_as_a_list),
        cmocka_unit_test(an_endless_loop_is_interrupted),
        cmocka_unit_test(a_check_is_dropped_during_its_run),
        cmocka_unit_test(whoever_passes_a_budget_is_told_on),
        cmocka_unit_test(samples_beyond_the_budget_are_dropped_and_told),
        cmocka_unit_test(a_large_batch_keeps_nobody_from_being_heard),
        cmocka_unit_test(show_how_long_a_worker_takes),
    };

    return cmocka_run_group_tests_name("worker", tests, set_up, tear_down);
}
