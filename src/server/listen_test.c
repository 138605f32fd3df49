#include "server/listen.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/str.h"
#include "core/testing.h"

static char folder[] = "/tmp/adder-listen-XXXXXX";
static char text[64]; /* unix:FOLDER/socket */

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(text, sizeof(text), "unix:%s/socket", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void addresses_are_read(void **state)
{
    static const struct {
        const char *text;
        sa_family_t family;
        unsigned port;
        bool local;
    } cases[] = {
        {"127.0.0.1:8126", AF_INET, 8126, true},
        {"127.3.2.1:0", AF_INET, 0, true},
        {"localhost:80", AF_INET, 80, true},
        {"0.0.0.0:65535", AF_INET, 65535, false},
        {"10.1.2.3:1", AF_INET, 1, false},
        {"*:80", AF_INET, 80, false},
        {"[::1]:8126", AF_INET6, 8126, true},
        {"[::]:80", AF_INET6, 80, false},
        {"[::ffff:127.0.0.1]:80", AF_INET6, 80, true},
        {"[::ffff:10.0.0.1]:80", AF_INET6, 80, false},
        {"[fe80::1]:80", AF_INET6, 80, false},
        {"unix:/run/adder.sock", AF_UNIX, 0, true},
        {"unix:/a:80", AF_UNIX, 0, true},
    };
    struct listen_address got;
    struct adder_error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (listen_parse(cases[i].text, &got, &err) < 0)
            fail_msg("%s", err.message);
        assert_int_equal(got.sa.ss_family, cases[i].family);
        assert_int_equal(got.local, cases[i].local);
        if (got.sa.ss_family == AF_UNIX)
            assert_string_equal(((struct sockaddr_un *)&got.sa)->sun_path,
                                cases[i].text + strlen("unix:"));
        else /* the port has the same place in both families */
            assert_int_equal(ntohs(((struct sockaddr_in *)&got.sa)->sin_port), cases[i].port);
    }
}

static void what_is_no_address_says_why(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "write ADDRESS:PORT or unix:/PATH"},
        {"8126", "write ADDRESS:PORT or unix:/PATH"},
        {":8126", "the address is missing: write 127.0.0.1:8126, or 0.0.0.0:8126 for all "
                  "interfaces"},
        {"127.0.0.1:", "'' is no port"},
        {"127.0.0.1:http", "'http' is no port"},
        {"127.0.0.1:-1", "'-1' is no port"},
        {"127.0.0.1:65536", "'65536' is no port"},
        {"127.0.0.1:99999999999", "'99999999999' is no port"},
        {"::1:80", "an IPv6 address stands in brackets: [::1]:PORT"},
        {"[::1:80", "an IPv6 address stands in brackets: [::1]:PORT"},
        {"[]:80", "'[]' is no numeric address"},
        {"web-7.example:80", "'web-7.example' is no numeric address"},
        {"http://127.0.0.1:80", "an IPv6 address stands in brackets: [::1]:PORT"},
        {"unix:adder.sock", "the path of a unix socket begins with '/'"},
        {"unix:", "the path of a unix socket begins with '/'"},
    };
    char expected[256];
    struct listen_address got;
    struct adder_error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(expected, sizeof(expected), "cannot listen on '%s': %s", cases[i].text,
                 cases[i].message);
        assert_int_equal(listen_parse(cases[i].text, &got, &err), -1);
        assert_int_equal(err.code, ADDER_INVALID);
        assert_string_equal(err.message, expected);
    }
}

static void lengths_are_limited(void **state)
{
    static const char prefix[] = "unix:/";
    char long_text[LISTEN_TEXT_MAX + 1];
    struct listen_address got;
    struct adder_error err;

    (void)state;
    memset(long_text, '1', sizeof(long_text));
    long_text[LISTEN_TEXT_MAX] = '\0';
    assert_int_equal(listen_parse(long_text, &got, &err), -1);
    assert_non_null(strstr(err.message, "it has more than 255 bytes"));
    memcpy(long_text, prefix, strlen(prefix));
    long_text[strlen("unix:") + 108] = '\0';
    assert_int_equal(listen_parse(long_text, &got, &err), -1);
    assert_non_null(strstr(err.message, "has at most 107 bytes"));
    long_text[strlen("unix:") + 107] = '\0';
    assert_int_equal(listen_parse(long_text, &got, &err), 0);
}

/* Listens there, and closes. */
static int listens(const char *where, char *ret, size_t size)
{
    struct listen_address at;
    struct adder_error err;
    struct listener l;

    if (listen_parse(where, &at, &err) < 0 || listen_open(&at, &l, &err) < 0) {
        snprintf(ret, size, "%.1000s", err.message);
        return -1;
    }
    snprintf(ret, size, "%s", l.address);
    close(l.fd);
    listen_done(&l);
    return 0;
}

static void the_address_has_the_port_that_was_chosen(void **state)
{
    char got[256];

    (void)state;
    assert_int_equal(listens("127.0.0.1:0", got, sizeof(got)), 0);
    assert_int_equal(strncmp(got, "http://127.0.0.1:", 17), 0);
    assert_true(strtol(got + 17, NULL, 10) > 0);
    assert_int_equal(listens(text, got, sizeof(got)), 0);
    assert_string_equal(got, text);
    assert_int_equal(access(text + strlen("unix:"), F_OK), -1);
}

static void what_cannot_be_had_says_what_to_do(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"192.0.2.1:80", "cannot listen on http://192.0.2.1:80: this machine has no such "
                         "address: choose one of its own"},
        {"unix:/nowhere/socket",
         "cannot listen on unix:/nowhere/socket: bind: No such file or directory"},
        {"unix:/dev/null", "cannot listen on unix:/dev/null: it exists and is no socket"},
        {"unix:/dev/null/x", "cannot listen on unix:/dev/null/x: /dev/null/x: Not a directory"},
    };
    char got[1024];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(listens(cases[i].text, got, sizeof(got)), -1);
        assert_string_equal(got, cases[i].message);
    }
}

static int opens_socket(void)
{
    char got[1024];

    return listens(text, got, sizeof(got));
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(opens_socket);
    assert_int_equal(access(text + strlen("unix:"), F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(what_is_no_address_says_why),
        cmocka_unit_test(lengths_are_limited),
        cmocka_unit_test(the_address_has_the_port_that_was_chosen),
        cmocka_unit_test(what_cannot_be_had_says_what_to_do),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("listen", tests, make_folder, remove_folder);
}
