#include "work/outbox.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/err.h"
#include "core/str.h"
#include "core/testing.h"

enum { THREADS = 4, ROUNDS = 200, TEXT = 20000 };

static int ours, theirs, wake;
static struct outbox *box;
static char text[TEXT];

static int set_up(void **state)
{
    int sockets[2], size = 4096;
    struct adder_error err;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    ours = sockets[0];
    theirs = sockets[1];
    setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i % 26);
    return outbox_new(ours, wake, &box, &err);
}

static int tear_down(void **state)
{
    (void)state;
    outbox_free(TAKE(box));
    close(ours);
    close(theirs);
    close(wake);
    return 0;
}

static struct message diagnoses(uint64_t key, size_t len)
{
    return (struct message){
        .type = MESSAGE_DIAGNOSES, .key = key, .diagnoses = {.json = {text, len}}};
}

static void send_text(uint64_t key, size_t len)
{
    struct message m = diagnoses(key, len);
    struct adder_error err;

    assert_int_equal(outbox_send(box, &m, &err), 0);
}

/* The next message that arrives; the queue is flushed as an owner of a loop would. */
static struct message receive(struct message_reader *r)
{
    struct message m = {.key = 0};
    struct adder_error err;
    int rc;

    while ((rc = message_next(r, &m, &err)) == 0) {
        char *room = message_reader_room(r, 3000);
        struct pollfd p = {.fd = theirs, .events = POLLIN};
        ssize_t n;

        outbox_flush(box);
        assert_true(poll(&p, 1, 10000) >= 0);
        n = recv(theirs, room, 3000, MSG_DONTWAIT);
        message_reader_add(r, n > 0 ? (size_t)n : 0);
    }
    if (rc < 0)
        fail_msg("%s", err.message);
    return m;
}

static void a_frame_that_fits_goes_out_at_once(void **state)
{
    struct message_reader *r = message_reader_new();
    struct message m;
    eventfd_t count;

    (void)state;
    send_text(1, 10);
    assert_false(outbox_pending(box));
    assert_int_equal(eventfd_read(wake, &count), -1);
    m = receive(r);
    assert_int_equal(m.key, 1);
    assert_true(str_is(m.diagnoses.json, "abcdefghij"));
    message_reader_free(r);
}

static void what_does_not_fit_waits_in_order(void **state)
{
    struct message_reader *r = message_reader_new();
    eventfd_t count;

    (void)state;
    for (uint64_t key = 1; key <= 5; key++)
        send_text(key, TEXT);
    assert_true(outbox_pending(box));
    assert_int_equal(eventfd_read(wake, &count), 0);
    for (uint64_t key = 1; key <= 5; key++) {
        struct message m = receive(r);

        assert_int_equal(m.key, key);
        assert_true(str_eq(m.diagnoses.json, (struct adder_str){text, TEXT}));
    }
    assert_false(outbox_pending(box));
    message_reader_free(r);
}

static void what_nobody_reads_is_freed(void **state)
{
    (void)state;
    for (uint64_t key = 1; key <= 5; key++)
        send_text(key, TEXT);
    assert_true(outbox_pending(box));
}

static void a_broken_socket_takes_all(void **state)
{
    (void)state;
    send_text(1, TEXT);
    close(theirs);
    send_text(2, TEXT);
    outbox_flush(box);
    assert_false(outbox_pending(box));
}

static void a_message_that_is_too_long_is_refused(void **state)
{
    struct message m = {.type = MESSAGE_DIAGNOSES};
    char *large = mem_zalloc(MESSAGE_BYTES_MAX);
    struct adder_error err;

    (void)state;
    m.diagnoses.json = (struct adder_str){large, MESSAGE_BYTES_MAX};
    assert_int_equal(outbox_send(box, &m, &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    assert_string_equal(err.message, "message DIAGNOSES: more than 83886080 bytes");
    assert_false(outbox_pending(box));
    mem_free(large);
}

/* ---- Several threads -------------------------------------------------------------------- */

static void *send_many(void *arg)
{
    for (uint64_t i = 0; i < ROUNDS; i++)
        send_text((uint64_t)(uintptr_t)arg, (size_t)(i * 37 % TEXT));
    return NULL;
}

static void frames_of_threads_are_not_mixed(void **state)
{
    struct message_reader *r = message_reader_new();
    size_t seen[THREADS] = {0};
    pthread_t threads[THREADS];

    (void)state;
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_many, (void *)i), 0);
    for (size_t i = 0; i < THREADS * ROUNDS; i++) {
        struct message m = receive(r);
        size_t n = seen[m.key]++;

        assert_int_equal(m.diagnoses.json.len, n * 37 % TEXT);
        assert_int_equal(memcmp(m.diagnoses.json.ptr, text, m.diagnoses.json.len), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    message_reader_free(r);
}

/* ---- Urgent frames ---------------------------------------------------------------------- */

static void *send_urgent(void *arg)
{
    const struct buf *frame = arg;

    outbox_urgent(box, frame->data, frame->len);
    return NULL;
}

static void an_urgent_frame_waits_for_one_that_is_half_sent(void **state)
{
    struct message crash = {.type = MESSAGE_CRASH, .key = 9, .crash = {1, 11}};
    CLEANUP(buf_free) struct buf frame;
    struct message_reader *r = message_reader_new();
    pthread_t thread;

    (void)state;
    buf_init(&frame, 4096);
    message_write(&crash, &frame);
    send_text(1, TEXT);
    send_text(2, TEXT);
    assert_int_equal(pthread_create(&thread, NULL, send_urgent, &frame), 0);
    for (int i = 0; i < 3; i++) {
        struct message m = receive(r);

        if (m.type == MESSAGE_CRASH)
            assert_int_equal(m.key, 9);
        else
            assert_int_equal(m.diagnoses.json.len, TEXT);
    }
    pthread_join(thread, NULL);
    message_reader_free(r);
}

static void an_urgent_frame_gives_up_when_nobody_reads(void **state)
{
    (void)state;
    send_text(1, TEXT);
    outbox_urgent(box, text, 100);
    assert_true(outbox_pending(box));
    outbox_flush(box); /* the lock is free */
}

/* ---- Memory ----------------------------------------------------------------------------- */

static int allocates(void)
{
    struct outbox *o = NULL;
    struct message m = diagnoses(1, 100);
    struct adder_error err;
    int rc = outbox_new(ours, wake, &o, &err);

    if (rc == 0)
        rc = outbox_send(o, &m, &err);
    outbox_free(o);
    return rc;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(allocates);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_frame_that_fits_goes_out_at_once),
        TEST(what_does_not_fit_waits_in_order),
        TEST(what_nobody_reads_is_freed),
        TEST(a_broken_socket_takes_all),
        TEST(a_message_that_is_too_long_is_refused),
        TEST(frames_of_threads_are_not_mixed),
        TEST(an_urgent_frame_waits_for_one_that_is_half_sent),
        TEST(an_urgent_frame_gives_up_when_nobody_reads),
        TEST(survives_every_allocation_failing),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
