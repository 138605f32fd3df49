#include "py/interrupt.h"

#include <stdatomic.h>

#include "py/gil.h"
#include "py/runtime_testing.h"

#define CLASS "from datadog_checks.base import AgentCheck\nclass C(AgentCheck):\n"

static const struct {
    const char *path, *text;
} files[] = {
    {"endless.py", CLASS " def check(self, instance):\n"
                         "  self.warning('w')\n  self.gauge('before', 1)\n"
                         "  while True:\n   try:\n    self.spin()\n   except Exception: pass\n"
                         " def spin(self):\n  for _ in range(1000): pass\n"},
    {"brief.py", CLASS " count = 0\n def check(self, instance): C.count += 1\n"},
};

static const char why[] = "the run passed its timeout of 5 s";

struct runner {
    struct py_check *check;
    struct adder_error err;
    int rc;
};

static void *run_once(void *arg)
{
    struct runner *r = arg;

    r->rc = check_run(r->check, ADDER_COMMIT, &r->err);
    return NULL;
}

/* Interrupts until there is a run to be interrupted. */
static void interrupt_once(struct py_check *c)
{
    struct adder_error err;
    bool hit = false;

    while (!hit)
        assert_int_equal(check_interrupt(c, why, &hit, &err), 0);
}

/* Under the GIL, as what is heard is written. */
static void wait_for(const char *line)
{
    struct adder_error err;
    bool there = false;

    while (!there) {
        struct adder_gil gil = {{NULL}};

        assert_int_equal(gil_lock(&gil, &err), 0);
        there = was_heard(line);
        gil_unlock(&gil);
    }
}

static void an_endless_run_ends_and_says_why_and_where(void **state)
{
    struct runner r = {
        .check = make_with((struct adder_check_config){.name = "endless", .id = "id:1"})};
    struct text_reply warnings;
    struct adder_error err;
    pthread_t thread;

    (void)state;
    text_reply_start(&warnings);
    for (int i = 0; i < 5; i++) {
        buf_clear(&heard);
        assert_int_equal(pthread_create(&thread, NULL, run_once, &r), 0);
        wait_for("metric - 'id:1' before 1");
        interrupt_once(r.check);
        pthread_join(thread, NULL);
        assert_int_equal(r.rc, -1);
        assert_int_equal(r.err.code, ADDER_CHECK);
        assert_string_equal(r.err.message, "Interrupted: the run passed its timeout of 5 s");
        assert_non_null(strstr(r.err.traceback, "in check\n"));
        assert_non_null(strstr(r.err.traceback, "\nadder.Interrupted: the run passed its"));
        assert_heard("commit - 'id:1'");
    }
    assert_int_equal(check_warnings(r.check, &warnings.reply, &err), 0);
    assert_string_equal(warnings.text.data, "w\nw\nw\nw\nw\n");
    buf_free(&warnings.text);
    check_free(r.check);
}

static void without_a_run_nothing_is_hit(void **state)
{
    struct py_check *c = make_with((struct adder_check_config){.name = "brief", .id = "id:2"});
    struct adder_error err;
    bool hit = true;

    (void)state;
    assert_int_equal(check_interrupt(c, why, &hit, &err), 0);
    assert_false(hit);
    must_run(c);
    assert_int_equal(check_interrupt(c, why, &hit, &err), 0);
    assert_false(hit);
    must_run(c);
    check_free(c);
}

static atomic_bool over;

static void *interrupt_often(void *arg)
{
    struct adder_error err;
    bool hit;

    while (!over)
        if (check_interrupt(arg, why, &hit, &err) < 0)
            return arg;
    return NULL;
}

/* Each run either ends as always, or says that it was interrupted. */
static void runs_that_end_meanwhile_keep_their_exception_to_themselves(void **state)
{
    struct py_check *c = make_with((struct adder_check_config){.name = "brief", .id = "id:3"}),
                    *other = make_with((struct adder_check_config){.name = "brief"});
    struct adder_gil gil = {{NULL}};
    struct adder_error err;
    pthread_t thread;
    void *failed;

    (void)state;
    over = false;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_often, c), 0);
    for (int i = 0; i < 2000; i++) {
        /* Held over several runs, so that the thread keeps its state between them. */
        assert_int_equal(gil_lock(&gil, &err), 0);
        if (check_run(c, ADDER_NO_COMMIT, &err) < 0)
            assert_string_equal(err.message, "Interrupted: the run passed its timeout of 5 s");
        must_run(other);
        gil_unlock(&gil);
    }
    over = true;
    pthread_join(thread, &failed);
    assert_null(failed);
    check_free(c);
    check_free(other);
}

/* What is missing is an exception that is pending for nobody. */
static void a_hit_that_came_too_late_is_taken_back(void **state)
{
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    struct interruptible i = {0};
    struct adder_error err;

    (void)state;
    assert_int_equal(gil_lock(&gil, &err), 0);
    assert_false(interruptible_hit(&i, why));
    interruptible_begin(&i);
    assert_true(interruptible_hit(&i, why));
    interruptible_end(&i);
    assert_false(interruptible_hit(&i, why));
    assert_int_equal(runtime_exec("for i in range(1000): str(i)", &err), 0);
    interruptible_begin(&i);
    assert_true(interruptible_hit(&i, why));
    assert_int_equal(runtime_exec("for i in range(1000): str(i)", &err), -1);
    assert_string_equal(err.message, "Interrupted: the run passed its timeout of 5 s");
    interruptible_end(&i);
    assert_false(interrupted());
}

static int set_up(void **state)
{
    (void)state;
    hearing_begin();
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        scratch_write(files[i].path, files[i].text);
    hearing_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endless_run_ends_and_says_why_and_where),
        cmocka_unit_test(without_a_run_nothing_is_hit),
        cmocka_unit_test(runs_that_end_meanwhile_keep_their_exception_to_themselves),
        cmocka_unit_test(a_hit_that_came_too_late_is_taken_back),
    };

    return cmocka_run_group_tests_name("interrupt", tests, set_up, tear_down);
}
