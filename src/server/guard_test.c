#include "server/guard.h"

#include "core/str.h"
#include "core/testing.h"

static void hosts_of_loopback_are_known(void **state)
{
    static const char *const ours[] = {"localhost",      "LocalHost:80", "127.0.0.1",
                                       "127.0.0.1:8126", "127.200.1.9",  "[::1]",
                                       "[::1]:80",       "localhost:"};
    static const char *const others[] = {"",
                                         ":80",
                                         "evil.example",
                                         "localhost.evil.example",
                                         "localhost.",
                                         "xlocalhost",
                                         "127.0.0.1.evil.example",
                                         "127.1",
                                         "127.0.0.01",
                                         "0x7f.0.0.1",
                                         "128.0.0.1",
                                         "0.0.0.0",
                                         "::1",
                                         "[::1",
                                         "[::2]",
                                         "[::1]evil.example",
                                         "[::ffff:127.0.0.1]",
                                         "127.0.0.1 ",
                                         "localhost@evil.example"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        if (!guard_host_is_loopback(ours[i]))
            fail_msg("'%s' is loopback", ours[i]);
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (guard_host_is_loopback(others[i]))
            fail_msg("'%s' is not loopback", others[i]);
}

static void an_origin_belongs_to_one_host(void **state)
{
    (void)state;
    assert_true(guard_origin_is_host("http://localhost:80", "localhost:80"));
    assert_true(guard_origin_is_host("https://LOCALHOST", "localhost"));
    assert_false(guard_origin_is_host("http://localhost:81", "localhost:80"));
    assert_false(guard_origin_is_host("http://localhost:80.evil.example", "localhost:80"));
    assert_false(guard_origin_is_host("null", "null"));
    assert_false(guard_origin_is_host("", ""));
}

static void a_token_fits_itself_only(void **state)
{
    static const char *const others[] = {"",       "secre", "secrets", "Secret", "secretsecret",
                                         "terces", "\xff"};

    (void)state;
    assert_true(guard_token_fits("secret", "secret"));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(guard_token_fits(others[i], "secret"));
    assert_false(guard_token_fits("", ""));
    assert_false(guard_token_fits("x", ""));
}

static void the_scheme_is_bearer(void **state)
{
    (void)state;
    assert_true(guard_bearer_fits("Bearer secret", "secret"));
    assert_true(guard_bearer_fits("BEARER   secret", "secret"));
    assert_false(guard_bearer_fits("Bearersecret", "secret"));
    assert_false(guard_bearer_fits("Basic secret", "secret"));
    assert_false(guard_bearer_fits("secret", "secret"));
    assert_false(guard_bearer_fits("Bearer ", ""));
    assert_false(guard_bearer_fits("", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_of_loopback_are_known),
        cmocka_unit_test(an_origin_belongs_to_one_host),
        cmocka_unit_test(a_token_fits_itself_only),
        cmocka_unit_test(the_scheme_is_bearer),
    };

    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
