#include "agent/relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/str.h"
#include "core/testing.h"

/* What the log says of a line, without its own time. */
static void assert_relayed(const char *line, const char *expected)
{
    char path[] = "/tmp/adder-relay-XXXXXX", written[512];
    int file = mkstemp(path), stderr_copy = dup(STDERR_FILENO);
    ssize_t len;

    assert_true(file >= 0 && stderr_copy >= 0);
    unlink(path);
    dup2(file, STDERR_FILENO);
    relay_line("worker", 7, str_of(line));
    dup2(stderr_copy, STDERR_FILENO);
    len = pread(file, written, sizeof(written) - 1, 0);
    close(file);
    close(stderr_copy);
    assert_true(len >= 0);
    written[len] = '\0';
    if (expected[0] == '\0')
        assert_string_equal(written, "");
    else
        assert_string_equal(written + strlen("2026-01-31 12:00:00.000 "), expected);
}

static void a_line_keeps_the_level_it_had(void **state)
{
    static const struct {
        const char *line, *logged;
    } cases[] = {
        {"2026-01-31 12:00:00.000 ERROR disk is full", "ERROR worker 7: disk is full\n"},
        {"2026-01-31 12:00:00.000 INFO  hello", "INFO  worker 7: hello\n"},
        {"2026-01-31 12:00:00.000 DEBUG quiet", ""},
        {"2026-01-31 12:00:00.000 what is this", "INFO  worker 7: 2026-01-31 12:00:00.000 what "
                                                 "is this\n"},
        {"2026-01-31 12:00:00.000 ", "INFO  worker 7: 2026-01-31 12:00:00.000 \n"},
        {"printed", "INFO  worker 7: printed\n"},
        {"", "INFO  worker 7: \n"},
        {"a\x1b[31mb", "INFO  worker 7: a\\x1b[31mb\n"},
    };

    (void)state;
    log_set_level(ADDER_LOG_INFO);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_relayed(cases[i].line, cases[i].logged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_keeps_the_level_it_had)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
