#include "host/command.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "host/fixture.h"

static const char *const no_env[] = {NULL};

struct result {
    struct buf out, errout;
    int code, rc;
    struct adder_error err;
};

static void free_result(struct result *r)
{
    buf_free(&r->out);
    buf_free(&r->errout);
}

static void run(struct result *r, struct commands *c, struct command_request request)
{
    buf_init(&r->out, 1000 * 1000);
    buf_init(&r->errout, 1000 * 1000);
    r->code = 99;
    r->err.message[0] = '\0';
    request.env = request.env != NULL ? request.env : no_env;
    request.path = request.path != NULL ? request.path : "/usr/bin:/bin";
    r->rc = command_run(c, &request, &r->out, &r->errout, &r->code, &r->err);
}

static struct commands *open_commands(void)
{
    struct commands *c = NULL;
    struct adder_error err;

    assert_int_equal(commands_new(&c, &err), 0);
    return c;
}

#define ARGV(...)         \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }
#define RUN(r, c, ...)                    \
    CLEANUP(free_result) struct result r; \
    run(&r, c, (struct command_request){.argv = __VA_ARGS__})

static void gives_output_and_exit_code(void **state)
{
    static const struct {
        const char *script, *out, *errout;
        int code;
    } cases[] = {
        {"echo hello world", "hello world\n", NULL, 0},
        {"echo no >&2; exit 3", NULL, "no\n", 3},
        {"printf a; printf b >&2", "a", "b", 0},
        {"cat; echo end", "end\n", NULL, 0}, /* nothing on standard input */
        {"kill -9 $$", NULL, NULL, -1},
        {"kill -TERM $$", NULL, NULL, -1},
        {"exit 255", NULL, NULL, 255},
    };
    CLEANUP(commands_freep) struct commands *c = open_commands();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        RUN(r, c, ARGV("sh", "-c", cases[i].script));
        assert_int_equal(r.rc, 0);
        assert_int_equal(r.code, cases[i].code);
        assert_string_equal(r.out.data != NULL ? r.out.data : "",
                            cases[i].out != NULL ? cases[i].out : "");
        assert_string_equal(r.errout.data != NULL ? r.errout.data : "",
                            cases[i].errout != NULL ? cases[i].errout : "");
    }
}

static void what_cannot_be_started_says_why(void **state)
{
    static const struct {
        const char *program, *message;
    } cases[] = {
        {"no-such-program", "internal error starting subprocess: exec: \"no-such-program\": "
                            "executable file not found in $PATH"},
        {"", "internal error starting subprocess: exec: \"\": executable file not found in "
             "$PATH"},
        {"/no/such/program", "internal error starting subprocess: fork/exec /no/such/program: "
                             "No such file or directory"},
        {"/etc/passwd", "internal error starting subprocess: fork/exec /etc/passwd: "
                        "Permission denied"},
    };
    CLEANUP(commands_freep) struct commands *c = open_commands();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        RUN(r, c, ARGV(cases[i].program));
        assert_int_equal(r.rc, -1);
        assert_string_equal(r.err.message, cases[i].message);
        assert_int_equal(r.code, 99);
    }
}

static void programs_are_found_in_the_path_given_not_in_the_childs(void **state)
{
    CLEANUP(commands_freep) struct commands *c = open_commands();
    RUN(found, c, ARGV("env"), .path = "/nowhere::/usr/bin:/bin",
        .env = ARGV("PATH=/x", "A=1"));
    RUN(lost, c, ARGV("env"), .path = "/nowhere:");

    (void)state;
    assert_int_equal(found.rc, 0);
    assert_string_equal(found.out.data, "PATH=/x\nA=1\n");
    assert_int_equal(lost.rc, -1);
}

static void a_child_that_fills_both_pipes_does_not_hang(void **state)
{
    CLEANUP(commands_freep) struct commands *c = open_commands();
    RUN(r, c,
        ARGV("sh", "-c",
             "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; "
             "head -c 300000 /dev/zero >&2"));

    (void)state;
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.out.len, 300000);
    assert_int_equal(r.errout.len, 600000);
}

static void too_much_output_is_an_error_and_ends_the_child(void **state)
{
    CLEANUP(commands_freep) struct commands *c = open_commands();
    RUN(r, c, ARGV("sh", "-c", "while :; do echo 0123456789; done"));

    (void)state;
    assert_int_equal(r.rc, -1);
    assert_int_equal(r.err.code, ADDER_LIMIT);
    assert_string_equal(r.err.message, "output of a command: more than 1000000 bytes");
}

static void a_command_with_a_time_limit_is_killed(void **state)
{
    CLEANUP(commands_freep) struct commands *c = open_commands();
    RUN(r, c, ARGV("sh", "-c", "sleep 1000 & sleep 1000"), .timeout_ms = 50);

    (void)state;
    assert_int_equal(r.rc, -1);
    assert_int_equal(r.err.code, ADDER_LIMIT);
    assert_string_equal(r.err.message, "the command took too long");
}

static void a_command_that_closes_its_streams_and_stays_is_killed_as_well(void **state)
{
    CLEANUP(commands_freep) struct commands *c = open_commands();
    RUN(stays, c, ARGV("sh", "-c", "exec >&- 2>&-; sleep 1000"), .timeout_ms = 50);
    RUN(goes, c, ARGV("sh", "-c", "exec >&- 2>&-; sleep 0.05; exit 4"), .timeout_ms = 60000);

    (void)state;
    assert_int_equal(stays.rc, -1);
    assert_string_equal(stays.err.message, "the command took too long");
    assert_int_equal(goes.rc, 0);
    assert_int_equal(goes.code, 4);
}

/* More of it than a pipe holds, and nobody need read it. */
static void a_command_finds_its_input(void **state)
{
    CLEANUP(commands_freep) struct commands *c = open_commands();
    AUTOFREE char *large = mem_alloc(300000);
    const struct adder_str input = {large, 300000};

    (void)state;
    memset(large, 'x', input.len);
    {
        RUN(echo, c, ARGV("cat"), .input = {"a\0b\n", 4});
        RUN(all, c, ARGV("cat"), .input = input);
        RUN(ignored, c, ARGV("sh", "-c", "exit 5"), .input = input);
        assert_int_equal(echo.out.len, 4);
        assert_memory_equal(echo.out.data, "a\0b\n", 4);
        assert_int_equal(all.out.len, input.len);
        assert_memory_equal(all.out.data, large, input.len);
        assert_int_equal(ignored.code, 5);
    }
}

static void ignored_and_blocked_signals_are_not_inherited(void **state)
{
    CLEANUP(commands_freep) struct commands *c = open_commands();
    sigset_t blocked, before;

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    {
        RUN(piped, c, ARGV("sh", "-c", "kill -PIPE $$; echo alive"));
        RUN(ended, c, ARGV("sh", "-c", "kill -TERM $$; echo alive"));
        assert_int_equal(piped.code, -1);
        assert_int_equal(piped.out.len, 0);
        assert_int_equal(ended.code, -1);
        assert_int_equal(ended.out.len, 0);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    signal(SIGPIPE, SIG_DFL);
}

static void other_descriptors_are_not_inherited(void **state)
{
    CLEANUP(commands_freep) struct commands *c = open_commands();
    int leaked = dup(STDOUT_FILENO); /* without FD_CLOEXEC */

    (void)state;
    assert_true(leaked > STDERR_FILENO);
    {
        RUN(r, c, ARGV("sh", "-c", "for f in 3 4 5 6 7 8 9; do ls -d /proc/$$/fd/$f; done"));
        assert_int_equal(r.out.len, 0);
    }
    close(leaked);
}

struct sleeper {
    pthread_t thread;
    struct commands *commands;
    struct result result;
    atomic_bool over;
};

static void *sleep_long(void *arg)
{
    struct sleeper *s = arg;

    run(&s->result, s->commands,
        (struct command_request){.argv = ARGV("sh", "-c", "echo started; sleep 1000 & wait")});
    atomic_store(&s->over, true);
    return NULL;
}

static void commands_under_way_can_be_killed(void **state)
{
    CLEANUP(commands_freep) struct commands *c = open_commands();
    struct sleeper sleepers[3];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sleepers); i++) {
        sleepers[i].commands = c;
        atomic_init(&sleepers[i].over, false);
        assert_int_equal(pthread_create(&sleepers[i].thread, NULL, sleep_long, &sleepers[i]),
                         0);
    }
    for (size_t i = 0; i < ARRAY_LEN(sleepers); i++) {
        struct result *r = &sleepers[i].result;

        /* A thread that has not started its command yet misses a kill, hence the loop. */
        while (!atomic_load(&sleepers[i].over)) {
            commands_kill(c);
            usleep(1000);
        }
        pthread_join(sleepers[i].thread, NULL);
        assert_int_equal(r->rc, -1);
        assert_int_equal(r->err.code, ADDER_STATE);
        assert_string_equal(r->err.message, "the command was killed");
        free_result(r);
    }
}

static void freeing_waits_for_the_callers(void **state)
{
    struct sleeper s = {.commands = open_commands()};

    (void)state;
    atomic_init(&s.over, false);
    assert_int_equal(pthread_create(&s.thread, NULL, sleep_long, &s), 0);
    while (!commands_running(s.commands))
        usleep(1000);
    commands_free(s.commands);
    pthread_join(s.thread, NULL);
    assert_string_equal(s.result.err.message, "the command was killed");
    free_result(&s.result);
}

static int runs_a_command(void)
{
    CLEANUP(commands_freep) struct commands *c = NULL;
    CLEANUP(free_result) struct result r = {.rc = 0};

    if (commands_new(&c, &r.err) < 0)
        return -1;
    run(&r, c, (struct command_request){.argv = ARGV("echo", "hello")});
    return r.rc;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(runs_a_command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_output_and_exit_code),
        cmocka_unit_test(what_cannot_be_started_says_why),
        cmocka_unit_test(programs_are_found_in_the_path_given_not_in_the_childs),
        cmocka_unit_test(a_child_that_fills_both_pipes_does_not_hang),
        cmocka_unit_test(too_much_output_is_an_error_and_ends_the_child),
        cmocka_unit_test(a_command_with_a_time_limit_is_killed),
        cmocka_unit_test(a_command_that_closes_its_streams_and_stays_is_killed_as_well),
        cmocka_unit_test(a_command_finds_its_input),
        cmocka_unit_test(ignored_and_blocked_signals_are_not_inherited),
        cmocka_unit_test(other_descriptors_are_not_inherited),
        cmocka_unit_test(commands_under_way_can_be_killed),
        cmocka_unit_test(freeing_waits_for_the_callers),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
