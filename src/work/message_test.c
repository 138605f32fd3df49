/* Frames: round trips, and all that can be wrong with them. */
#include <math.h>

#include "core/err.h"
#include "core/str.h"
#include "core/testing.h"
#include "work/fields.h"

#define S(text)                \
    {                          \
        text, sizeof(text) - 1 \
    }
#define FAILURE(code_)                                  \
    {                                                   \
        code_, S("it broke"), S("Traceback:\n  here\n") \
    }

static const struct adder_str warnings[] = {S("low"), S(""), {NULL, 0}, S("caf\xc3\xa9")};

/* At least one of each type, each field different from 0 in one of them. */
static const struct message samples[] = {
    {.type = MESSAGE_SPAWN, .key = 1, .spawn = {.supervisor = 4711, .threads = 4}},
    {.type = MESSAGE_READY, .key = 2, .ready = {S("3.11.2"), S("psutil\nyaml")}},
    {.type = MESSAGE_LOAD,
     .key = UINT64_MAX,
     .load = {.name = S("disk"),
              .id = S("disk:1"),
              .source = S("file:/x.yaml"),
              .init_config = {NULL, 0},
              .instance = S("{a: \0b}"),
              .budget = {1.5, 1, 2, 3, 4, 5, UINT64_MAX}}},
    {.type = MESSAGE_LOAD, .key = 3, .load = {.name = S(""), .init_config = S("{}")}},
    {.type = MESSAGE_RUN, .key = 4, .run = {.run = 77}},
    {.type = MESSAGE_INTERRUPT, .key = 5, .run = {UINT64_MAX, S("the run passed its timeout")}},
    {.type = MESSAGE_DROP, .key = 6},
    {.type = MESSAGE_DIAGNOSE, .key = 7},
    {.type = MESSAGE_STOP},
    {.type = MESSAGE_HELLO, .hello = {-1}},
    {.type = MESSAGE_LOADED, .key = 8, .loaded = {.error = FAILURE(ADDER_PYTHON)}},
    {.type = MESSAGE_LOADED,
     .key = 9,
     .loaded = {{0}, S("1.2.3"), S("datadog_checks.disk"), S("/disk.py"), S("a\nb.c")}},
    {.type = MESSAGE_STARTED, .key = 10, .started = {.run = 1, .thread = 4712}},
    {.type = MESSAGE_DONE,
     .key = 11,
     .done = {.run = 2,
              .committed = true,
              .wall_s = 0.25,
              .cpu_s = 0.125,
              .memory = {{1, 2, 3, 4, 5, 6}, {-7, 8}},
              .dropped_records = 9,
              .dropped_tags = 10,
              .warnings = warnings,
              .warning_count = ARRAY_LEN(warnings),
              .imports = S("a.b\nc"),
              .batch = S("\0\1\2\3")}},
    {.type = MESSAGE_DONE, .key = 12, .done = {.run = 3, .error = FAILURE(ADDER_CHECK)}},
    {.type = MESSAGE_DROPPED, .key = 13},
    {.type = MESSAGE_DIAGNOSES, .key = 14, .diagnoses = {.json = S("[]")}},
    {.type = MESSAGE_DIAGNOSES, .key = 15, .diagnoses = {.error = FAILURE(ADDER_REFUSED)}},
    {.type = MESSAGE_OVER,
     .key = 16,
     .over = {.run = 4, .part = BUDGET_SAMPLES, .value = 2, .limit = 1}},
    {.type = MESSAGE_CRASH, .key = 17, .crash = {.run = 5, .signal = 11}},
};

static void encode(const struct message *m, struct buf *to)
{
    buf_init(to, 4096);
    message_write(m, to);
    assert_false(to->failed);
    assert_true(to->len > sizeof(struct frame_head));
}

static void feed(struct message_reader *r, const void *bytes, size_t len)
{
    char *room = message_reader_room(r, len);

    assert_non_null(room);
    if (len > 0)
        memcpy(room, bytes, len);
    message_reader_add(r, len);
}

/* Lets *got point where *want does, when both say the same. */
static void same_text(struct adder_str *got, const struct adder_str *want)
{
    assert_int_equal(got->ptr == NULL, want->ptr == NULL);
    assert_true(str_eq(*got, *want));
    got->ptr = want->ptr;
}

/* All bytes of the structure are compared, so that a field that no table has is noticed. */
static void assert_same(struct message *got, const struct message *want)
{
    assert_int_equal(got->type, want->type);
    for (const struct field *f = message_fields[want->type]; f->type != FIELD_END; f++) {
        void *g = (char *)got + f->offset;
        const void *w = (const char *)want + f->offset;

        if (f->type == FIELD_TEXT) {
            same_text(g, w);
        } else if (f->type == FIELD_ERROR) {
            same_text(&((struct message_error *)g)->message,
                      &((const struct message_error *)w)->message);
            same_text(&((struct message_error *)g)->traceback,
                      &((const struct message_error *)w)->traceback);
        } else if (f->type == FIELD_TEXTS) {
            assert_int_equal(got->done.warning_count, want->done.warning_count);
            for (uint32_t i = 0; i < want->done.warning_count; i++) {
                struct adder_str text = got->done.warnings[i];

                same_text(&text, &want->done.warnings[i]);
            }
            got->done.warnings = want->done.warnings;
        }
    }
    assert_memory_equal(got, want, sizeof(*got));
}

static void messages_come_out_as_they_went_in(void **state)
{
    struct message_reader *r = message_reader_new();
    struct message got;
    struct adder_error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        CLEANUP(buf_free) struct buf b;

        encode(&samples[i], &b);
        feed(r, b.data, b.len);
        assert_int_equal(message_next(r, &got, &err), 1);
        assert_same(&got, &samples[i]);
        assert_int_equal(message_next(r, &got, &err), 0);
    }
    message_reader_free(r);
}

static void a_stream_may_be_cut_anywhere(void **state)
{
    CLEANUP(buf_free) struct buf all;

    (void)state;
    buf_init(&all, 64 * 1024);
    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        message_write(&samples[i], &all);
    for (size_t piece = 1; piece < 200; piece++) {
        struct message_reader *r = message_reader_new();
        struct message got;
        struct adder_error err;
        size_t seen = 0;

        for (size_t at = 0; at < all.len; at += piece) {
            feed(r, all.data + at, all.len - at < piece ? all.len - at : piece);
            while (message_next(r, &got, &err) > 0)
                assert_same(&got, &samples[seen++]);
        }
        assert_int_equal(seen, ARRAY_LEN(samples));
        message_reader_free(r);
    }
}

/* Reads the bytes as a stream of its own; what message_next() says to them. */
static int outcome(const char *bytes, size_t len, struct adder_error *err)
{
    struct message_reader *r = message_reader_new();
    struct message got;
    int rc;

    feed(r, bytes, len);
    rc = message_next(r, &got, err);
    message_reader_free(r);
    return rc;
}

static void a_body_that_ends_early_or_late_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        struct buf b;
        struct adder_error err;
        struct frame_head head;
        size_t body;

        encode(&samples[i], &b);
        body = b.len - sizeof(head);
        memcpy(&head, b.data, sizeof(head));
        for (size_t len = 0; len < b.len; len++)
            assert_int_equal(outcome(b.data, len, &err), 0);
        for (head.len = 0; head.len < body; head.len++) {
            memcpy(b.data, &head, sizeof(head));
            assert_int_equal(outcome(b.data, sizeof(head) + head.len, &err), -1);
            assert_int_equal(err.code, ADDER_INVALID);
        }
        buf_add_char(&b, 'x');
        head.len = (uint32_t)body + 1;
        memcpy(b.data, &head, sizeof(head));
        assert_int_equal(outcome(b.data, b.len, &err), -1);
        assert_non_null(strstr(err.message, ": 1 bytes are left over"));
        buf_free(&b);
    }
}

static const struct {
    struct frame_head head;
    enum adder_code code;
    const char *message;
} heads[] = {
    {{FRAME_MAGIC + 1, MESSAGE_STOP, 8},
     ADDER_INVALID,
     "a message begins with 01574442, not ours"},
    {{FRAME_MAGIC, 0, 8}, ADDER_INVALID, "message type 0 is unknown"},
    {{FRAME_MAGIC, MESSAGE_TYPES, 8}, ADDER_INVALID, "message type 17 is unknown"},
    {{FRAME_MAGIC, MESSAGE_DONE, MESSAGE_BYTES_MAX - sizeof(struct frame_head) + 1},
     ADDER_LIMIT,
     "message DONE of 83886069 bytes is too long"},
};

static void a_wrong_head_is_refused_before_its_body_comes(void **state)
{
    struct frame_head longest = {FRAME_MAGIC, MESSAGE_DONE,
                                 MESSAGE_BYTES_MAX - sizeof(struct frame_head)};
    struct adder_error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        assert_int_equal(outcome((const char *)&heads[i].head, sizeof(heads[i].head), &err),
                         -1);
        assert_string_equal(err.message, heads[i].message);
        assert_int_equal(err.code, heads[i].code);
    }
    assert_int_equal(outcome((const char *)&longest, sizeof(longest), &err), 0);
}

/* Where the value of a field starts in the frame, its fields before it being bytes. */
enum {
    BODY = sizeof(struct frame_head) + sizeof(uint64_t),
    AFTER_RUN = BODY + sizeof(uint64_t)
};

static const uint32_t big = UINT32_MAX - 1, many = MESSAGE_TEXTS_MAX + 1, parts = BUDGET_PARTS,
                      codes = ADDER_REFUSED + 1;
static const double nan_value = NAN, infinite = INFINITY;
static const uint8_t two = 2;

static const struct {
    size_t sample, offset;
    const void *bytes;
    size_t len;
    const char *message;
} changes[] = {
    {1, BODY, &big, 4, "message READY: a text goes past its end"},
    {10, BODY, &codes, 4, "message LOADED: choice 10 is unknown"},
    {12, 0, "", 0, NULL},
    {13, AFTER_RUN + 4, &two, 1, "message DONE: 2 is no truth value"},
    {13, AFTER_RUN + 5, &nan_value, 8, "message DONE: a number is not finite"},
    {13, AFTER_RUN + 13, &infinite, 8, "message DONE: a number is not finite"},
    {13, AFTER_RUN + 21 + 80, &many, 4, "message DONE: 1001 texts are too many"},
    {18, AFTER_RUN, &parts, 4, "message OVER: choice 6 is unknown"},
};

static void a_field_out_of_its_range_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        CLEANUP(buf_free) struct buf b;
        struct adder_error err = {.message = ""};
        int rc;

        encode(&samples[changes[i].sample], &b);
        assert_true(changes[i].offset + changes[i].len <= b.len);
        memcpy(b.data + changes[i].offset, changes[i].bytes, changes[i].len);
        rc = outcome(b.data, b.len, &err);
        assert_int_equal(rc, changes[i].message != NULL ? -1 : 1);
        if (changes[i].message != NULL)
            assert_string_equal(err.message, changes[i].message);
    }
}

static void what_made_no_sense_stays_refused(void **state)
{
    struct message_reader *r = message_reader_new();
    struct message got;
    struct adder_error err;
    char noise[64] = "GET / HTTP/1.1\r\n";

    (void)state;
    feed(r, noise, sizeof(noise));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(message_next(r, &got, &err), -1);
        feed(r, noise, sizeof(noise));
    }
    message_reader_free(r);
}

static void texts_beyond_the_limit_are_cut_off(void **state)
{
    struct adder_str texts[MESSAGE_TEXTS_MAX + 1];
    struct message m = {.type = MESSAGE_DONE, .key = 1, .done = {.warnings = texts}}, got;
    struct message_reader *r = message_reader_new();
    struct adder_error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        texts[i] = (struct adder_str)S("w");
    for (uint32_t count = MESSAGE_TEXTS_MAX - 1; count <= ARRAY_LEN(texts); count++) {
        struct buf b;

        m.done.warning_count = count;
        buf_init(&b, 64 * 1024);
        message_write(&m, &b);
        feed(r, b.data, b.len);
        assert_int_equal(message_next(r, &got, &err), 1);
        assert_int_equal(got.done.warning_count,
                         count < MESSAGE_TEXTS_MAX ? count : MESSAGE_TEXTS_MAX);
        buf_free(&b);
    }
    message_reader_free(r);
}

static void a_frame_has_a_largest_size(void **state)
{
    struct message m = {.type = MESSAGE_DIAGNOSES, .key = 1}, got;
    size_t around = BODY + 4 + 4; /* the error's code, the text's length */
    struct message_reader *r = message_reader_new();
    char *text = mem_zalloc(MESSAGE_BYTES_MAX);
    struct adder_error err;
    struct buf b;

    (void)state;
    assert_non_null(text);
    m.diagnoses.json = (struct adder_str){text, MESSAGE_BYTES_MAX - around};
    buf_init(&b, 2 * MESSAGE_BYTES_MAX);
    message_write(&m, &b);
    assert_int_equal(b.len, MESSAGE_BYTES_MAX);
    feed(r, b.data, b.len);
    assert_int_equal(message_next(r, &got, &err), 1);
    assert_int_equal(got.diagnoses.json.len, MESSAGE_BYTES_MAX - around);
    buf_clear(&b);
    m.diagnoses.json.len++;
    message_write(&m, &b);
    assert_int_equal(buf_check(&b, &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    assert_null(message_reader_room(r, (size_t)2 * MESSAGE_BYTES_MAX + 1));
    assert_non_null(message_reader_room(r, 1));
    buf_free(&b);
    mem_free(text);
    message_reader_free(r);
}

static void types_have_names(void **state)
{
    (void)state;
    assert_string_equal(message_name(MESSAGE_SPAWN), "SPAWN");
    assert_string_equal(message_name(MESSAGE_CRASH), "CRASH");
    assert_string_equal(message_name((enum message_type)0), "unknown");
    assert_string_equal(message_name((enum message_type)MESSAGE_TYPES), "unknown");
    for (int i = 1; i < MESSAGE_TYPES; i++) {
        assert_string_not_equal(message_name((enum message_type)i), "unknown");
        assert_non_null(message_fields[i]);
    }
}

static int write_and_read(struct message_reader *r, struct buf *b)
{
    struct message got;
    struct adder_error err = {.code = ADDER_OK};
    char *room;

    message_write(&samples[13], b);
    if (buf_check(b, &err) < 0)
        return -1;
    room = message_reader_room(r, b->len);
    if (room == NULL)
        return -1;
    memcpy(room, b->data, b->len);
    message_reader_add(r, b->len);
    if (message_next(r, &got, &err) == 1)
        return 0;
    assert_int_equal(err.code, ADDER_NOMEM);
    return -1;
}

static int allocates(void)
{
    CLEANUP(buf_free) struct buf b;
    struct message_reader *r = message_reader_new();
    int rc;

    buf_init(&b, 4096);
    rc = r != NULL ? write_and_read(r, &b) : -1;
    message_reader_free(r);
    return rc;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(allocates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_as_they_went_in),
        cmocka_unit_test(a_stream_may_be_cut_anywhere),
        cmocka_unit_test(a_body_that_ends_early_or_late_is_refused),
        cmocka_unit_test(a_wrong_head_is_refused_before_its_body_comes),
        cmocka_unit_test(a_field_out_of_its_range_is_refused),
        cmocka_unit_test(what_made_no_sense_stays_refused),
        cmocka_unit_test(texts_beyond_the_limit_are_cut_off),
        cmocka_unit_test(a_frame_has_a_largest_size),
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
