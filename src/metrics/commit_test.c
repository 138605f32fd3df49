/* The two sides of a batch: what is readable when, also while a thread submits all the time. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/mem.h"
#include "core/str.h"
#include "core/testing.h"
#include "metrics/batch.h"

static const struct adder_str no_id = {"", 0};

static void submit(struct batch *b, const char *line)
{
    batch_sink.log_line(NULL, b, no_id, str_of(line));
}

static void commit(struct batch *b)
{
    batch_sink.commit(NULL, b, no_id);
}

/* The committed lines, each with a space behind it; in a buffer that is used again. */
static const char *committed(const struct batch *b)
{
    struct batch_reader *reader = batch_reader_new(batch_bytes(b));
    static char text[256];
    struct adder_error err;
    struct record r;
    size_t len = 0;

    while (batch_read(reader, &r, &err) > 0)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s ", STR_ARG(r.log_line));
    batch_reader_free(reader);
    text[len] = '\0';
    return text;
}

static void nothing_is_readable_before_its_commit(void **state)
{
    struct batch *b = batch_new(0);

    (void)state;
    submit(b, "one");
    assert_string_equal(committed(b), "");
    commit(b);
    assert_string_equal(committed(b), "one ");
    submit(b, "between");
    assert_string_equal(committed(b), "one ");
    batch_clear(b);
    assert_string_equal(committed(b), "");
    submit(b, "two");
    commit(b);
    assert_string_equal(committed(b), "between two ");
    batch_free(b);
}

static void commits_that_nobody_read_come_one_behind_the_other(void **state)
{
    struct batch *b = batch_new(0);

    (void)state;
    for (int i = 0; i < 3; i++) {
        submit(b, i == 0 ? "a" : "b");
        commit(b);
        commit(b); /* of nothing */
    }
    assert_string_equal(committed(b), "a b b ");
    assert_int_equal(batch_dropped(b).records, 0);
    batch_free(b);
}

static void a_broken_run_leaves_what_was_committed(void **state)
{
    static const struct adder_str tags[BATCH_TAGS_MAX + 2];
    struct batch *b = batch_new(0);

    (void)state;
    submit(b, "fine");
    commit(b);
    submit(b, "broken");
    batch_sink.external_tags(NULL, b, no_id, no_id, (struct adder_tags){tags, ARRAY_LEN(tags)});
    batch_sink.discard(NULL, b, no_id);
    assert_string_equal(committed(b), "fine ");
    commit(b);
    assert_string_equal(committed(b), "fine ");
    assert_int_equal(batch_dropped(b).tags, 0);
    batch_sink.commit(NULL, NULL, no_id);
    batch_sink.discard(NULL, NULL, no_id);
    batch_free(b);
}

static void each_side_holds_so_much_and_what_it_drops_is_counted_there(void **state)
{
    struct batch *b = batch_new(60); /* two of these lines, of 21 bytes each */

    (void)state;
    for (int i = 0; i < 3; i++)
        submit(b, "x");
    assert_int_equal(batch_dropped(b).records, 0);
    commit(b);
    assert_int_equal(batch_dropped(b).records, 1);
    submit(b, "longer than there is room for");
    submit(b, "y");
    assert_int_equal(batch_dropped(b).records, 1);
    commit(b);
    assert_string_equal(committed(b), "x x ");
    assert_int_equal(batch_dropped(b).records, 3);
    batch_clear(b);
    assert_int_equal(batch_dropped(b).records, 0);
    submit(b, "z");
    commit(b);
    assert_string_equal(committed(b), "z ");
    assert_int_equal(batch_dropped(b).records, 0);
    batch_free(b);
}

static void a_trimmed_batch_keeps_little_memory_and_what_was_submitted_since(void **state)
{
    struct batch *b = batch_new(0);
    long before;

    (void)state;
    for (int i = 0; i < 100; i++)
        submit(b, "a line of a large run");
    commit(b);
    submit(b, "between");
    before = mem_live();
    batch_trim(b, 1 << 20);
    assert_int_equal(mem_live(), before);
    batch_trim(b, 1000);
    assert_int_equal(mem_live(), before - 1);
    assert_string_equal(committed(b), "");
    commit(b);
    assert_string_equal(committed(b), "between ");
    batch_free(b);
}

static int commits_twice_and_counts(void)
{
    struct batch *b = batch_new(0);
    int rc = -1;

    if (b == NULL)
        return -1;
    for (int i = 0; i < 40; i++) { /* the committed side must grow for the second half */
        submit(b, "a line");
        if (i % 20 == 19)
            commit(b);
    }
    if (batch_dropped(b).records == 0 && batch_bytes(b).len == 40 * 26UL)
        rc = 0;
    batch_free(b);
    return rc;
}

static void what_memory_was_out_for_is_counted(void **state)
{
    (void)state;
    each_alloc_fails(commits_twice_and_counts);
}

/* ---- With threads ------------------------------------------------------------------------ */

struct crowd {
    struct batch *batch;
    pthread_mutex_t gil;
    atomic_bool stop;
    uint64_t submitted; /* the GIL guards it */
};

static void *submit_all_the_time(void *ctx)
{
    struct crowd *c = ctx;

    while (!atomic_load(&c->stop)) {
        pthread_mutex_lock(&c->gil);
        submit(c->batch, "from a thread");
        c->submitted++;
        pthread_mutex_unlock(&c->gil);
    }
    return NULL;
}

/* Reads what was committed, as after a run, and forgets it. */
static uint64_t read_and_clear(struct batch *b)
{
    struct batch_reader *reader = batch_reader_new(batch_bytes(b));
    struct adder_error err;
    struct record r;
    uint64_t count = batch_dropped(b).records;
    int rc;

    while ((rc = batch_read(reader, &r, &err)) > 0) {
        assert_true(str_is(r.log_line, "from a thread"));
        count++;
    }
    assert_int_equal(rc, 0);
    batch_reader_free(reader);
    batch_clear(b);
    return count;
}

/* Commits are made with the GIL held, readers do without. */
static void a_thread_that_submits_all_the_time_disturbs_no_reader(void **state)
{
    struct crowd c = {.batch = batch_new(4096), .gil = PTHREAD_MUTEX_INITIALIZER};
    uint64_t seen = 0;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, submit_all_the_time, &c), 0);
    for (int run = 0; run < 200; run++) {
        pthread_mutex_lock(&c.gil);
        commit(c.batch);
        pthread_mutex_unlock(&c.gil);
        seen += read_and_clear(c.batch);
    }
    atomic_store(&c.stop, true);
    pthread_join(thread, NULL);
    commit(c.batch);
    seen += read_and_clear(c.batch);
    assert_int_equal(seen, c.submitted);
    batch_free(c.batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_readable_before_its_commit),
        cmocka_unit_test(commits_that_nobody_read_come_one_behind_the_other),
        cmocka_unit_test(a_broken_run_leaves_what_was_committed),
        cmocka_unit_test(each_side_holds_so_much_and_what_it_drops_is_counted_there),
        cmocka_unit_test(a_trimmed_batch_keeps_little_memory_and_what_was_submitted_since),
        cmocka_unit_test(what_memory_was_out_for_is_counted),
        cmocka_unit_test(a_thread_that_submits_all_the_time_disturbs_no_reader),
    };

    return cmocka_run_group_tests_name("commit", tests, NULL, NULL);
}
