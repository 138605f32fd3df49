#include "core/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/str.h"
#include "core/testing.h"

/* What the last captured() wrote. */
static char written[64 * 1024];

/* Runs `fn` with stderr caught in `written`. */
static void capture(void (*fn)(void))
{
    char path[] = "/tmp/adder-log-XXXXXX";
    int file = mkstemp(path), stderr_copy = dup(STDERR_FILENO);
    ssize_t len;

    assert_true(file >= 0 && stderr_copy >= 0);
    unlink(path);
    dup2(file, STDERR_FILENO);
    fn();
    dup2(stderr_copy, STDERR_FILENO);
    len = pread(file, written, sizeof(written) - 1, 0);
    close(file);
    close(stderr_copy);
    assert_true(len >= 0);
    written[len] = '\0';
}

/* `written` after its date and time, whose digits are checked. */
static const char *after_time(void)
{
    static const char form[] = "dddd-dd-dd dd:dd:dd.ddd ";

    for (size_t i = 0; form[i] != '\0'; i++) {
        if (form[i] == 'd')
            assert_in_range(written[i], '0', '9');
        else
            assert_int_equal(written[i], form[i]);
    }
    return written + strlen(form);
}

static void write_hello(void)
{
    LOG_WARN("hello %d", 5);
}

static void a_line_has_time_level_and_text(void **state)
{
    (void)state;
    capture(write_hello);
    assert_string_equal(after_time(), "WARN  hello 5\n");
}

static int formatted;

static int format(void)
{
    return ++formatted;
}

static void write_all_levels(void)
{
    LOG_TRACE("%d", format());
    LOG_DEBUG("%d", format());
    LOG_INFO("%d", format());
    LOG_WARN("%d", format());
    LOG_ERROR("%d", format());
}

static void what_is_below_the_level_is_not_even_formatted(void **state)
{
    static const struct {
        int level, lines;
    } cases[] = {{ADDER_LOG_TRACE, 5},
                 {ADDER_LOG_DEBUG, 4},
                 {ADDER_LOG_INFO, 3},
                 {ADDER_LOG_ERROR, 1},
                 {ADDER_LOG_CRITICAL, 0}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        formatted = 0;
        log_set_level(cases[i].level);
        capture(write_all_levels);
        assert_int_equal(formatted, cases[i].lines);
    }
    log_set_level(log_level_of("off"));
    assert_false(log_enabled(ADDER_LOG_CRITICAL));
    log_set_level(ADDER_LOG_INFO);
}

static void write_controls(void)
{
    LOG_INFO("%s", "a\nb\r\x1b[31m\tc\x7f\xc2\x9b"
                   "d\xc3\xa9\xe2\x80\xae");
}

static void control_characters_are_escaped(void **state)
{
    (void)state;
    capture(write_controls);
    assert_string_equal(after_time(),
                        "INFO  a\n    b\\r\\x1b[31m\tc\\x7f\\u009bd\xc3\xa9\\u202e\n");
}

static void write_long(void)
{
    char text[40 * 1024];

    text[0] = 'x';
    for (size_t i = 1; i < sizeof(text) - 1; i++)
        text[i] = i % 2 == 0 ? '\xa9' : '\xc3';
    text[sizeof(text) - 1] = '\0';
    LOG_INFO("%s", text);
    LOG_INFO("%s", text + 1);
}

static void a_long_message_is_cut_between_characters(void **state)
{
    char *second;

    (void)state;
    capture(write_long);
    second = strchr(written, '\n') + 1;
    assert_in_range(second - written, 16 * 1024, 16 * 1024 + 64);
    assert_in_range(strlen(second), 16 * 1024, 16 * 1024 + 64);
    assert_int_equal(str_utf8_prefix(str_of(written)), strlen(written));
}

static void levels_have_names(void **state)
{
    static const struct {
        const char *name;
        int level;
    } cases[] = {
        {"trace", 7},  {"DEBUG", 10},    {"Info", 20}, {"warn", 30}, {"warning", 30},
        {"error", 40}, {"critical", 50}, {"off", 51},  {"", -1},     {"warnings", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(log_level_of(cases[i].name), cases[i].level);
    assert_string_equal(log_level_name(ADDER_LOG_WARNING), "WARN");
    assert_string_equal(log_level_name(35), "INFO");
}

static void write_strange(void)
{
    log_set_json(true);
    LOG_ERROR("a \"quoted\"\nline\xff");
    log_set_json(false);
}

static void a_line_can_be_a_json_object(void **state)
{
    static const char form[] = "{\"time\":\"9999-99-99T99:99:99.999Z\",";

    (void)state;
    capture(write_strange);
    for (size_t i = 0; form[i] != '\0'; i++) {
        if (form[i] == '9')
            assert_in_range(written[i], '0', '9');
        else
            assert_int_equal(written[i], form[i]);
    }
    assert_string_equal(
        written + strlen(form),
        "\"level\":\"error\",\"message\":\"a \\\"quoted\\\"\\nline\xef\xbf\xbd\"}\n");
}

static void write_many(void)
{
    log_set_rate(2, 0);
    for (int i = 0; i < 5; i++)
        LOG_WARN("line %d", i);
    log_set_rate(2, 0);
    LOG_WARN("later");
    log_set_rate(0, 0);
}

static void lines_beyond_the_rate_are_counted(void **state)
{
    const char *at = written;

    (void)state;
    capture(write_many);
    for (size_t i = 0; i < 4; i++) {
        static const char *const texts[] = {
            "line 0\n", "line 1\n", "3 lines were left out: too many at once\n", "later\n"};

        at = strstr(at, "WARN  ");
        assert_non_null(at);
        at += strlen("WARN  ");
        assert_int_equal(strncmp(at, texts[i], strlen(texts[i])), 0);
    }
    assert_null(strstr(at, "WARN  "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_and_text),
        cmocka_unit_test(what_is_below_the_level_is_not_even_formatted),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(levels_have_names),
        cmocka_unit_test(a_line_can_be_a_json_object),
        cmocka_unit_test(lines_beyond_the_rate_are_counted),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
