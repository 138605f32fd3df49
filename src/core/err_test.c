#include "core/err.h"

#include <errno.h>
#include <string.h>

#include "core/str.h"
#include "core/testing.h"

static void context_gathers_in_front_of_the_cause(void **state)
{
    struct adder_error err;

    (void)state;
    assert_int_equal(err_set(&err, ADDER_LIMIT, "%d is too much", 5), -1);
    assert_int_equal(err_wrap(&err, "file '%s'", "a"), -1);
    assert_int_equal(err_wrap(&err, "check"), -1);
    assert_string_equal(err.message, "check: file 'a': 5 is too much");
    assert_int_equal(err.code, ADDER_LIMIT);
    assert_string_equal(err.traceback, "");
}

static void system_errors_end_in_their_reason(void **state)
{
    struct adder_error err;

    (void)state;
    assert_int_equal(err_errno(&err, ENOENT, "%s", "/a/b"), -1);
    assert_int_equal(err.code, ADDER_SYSTEM);
    assert_string_equal(err.message, "/a/b: No such file or directory");
    assert_int_equal(err_nomem(&err), -1);
    assert_int_equal(err.code, ADDER_NOMEM);
    assert_string_equal(err.message, "out of memory");
}

/* A text of `len` bytes made of characters of two bytes. */
static void fill(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        text[i] = i % 2 == 0 ? '\xc3' : '\xa9';
    text[len] = '\0';
}

static void assert_cut(const struct adder_error *err)
{
    struct adder_str message = str_of(err->message);

    assert_in_range(message.len, ADDER_MESSAGE_MAX - 3, ADDER_MESSAGE_MAX - 1);
    assert_int_equal(str_utf8_prefix(message), message.len);
    assert_string_equal(err->message + message.len - 3, "...");
}

static void messages_are_cut_between_characters(void **state)
{
    static const char *const starts[] = {"", "x"};
    char text[ADDER_MESSAGE_MAX + 3];
    struct adder_error err;

    (void)state;
    fill(text, ADDER_MESSAGE_MAX + 2);
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        err_set(&err, ADDER_INVALID, "%s%s", starts[i], text);
        assert_cut(&err);
        err_wrap(&err, "%sx", starts[i]);
        assert_cut(&err);
        err_set(&err, ADDER_INVALID, "short");
        err_wrap(&err, "%s%s", starts[i], text);
        assert_cut(&err);
        err_errno(&err, ENOENT, "%s%s", starts[i], text);
        assert_cut(&err);
    }
}

static void a_reason_that_does_not_fit_is_cut_too(void **state)
{
    char text[ADDER_MESSAGE_MAX];
    struct adder_error err;

    (void)state;
    fill(text, ADDER_MESSAGE_MAX - 8);
    err_errno(&err, ENOENT, "%s", text);
    assert_cut(&err);
}

static void a_message_that_just_fits_is_whole(void **state)
{
    char text[ADDER_MESSAGE_MAX];
    struct adder_error err;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    err_set(&err, ADDER_INVALID, "%s", text);
    assert_string_equal(err.message, text);
    text[sizeof(text) - 1 - strlen("a: ")] = '\0';
    err_set(&err, ADDER_INVALID, "%s", text);
    err_wrap(&err, "a");
    assert_string_equal(err.message + strlen("a: "), text);
}

static void a_traceback_keeps_its_end(void **state)
{
    char text[ADDER_TRACEBACK_MAX + 4];
    struct adder_error err;
    size_t len;

    (void)state;
    err_set(&err, ADDER_PYTHON, "x");
    err_traceback(&err, "line 1\nline 2", strlen("line 1"));
    assert_string_equal(err.traceback, "line 1");
    fill(text, ADDER_TRACEBACK_MAX + 2);
    text[ADDER_TRACEBACK_MAX + 1] = '!';
    err_traceback(&err, text, ADDER_TRACEBACK_MAX + 2);
    len = strlen(err.traceback);
    assert_in_range(len, ADDER_TRACEBACK_MAX - 4, ADDER_TRACEBACK_MAX - 1);
    assert_int_equal((unsigned char)err.traceback[0], 0xc3);
    assert_int_equal(err.traceback[len - 1], '!');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(context_gathers_in_front_of_the_cause),
        cmocka_unit_test(system_errors_end_in_their_reason),
        cmocka_unit_test(messages_are_cut_between_characters),
        cmocka_unit_test(a_reason_that_does_not_fit_is_cut_too),
        cmocka_unit_test(a_message_that_just_fits_is_whole),
        cmocka_unit_test(a_traceback_keeps_its_end),
    };

    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
