/* The whole of adder.h, against the newest backend of the build. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/str.h"
#include "core/testing.h"
#include "py/sanitizers_testing.h"

static struct adder_runtime *start(const struct adder_runtime_options *options)
{
    struct adder_runtime *rt = NULL;
    struct adder_error err;

    if (adder_runtime_new(options, &rt, &err) < 0)
        fail_msg("%s\n%s", err.message, err.traceback);
    return rt;
}

static void count_commit(void *ctx, void *user, struct adder_str check_id)
{
    (void)user;
    assert_true(str_is(check_id, "made:1"));
    ++*(int *)ctx;
}

/* Puts a module with a check into sys.modules, so that none need lie in a folder. */
static const char made[] = "import sys, types\n"
                           "from datadog_checks.base import AgentCheck\n"
                           "class Made(AgentCheck):\n"
                           "    def check(self, instance): self.warning('w')\n"
                           "    def cancel(self): pass\n"
                           "m = types.ModuleType('made')\n"
                           "Made.__module__ = 'made'\n"
                           "m.Made = Made\n"
                           "sys.modules['made'] = m\n";

static void join(struct adder_reply *self, const char *text, size_t len)
{
    char *joined = (char *)(self + 1);
    size_t used = strlen(joined);

    memcpy(joined + used, text, len);
    joined[used + len] = '\0';
}

struct joined {
    struct adder_reply reply;
    char text[256];
};

struct counted {
    struct adder_reply reply;
    int made; /* how often there was a module of this name */
};

static void count_made(struct adder_reply *self, const char *text, size_t len)
{
    ((struct counted *)(void *)self)->made += str_is((struct adder_str){text, len}, "made");
}

/* In the child there are the same modules. */
static void forks(struct adder_runtime *rt)
{
    struct counted modules = {{count_made}, 0};
    struct adder_error err;
    int64_t pid = -1;
    int status;

    assert_int_equal(adder_runtime_fork(rt, false, &pid, &err), 0);
    if (pid == 0)
        _exit(adder_runtime_modules(rt, &modules.reply, &err) == 0 && modules.made == 1 ? 0
                                                                                        : 1);
    assert_int_equal(waitpid((pid_t)pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void one_life_of_the_runtime(void **state)
{
    static const struct adder_sink sink = {.commit = count_commit};
    struct adder_check_config config = {.name = "made", .id = "made:1"};
    struct joined warnings = {.reply = {join}}, diagnoses = {.reply = {join}},
                  integrations = {.reply = {join}};
    int commits = 0;
    struct adder_runtime_options options = {.sink = &sink, .sink_ctx = &commits};
    struct adder_gil gil = {{NULL}};
    struct adder_runtime *rt, *second = NULL;
    struct adder_check *check;
    struct adder_memory memory;
    struct adder_error err;
    bool hit = true;

    (void)state;
    adder_gil_unlock(&gil);
    rt = start(&options);
    assert_non_null(adder_runtime_python(rt)->executable);
    assert_int_equal(adder_runtime_new(&options, &second, &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
    assert_string_equal(err.message, "there is a runtime in this process already");
    assert_null(second);
    assert_int_equal(adder_runtime_exec(rt, made, &err), 0);
    assert_int_equal(adder_check_new(rt, &config, &check, &err), 0);
    assert_string_equal(adder_check_info(check)->module, "made");
    assert_int_equal(adder_check_run(check, ADDER_COMMIT, &err), 0);
    assert_int_equal(commits, 1);
    assert_int_equal(adder_check_warnings(check, &warnings.reply, &err), 0);
    assert_string_equal(warnings.text, "w");
    assert_int_equal(adder_check_diagnoses(check, &diagnoses.reply, &err), 0);
    assert_string_equal(diagnoses.text, "[]");
    assert_int_equal(adder_check_interrupt(check, "enough", &hit, &err), 0);
    assert_false(hit);
    assert_int_equal(adder_check_cancel(check, &err), 0);
    assert_int_equal(adder_runtime_integrations(rt, &integrations.reply, &err), 0);
    forks(rt);
    adder_runtime_memory(rt, &memory);
    assert_true(memory.python.inuse_bytes > 0);
    adder_check_memory(check, &memory);
    assert_true(memory.python.total_bytes > 0);
    assert_int_equal(adder_gil_lock(rt, &gil, &err), 0);
    adder_gil_unlock(&gil);
    adder_runtime_free(rt);
    assert_int_equal(adder_gil_lock(rt, &gil, &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
    assert_int_equal(adder_check_run(check, ADDER_COMMIT, &err), -1);
    assert_int_equal(err.code, ADDER_STATE);
    adder_check_free(check);
}

static void null_is_nobody(void **state)
{
    (void)state;
    adder_runtime_free(NULL);
    adder_check_free(NULL);
    adder_runtime_free(start(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_life_of_the_runtime),
        cmocka_unit_test(one_life_of_the_runtime),
        cmocka_unit_test(null_is_nobody),
    };

    return cmocka_run_group_tests_name("runtime", tests, NULL, NULL);
}
