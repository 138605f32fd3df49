#include "server/server.h"

#include <stdio.h>
#include <unistd.h>

#include "core/str.h"
#include "core/testing.h"

static uv_loop_t loop;

static int start(const char *listen, const char *token, struct server **ret,
                 struct adder_error *err)
{
    struct server_options options = {.loop = &loop, .listen = listen, .token = token};

    return server_new(&options, ret, err);
}

static void nobody_is_there_at_first(void **state)
{
    struct server_stats stats;
    struct adder_error err;
    struct server *s = NULL;

    (void)state;
    assert_int_equal(start("127.0.0.1:0", NULL, &s, &err), 0);
    assert_int_equal(strncmp(server_address(s), "http://127.0.0.1:", 17), 0);
    server_stats(s, &stats);
    assert_int_equal(stats.connections + stats.tails + stats.requests, 0);
    assert_false(server_has_tails(s));
    server_tail(s, str_of("disk:1"), str_of("x"), str_of("{}"));
    server_answer(s, 1, json_object(), NULL);
    server_free(s);
    uv_run(&loop, UV_RUN_DEFAULT);
}

static void elsewhere_than_on_loopback_a_token_is_needed(void **state)
{
    struct adder_error err;
    struct server *s = NULL;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(start("0.0.0.0:0", i == 0 ? NULL : "", &s, &err), -1);
        assert_int_equal(err.code, ADDER_INVALID);
        assert_non_null(strstr(err.message, "needs a token: set api_token"));
        assert_null(s);
    }
    assert_int_equal(start("0.0.0.0:0", "secret", &s, &err), 0);
    server_free(s);
    uv_run(&loop, UV_RUN_DEFAULT);
}

static int starts_and_ends(void)
{
    struct adder_error err;
    struct server *s = NULL;
    int rc = start("127.0.0.1:0", "secret", &s, &err);

    if (rc < 0)
        assert_int_equal(err.code, ADDER_NOMEM);
    server_free(s);
    uv_run(&loop, UV_RUN_DEFAULT);
    return rc;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    server_free(NULL);
    each_alloc_fails(starts_and_ends);
}

static int make_loop(void **state)
{
    (void)state;
    return uv_loop_init(&loop);
}

static int close_loop(void **state)
{
    (void)state;
    return uv_loop_close(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_there_at_first),
        cmocka_unit_test(elsewhere_than_on_loopback_a_token_is_needed),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("server", tests, make_loop, close_loop);
}
