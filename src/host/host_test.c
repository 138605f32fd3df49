#include "host/host.h"

#include <math.h>
#include <stdio.h>

#include "core/err.h"
#include "core/log.h"
#include "host/fixture.h"

/* Collects the texts of one getter. */
struct answer {
    struct adder_reply reply;
    char text[4096];
    size_t len;
    int count;
};

static void collect(struct adder_reply *self, const char *text, size_t len)
{
    struct answer *a = (struct answer *)self;

    assert_true(len < sizeof(a->text));
    memcpy(a->text, text, len);
    a->text[len] = '\0';
    a->len = len;
    a->count++;
}

#define ANSWER(name) struct answer name = {.reply = {collect}}

static struct host *host_of(const char *yaml, const char *env, const char *run_dir)
{
    CLEANUP(value_freep) struct value *file = NULL;
    struct adder_error err;
    struct host *h = NULL;

    set_environment(env);
    assert_int_equal(yaml_parse(str_of(yaml), YAML_LENIENT, &file, &err), 0);
    assert_int_equal(host_new(&(struct host_options){file, run_dir}, &h, &err), 0);
    return h;
}

static void assert_config(const char *yaml, const char *env, const char *key,
                          const char *expected)
{
    CLEANUP(host_freep) struct host *h = host_of(yaml, env, "/nowhere/run");
    ANSWER(a);

    host_facts.config(h, str_of(key), &a.reply);
    assert_int_equal(a.count, expected != NULL ? 1 : 0);
    if (expected != NULL)
        assert_string_equal(a.text, expected);
}

static void answers_settings_as_yaml(void **state)
{
    (void)state;
    assert_config("{}", NULL, "cmd_port", "5001\n");
    assert_config("cmd_port: 5005", NULL, "cmd_port", "5005\n");
    assert_config("a: {b: [x, z]}", NULL, "a.b", "- x\n- z\n");
    assert_config("{}", NULL, "no_such_key", NULL);
    assert_config("{}", NULL, "run_path", "\"/nowhere/run\"");
    assert_config("{}", "DD_LOGS_ENABLED=true\0", "logs_enabled", "true\n");
    assert_config("{}", NULL, "procfs_path", "/proc\n");
}

/* Checks and their base ask for these in any agent; None is what they expect. */
static void settings_that_nobody_made_have_no_answer(void **state)
{
    static const char *const keys[] = {
        "integration_trusted_providers",
        "integration_file_paths_allowlist",
        "integration_ignore_untrusted_file_params",
        "integration_security_excluded_checks",
        "patch_prometheus_client",
        "kubernetes_kubeconfig_path",
        "kubernetes_pod_expiration_duration",
        "tracemalloc_whitelist",
        "tracemalloc_blacklist",
        "integration_tracing_futures",
        "use_boringssl",
        "dogstatsd_mapper_profiles",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        assert_config("{}", NULL, keys[i], NULL);
}

#define METADATA "- \"169.254.169.254\"\n- \"100.100.100.200\"\n"

static void the_proxy_comes_from_variables_and_file(void **state)
{
    static const char file[] =
        "proxy: {http: 'http://f:1', https: 'http://f:2', no_proxy: [x]}";

    (void)state;
    assert_config("{}", NULL, "proxy", "http: \"\"\nhttps: \"\"\nno_proxy:\n" METADATA);
    assert_config(file, NULL, "proxy",
                  "http: \"http://f:1\"\nhttps: \"http://f:2\"\nno_proxy:\n- \"x\"\n" METADATA);
    assert_config(file, "HTTP_PROXY=u\0http_proxy=l\0https_proxy=ls\0NO_PROXY=a,b\0", "proxy",
                  "http: \"u\"\nhttps: \"ls\"\nno_proxy:\n- \"a\"\n- \"b\"\n" METADATA);
    assert_config(
        file, "HTTP_PROXY=u\0DD_PROXY_HTTP=dd\0NO_PROXY=n\0DD_PROXY_NO_PROXY=a b\0", "proxy",
        "http: \"dd\"\nhttps: \"http://f:2\"\nno_proxy:\n- \"a\"\n- \"b\"\n" METADATA);
    assert_config("fips: {enabled: true}", "HTTP_PROXY=u\0", "proxy",
                  "http: \"\"\nhttps: \"\"\nno_proxy:\n" METADATA);
    assert_config("use_proxy_for_cloud_metadata: true", NULL, "proxy", NULL);
    assert_config("use_proxy_for_cloud_metadata: true", "HTTPS_PROXY=s\0", "proxy",
                  "http: \"\"\nhttps: \"s\"\nno_proxy: []\n");
}

static void speaks_as_an_agent(void **state)
{
    CLEANUP(host_freep) struct host *h = host_of("{}", NULL, NULL);
    ANSWER(version);
    ANSWER(headers);
    ANSWER(kubelet);

    (void)state;
    host_facts.version(h, &version.reply);
    assert_string_equal(version.text, "7.58.0");
    host_facts.headers(h, &headers.reply);
    assert_string_equal(headers.text, "Accept: text/html, */*\n"
                                      "Content-Type: application/x-www-form-urlencoded\n"
                                      "User-Agent: Datadog Agent/7.58.0\n");
    host_facts.kubelet_connection(h, &kubelet.reply);
    assert_string_equal(kubelet.text, "{}");
    assert_null(host_facts.tags);
    assert_true(host_facts.process_start_time(h) > 1.5e9);
    assert_true(fmod(host_facts.process_start_time(h), 1) == 0);
    assert_false(host_facts.tracemalloc_enabled(h));
    {
        CLEANUP(host_freep) struct host *tracing =
            host_of("tracemalloc_debug: true", NULL, NULL);

        assert_true(host_facts.tracemalloc_enabled(tracing));
    }
}

/* Logs the same text at a level. */
static const char *logged(int level)
{
    static char written[200];
    int copy = catch_stderr();

    host_facts.log(NULL, str_of("text"), level);
    caught_stderr(copy, written, sizeof(written));
    return strchr(written, '\0') - written > 24 ? written + 24 : written; /* after the time */
}

static void records_of_checks_are_logged_at_their_level(void **state)
{
    static const struct {
        int level;
        const char *line;
    } cases[] = {
        {50, "CRITICAL text\n"}, {40, "ERROR text\n"}, {30, "WARN  text\n"},
        {20, "INFO  text\n"},    {10, "DEBUG text\n"}, {7, "TRACE text\n"},
        {99, "INFO  text\n"},    {0, "INFO  text\n"},  {-1, "INFO  text\n"},
        {25, "INFO  text\n"},
    };

    (void)state;
    log_set_level(ADDER_LOG_TRACE);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(logged(cases[i].level), cases[i].line);
    log_set_level(ADDER_LOG_CRITICAL);
}

static void gives_the_host_and_the_cluster_a_name(void **state)
{
    CLEANUP(host_freep) struct host *h =
        host_of("hostname: web-1", "DD_CLUSTER_NAME=laika\0", NULL);
    char name[8];
    struct adder_error err;
    ANSWER(host);
    ANSWER(cluster);

    (void)state;
    assert_int_equal(host_name(h, name, sizeof(name), &err), 0);
    assert_string_equal(name, "web-1");
    assert_int_equal(host_name(h, name, 5, &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    host_facts.hostname(h, &host.reply);
    assert_string_equal(host.text, "web-1");
    host_facts.cluster_name(h, &cluster.reply);
    assert_string_equal(cluster.text, "laika");
}

static void assert_cluster(struct host *h, const char *expected)
{
    ANSWER(a);

    host_facts.cluster_name(h, &a.reply);
    assert_int_equal(a.count, 1);
    assert_string_equal(a.text, expected);
}

static void each_agent_keeps_its_own_cluster_name(void **state)
{
    CLEANUP(host_freep) struct host *one = host_of("cluster_name: one", NULL, NULL);
    CLEANUP(host_freep) struct host *other = host_of("cluster_name: other", NULL, NULL);
    CLEANUP(host_freep) struct host *none = host_of("{}", NULL, NULL);
    CLEANUP(host_freep) struct host *wrong = host_of("cluster_name: Wrong", NULL, NULL);

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_cluster(one, "one");
        assert_cluster(other, "other");
        assert_cluster(none, "");
        assert_cluster(wrong, "");
    }
}

static void gives_host_tags_as_json(void **state)
{
    static const struct {
        const char *yaml, *env, *expected;
    } cases[] = {
        {"{}", NULL, "{\"system\":[]}"},
        {"{tags: [b, 'a:1', b], extra_tags: [c], env: prod}", NULL,
         "{\"system\":[\"a:1\",\"b\",\"c\",\"env:prod\"]}"},
        {"{tags: ['k:x;y', 'other:x;y'], tag_value_split_separator: {k: ;}}", NULL,
         "{\"system\":[\"k:x\",\"k:y\",\"other:x;y\"]}"},
        {"tags: [a]", "DD_TAGS=x:1 y\"\\\0", "{\"system\":[\"x:1\",\"y\\\"\\\\\"]}"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(host_freep) struct host *h = host_of(cases[i].yaml, cases[i].env, NULL);
        ANSWER(a);

        host_facts.host_tags(h, &a.reply);
        assert_string_equal(a.text, cases[i].expected);
    }
}

static void runs_commands_with_the_agents_environment_or_the_given_one(void **state)
{
    static const char *const argv[] = {"env", NULL}, *const given[] = {"A=1", NULL};
    CLEANUP(host_freep) struct host *h = host_of("{}", "B=2\0", NULL);
    struct adder_error err;
    int code = -5;
    ANSWER(out);
    ANSWER(errout);

    (void)state;
    setenv("SET_BY_A_CHECK", "1", 1);
    assert_int_equal(host_facts.subprocess(h, &(struct adder_command){argv, NULL}, &out.reply,
                                           &errout.reply, &code, &err),
                     0);
    assert_string_equal(out.text, "PATH=/usr/bin:/bin\nB=2\n");
    assert_string_equal(errout.text, "");
    assert_int_equal(code, 0);
    assert_int_equal(host_facts.subprocess(h, &(struct adder_command){argv, given}, &out.reply,
                                           &errout.reply, &code, &err),
                     0);
    assert_string_equal(out.text, "A=1\n");
}

static void a_command_that_does_not_start_gives_an_error_and_nothing_else(void **state)
{
    static const char *const argv[] = {"no-such-program", NULL};
    CLEANUP(host_freep) struct host *h = host_of("{}", NULL, NULL);
    struct adder_error err;
    int code = -5;
    ANSWER(out);
    ANSWER(errout);

    (void)state;
    assert_int_equal(host_facts.subprocess(h, &(struct adder_command){argv, NULL}, &out.reply,
                                           &errout.reply, &code, &err),
                     -1);
    assert_string_equal(err.message,
                        "internal error starting subprocess: exec: \"no-such-program\": "
                        "executable file not found in $PATH");
    assert_int_equal(code, -5);
    assert_int_equal(out.count + errout.count, 0);
}

static void output_ends_at_its_first_nul(void **state)
{
    static const char *const argv[] = {"sh", "-c", "printf 'a\\0b'; printf '\\0b' >&2; exit 2",
                                       NULL};
    CLEANUP(host_freep) struct host *h = host_of("{}", NULL, NULL);
    struct adder_error err;
    int code;
    ANSWER(out);
    ANSWER(errout);

    (void)state;
    assert_int_equal(host_facts.subprocess(h, &(struct adder_command){argv, NULL}, &out.reply,
                                           &errout.reply, &code, &err),
                     0);
    assert_int_equal(out.len, 1);
    assert_string_equal(out.text, "a");
    assert_int_equal(errout.len, 0);
    assert_int_equal(code, 2);
}

static void takes_the_literals_out_of_statements(void **state)
{
    static const char options[] = "{\"return_json_metadata\":true,\"table_names\":true}";
    CLEANUP(host_freep) struct host *h = host_of("{}", NULL, NULL);
    struct adder_error err;
    ANSWER(a);

    (void)state;
    assert_int_equal(
        host_facts.obfuscate_sql(h, str_of("select 1 from t"), str_of(NULL), &a.reply, &err),
        0);
    assert_string_equal(a.text, "select ? from t");
    assert_int_equal(
        host_facts.obfuscate_sql(h, str_of("select 1 from t"), str_of(options), &a.reply, &err),
        0);
    assert_string_equal(a.text, "{\"query\":\"select ? from t\",\"metadata\":{\"Size\":1,"
                                "\"tables_csv\":\"t\",\"commands\":null,\"comments\":null,"
                                "\"procedures\":null}}");
    assert_int_equal(host_facts.obfuscate_sql_exec_plan(h, str_of("{\"Total Cost\":1,\"x\":2}"),
                                                        false, &a.reply, &err),
                     0);
    assert_string_equal(a.text, "{\"Total Cost\":1,\"x\":\"?\"}");
    assert_int_equal(host_facts.obfuscate_sql_exec_plan(h, str_of("{\"Total Cost\":1,\"x\":2}"),
                                                        true, &a.reply, &err),
                     0);
    assert_string_equal(a.text, "{\"Total Cost\":\"?\",\"x\":\"?\"}");
    assert_int_equal(host_facts.obfuscate_sql_exec_plan(h, str_of(""), false, &a.reply, &err),
                     0);
    assert_string_equal(a.text, "");
    assert_int_equal(
        host_facts.obfuscate_mongodb(h, str_of("{\"find\":\"c\",\"a\":1}"), &a.reply, &err), 0);
    assert_string_equal(a.text, "{\"find\":\"c\",\"a\":\"?\"}");
}

static void statements_that_are_none_get_no_answer(void **state)
{
    CLEANUP(host_freep) struct host *h = host_of("{}", NULL, NULL);
    struct adder_error err;
    ANSWER(a);

    (void)state;
    assert_int_equal(host_facts.obfuscate_sql(h, str_of(""), str_of("{}"), &a.reply, &err), -1);
    assert_string_equal(err.message, "result is empty");
    assert_int_equal(host_facts.obfuscate_sql_exec_plan(h, str_of("{"), false, &a.reply, &err),
                     -1);
    assert_int_equal(host_facts.obfuscate_mongodb(h, str_of(""), &a.reply, &err), -1);
    assert_string_equal(err.message, "Empty MongoDB command");
    assert_int_equal(a.count, 0);
}

static void a_cached_text_that_cannot_be_read_is_logged(void **state)
{
    CLEANUP(host_freep) struct host *h = host_of("{}", NULL, "/proc");
    char written[400];
    struct adder_error err;
    int copy;
    ANSWER(a);

    (void)state;
    log_set_level(ADDER_LOG_ERROR);
    copy = catch_stderr();
    assert_int_equal(host_facts.cache_read(h, str_of("self"), &a.reply, &err), -1);
    caught_stderr(copy, written, sizeof(written));
    log_set_level(ADDER_LOG_CRITICAL);
    assert_int_equal(a.count, 0);
    assert_non_null(strstr(written, " ERROR Failed to read cache self: cache: /proc/self: "));
}

static void keeps_texts_in_the_run_folder(void **state)
{
    char folder[64], path[80];
    struct adder_error err;
    ANSWER(a);

    (void)state;
    make_test_folder(folder);
    {
        CLEANUP(host_freep) struct host *h = host_of("{}", NULL, folder);

        assert_int_equal(host_facts.cache_read(h, str_of("k"), &a.reply, &err), 0);
        assert_string_equal(a.text, "");
        assert_int_equal(host_facts.cache_write(h, str_of("k"), str_of("v"), &err), 0);
        assert_int_equal(host_facts.cache_read(h, str_of("k"), &a.reply, &err), 0);
        assert_string_equal(a.text, "v");
        /* Somebody else's doing: a check can write no NUL. */
        assert_int_equal(
            host_facts.cache_write(h, str_of("k"), (struct adder_str){"ab\0cd", 5}, &err), 0);
        assert_int_equal(host_facts.cache_read(h, str_of("k"), &a.reply, &err), 0);
        assert_int_equal(a.len, 2);
    }
    snprintf(path, sizeof(path), "%s/k", folder);
    assert_int_equal(unlink(path), 0);
    rmdir(folder);
}

static void a_wrong_container_pattern_turns_the_filter_off(void **state)
{
    CLEANUP(host_freep) struct host *on = host_of("container_exclude: ['name:a']", NULL, NULL);
    CLEANUP(host_freep) struct host *off =
        host_of("container_exclude: ['name:a', 'image:(']", NULL, NULL);
    struct adder_str a = str_of("a"), none = {0};

    (void)state;
    assert_true(host_facts.container_excluded(on, a, a, none));
    assert_false(host_facts.container_excluded(off, a, a, none));
}

static void the_run_folder_follows_the_xdg_rules(void **state)
{
    static const struct {
        const char *yaml, *env, *user, *root;
    } cases[] = {
        {"run_path: /r", "XDG_STATE_HOME=/s\0", "\"/r\"", "\"/r\""},
        {"{}", "XDG_STATE_HOME=/s\0HOME=/h\0", "\"/s/adder\"", "\"/s/adder\""},
        {"{}", "XDG_STATE_HOME=relative\0HOME=/h\0", "\"/h/.local/state/adder\"",
         "\"/var/lib/adder\""},
        {"{}", NULL, "\"/var/lib/adder\"", "\"/var/lib/adder\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(host_freep) struct host *h = host_of(cases[i].yaml, cases[i].env, NULL);
        ANSWER(a);

        host_facts.config(h, str_of("run_path"), &a.reply);
        assert_string_equal(a.text, geteuid() == 0 ? cases[i].root : cases[i].user);
    }
}

static int makes_a_host(void)
{
    CLEANUP(host_freep) struct host *h = NULL;
    struct adder_error err;

    return host_new(&(struct host_options){0}, &h, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    set_environment("DD_TAGS=a\0");
    each_alloc_fails(makes_a_host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_settings_as_yaml),
        cmocka_unit_test(the_proxy_comes_from_variables_and_file),
        cmocka_unit_test(settings_that_nobody_made_have_no_answer),
        cmocka_unit_test(speaks_as_an_agent),
        cmocka_unit_test(records_of_checks_are_logged_at_their_level),
        cmocka_unit_test(gives_the_host_and_the_cluster_a_name),
        cmocka_unit_test(each_agent_keeps_its_own_cluster_name),
        cmocka_unit_test(gives_host_tags_as_json),
        cmocka_unit_test(runs_commands_with_the_agents_environment_or_the_given_one),
        cmocka_unit_test(a_command_that_does_not_start_gives_an_error_and_nothing_else),
        cmocka_unit_test(output_ends_at_its_first_nul),
        cmocka_unit_test(takes_the_literals_out_of_statements),
        cmocka_unit_test(statements_that_are_none_get_no_answer),
        cmocka_unit_test(a_cached_text_that_cannot_be_read_is_logged),
        cmocka_unit_test(keeps_texts_in_the_run_folder),
        cmocka_unit_test(a_wrong_container_pattern_turns_the_filter_off),
        cmocka_unit_test(the_run_folder_follows_the_xdg_rules),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    log_set_level(ADDER_LOG_CRITICAL);
    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
