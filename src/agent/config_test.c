#include "agent/config.h"

#include <stdio.h>
#include <sys/stat.h>

#include "agent/config_testing.h"
#include "core/file.h"
#include "core/yaml.h"

static struct config *parse(const char *yaml)
{
    struct config_remarks remarks = {NULL, 0};
    struct config *c = NULL;
    struct adder_error err;

    if (config_parse(str_of(yaml), PATH, &c, &remarks, &err) < 0)
        fail_msg("%s: %s", yaml, err.message);
    config_remarks_free(&remarks);
    return c;
}

static void assert_list(char *const *list, const char *expected)
{
    CLEANUP(buf_free) struct buf b;

    buf_init(&b, 100000);
    buf_add_str(&b, list != NULL ? "" : "none");
    for (; list != NULL && *list != NULL; list++)
        buf_printf(&b, "%s|", *list);
    assert_string_equal(b.data, expected);
}

static void assert_text(const char *text, const char *expected)
{
    assert_string_equal(text != NULL ? text : "NULL", expected);
}

/* ---- Reading --------------------------------------------------------------------------- */

static void an_empty_file_says_the_defaults(void **state)
{
    static const char *const empty[] = {"", "\n# nothing\n", "{}", "null", "---\n"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
        CLEANUP(config_freep) struct config *c = parse(empty[i]);

        assert_int_equal(c->tree->type, VALUE_MAP);
        assert_int_equal(c->tree->map.count, 0);
        assert_string_equal(c->listen, CONFIG_LISTEN_DEFAULT);
        assert_null(c->token);
        assert_null(c->confd);
        assert_list(c->checks, "none");
        assert_list(c->tags, "none");
        assert_int_equal(c->workers, 0);
        assert_int_equal(c->check_runners, 4);
        assert_int_equal(c->log_level, ADDER_LOG_INFO);
        assert_false(c->log_json);
        assert_true(c->first_run_within_s == 5);
        assert_int_equal(c->limits.said, 0);
        assert_list(c->aggregates, "max|median|avg|count|");
        assert_int_equal(c->percentile_count, 1);
        assert_true(c->percentiles[0] == 0.95);
        assert_true(c->outputs.prometheus);
        assert_null(c->outputs.json_path);
        assert_int_equal(c->outputs.json_rotate_bytes, 100 * 1024 * 1024);
        assert_null(c->secret_command);
        assert_true(c->secret_timeout_s == 30);
    }
}

static void every_setting_is_read(void **state)
{
    CLEANUP(config_freep) struct config *c = parse(
        "listen: ' unix:/run/adder.sock '\napi_token: abc\napi_token_file: /t\nconfd: /c\n"
        "checks: [/a, /b c]\nrun_dir: /r\npython: 3.12\nvenv: /v\npythonpath: /one:two\n"
        "tags: [a, b:c, 5, 1.50, yes, '']\nworkers: 2\ncheck_runners: 8\n"
        "first_run_within: 500ms\nlog_level: WARN\nlog_format_json: true\n"
        "limits: {memory: 1GB, files: none}\nhistogram_aggregates: [sum]\n"
        "histogram_percentiles: ['0.5', 0.99, 1]\n"
        "outputs: {prometheus: false, json: {path: '-', rotate: 1k}}\n"
        "secret_backend_command: /s\nsecret_backend_arguments: [-x]\n"
        "secret_backend_timeout: 3\nsecret_backend_command_allow_group_exec_perm: true\n"
        "secret_backend_remove_trailing_line_break: true\n");

    (void)state;
    assert_string_equal(c->listen, "unix:/run/adder.sock");
    assert_string_equal(c->token, "abc");
    assert_string_equal(c->token_file, "/t");
    assert_string_equal(c->confd, "/c");
    assert_list(c->checks, "/a|/b c|");
    assert_string_equal(c->run_dir, "/r");
    assert_string_equal(c->python, "3.12");
    assert_string_equal(c->venv, "/v");
    assert_list(c->python_path, "/one:two|");
    assert_list(c->tags, "a|b:c|5|1.5|true||");
    assert_int_equal(c->workers, 2);
    assert_int_equal(c->check_runners, 8);
    assert_true(c->first_run_within_s == 0.5);
    assert_int_equal(c->log_level, ADDER_LOG_WARNING);
    assert_true(c->log_json);
    assert_int_equal(c->limits.memory_bytes, 1000 * 1000 * 1000);
    assert_int_equal(c->limits.files, 0);
    assert_list(c->aggregates, "sum|");
    assert_int_equal(c->percentile_count, 3);
    assert_true(c->percentiles[0] == 0.5 && c->percentiles[2] == 1);
    assert_false(c->outputs.prometheus);
    assert_string_equal(c->outputs.json_path, "-");
    assert_int_equal(c->outputs.json_rotate_bytes, 1024);
    assert_string_equal(c->secret_command, "/s");
    assert_list(c->secret_arguments, "-x|");
    assert_true(c->secret_timeout_s == 3);
    assert_true(c->secret_group_may_execute && c->secret_trim_newline);
}

static void values_may_be_written_in_more_ways_than_one(void **state)
{
    CLEANUP(config_freep) struct config *dotted =
        parse("outputs.json.path: /x\noutputs: {json.rotate: 5}\n");
    CLEANUP(config_freep) struct config *words = parse("tags: 'a:b c'\n"
                                                       "histogram_aggregates: max min\n"
                                                       "histogram_percentiles: []\n");
    CLEANUP(config_freep) struct config *nulls =
        parse("listen:\nworkers: ~\noutputs:\n\napi_token: ''\n");
    CLEANUP(config_freep) struct config *off = parse("log_level: off\nlisten: ''\n"
                                                     "check_runners: 0\n");

    (void)state;
    assert_string_equal(dotted->outputs.json_path, "/x");
    assert_int_equal(dotted->outputs.json_rotate_bytes, 5);
    assert_list(words->tags, "a:b|c|");
    assert_list(words->aggregates, "max|min|");
    assert_non_null(words->percentiles);
    assert_int_equal(words->percentile_count, 0);
    assert_string_equal(nulls->listen, CONFIG_LISTEN_DEFAULT);
    assert_null(nulls->token);
    assert_true(off->log_level > ADDER_LOG_CRITICAL);
    assert_string_equal(off->listen, "");
    assert_int_equal(off->check_runners, 4);
}

static void a_version_of_python_needs_no_quotes(void **state)
{
    static const char *const cases[][2] = {
        {"3.10", "3.10"}, {"3.11", "3.11"}, {"3.20", "3.2"},
        {"3", "3"},       {"'3.9'", "3.9"}, {"/usr/bin/python3", "/usr/bin/python3"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOFREE char *yaml = mem_printf("python: %s", cases[i][0]);
        CLEANUP(config_freep) struct config *c = parse(yaml);

        assert_string_equal(c->python, cases[i][1]);
    }
}

static void tags_come_from_three_settings(void **state)
{
    CLEANUP(config_freep) struct config *c =
        parse("env: prod\nextra_tags: [b, c]\ntags: [a]\n");
    CLEANUP(config_freep) struct config *only = parse("env: prod\n");

    (void)state;
    assert_list(c->tags, "a|b|c|env:prod|");
    assert_list(only->tags, "env:prod|");
}

/* ---- Environment ------------------------------------------------------------------------ */

static void the_environment_goes_before_the_file_and_ours_before_the_agents(void **state)
{
    static const struct {
        const char *ours, *agents, *expected;
    } cases[] = {
        {NULL, NULL, "/file"},    {NULL, "/agent", "/agent"}, {"/ours", "/agent", "/ours"},
        {"", "/agent", "/agent"}, {"", "", "/file"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(config_freep) struct config *c = NULL;

        if (cases[i].ours != NULL)
            setenv("ADDER_VENV", cases[i].ours, 1);
        if (cases[i].agents != NULL)
            setenv("DD_VENV", cases[i].agents, 1);
        c = parse("venv: /file");
        assert_string_equal(c->venv, cases[i].expected);
        clear_environment(NULL);
    }
}

static void variables_are_read_by_type(void **state)
{
    CLEANUP(config_freep) struct config *c = NULL;

    (void)state;
    setenv("ADDER_LISTEN", "[::1]:0", 1);
    setenv("ADDER_PYTHON", "3.10", 1);
    setenv("ADDER_WORKERS", "0x10", 1);
    setenv("DD_LOG_LEVEL", "debug", 1);
    setenv("ADDER_LOG_FORMAT_JSON", "1", 1);
    setenv("DD_TAGS", " a:b  c\td ", 1);
    setenv("DD_EXTRA_TAGS", "[\"e f\", 'g']", 1);
    setenv("ADDER_CHECKS", "/x y::/z", 1);
    setenv("ADDER_PYTHONPATH", "[/a:b]", 1);
    setenv("ADDER_FIRST_RUN_WITHIN", "2m", 1);
    setenv("ADDER_LIMITS", "{timeout: 5s, files: none}", 1);
    setenv("DD_HISTOGRAM_AGGREGATES", "min max", 1);
    setenv("DD_HISTOGRAM_PERCENTILES", "0.5 0.9", 1);
    setenv("ADDER_OUTPUTS_JSON_PATH", "/out", 1);
    setenv("ADDER_OUTPUTS_JSON_ROTATE", "5 MB", 1);
    c = parse("");
    assert_string_equal(c->listen, "[::1]:0");
    assert_string_equal(c->python, "3.10");
    assert_int_equal(c->workers, 16);
    assert_int_equal(c->log_level, ADDER_LOG_DEBUG);
    assert_true(c->log_json);
    assert_list(c->tags, "a:b|c|d|e f|g|");
    assert_list(c->checks, "/x y|/z|");
    assert_list(c->python_path, "/a:b|");
    assert_true(c->first_run_within_s == 120);
    assert_true(c->limits.timeout_s == 5 && c->limits.files == 0);
    assert_list(c->aggregates, "min|max|");
    assert_int_equal(c->percentile_count, 2);
    assert_true(c->percentiles[1] == 0.9);
    assert_string_equal(c->outputs.json_path, "/out");
    assert_int_equal(c->outputs.json_rotate_bytes, 5 * 1000 * 1000);
}

static void the_agents_names_are_understood(void **state)
{
    CLEANUP(config_freep) struct config *file =
        parse("confd_path: /c\nadditional_checksd: /k\nrun_path: /r\n");
    CLEANUP(config_freep) struct config *both = parse("confd: /ours\nconfd_path: /agents\n");
    CLEANUP(config_freep) struct config *variable = NULL;

    (void)state;
    assert_string_equal(file->confd, "/c");
    assert_list(file->checks, "/k|");
    assert_string_equal(file->run_dir, "/r");
    assert_string_equal(both->confd, "/ours");
    setenv("DD_CONFD_PATH", "/variable", 1);
    variable = parse("confd: /ours");
    assert_string_equal(variable->confd, "/variable");
}

/* ---- Files ------------------------------------------------------------------------------ */

static void a_file_that_was_named_must_exist(void **state)
{
    struct config_remarks remarks = {NULL, 0};
    struct config *c = NULL;
    struct adder_error err;

    (void)state;
    assert_int_equal(config_read("/no/such.yaml", &c, &remarks, &err), -1);
    assert_int_equal(err.code, ADDER_NOT_FOUND);
    assert_string_equal(err.message, "/no/such.yaml: No such file or directory");
    if (access(CONFIG_FILE_DEFAULT, F_OK) < 0) {
        assert_int_equal(config_read(NULL, &c, &remarks, &err), 0);
        assert_string_equal(c->listen, CONFIG_LISTEN_DEFAULT);
        config_free(c);
    }
    config_remarks_free(&remarks);
}

static void secrets_of_file_and_environment_are_resolved(void **state)
{
    char folder[] = "/tmp/adder-config-XXXXXX", command[64], file[64];
    struct config_remarks remarks = {NULL, 0};
    AUTOFREE char *yaml = NULL;
    struct config *c = NULL;
    struct adder_error err;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof(command), "%s/backend", folder);
    snprintf(file, sizeof(file), "%s/adder.yaml", folder);
    yaml = mem_printf("api_key: ENC[k]\ntags: ['a:ENC[k]', 'ENC[t]']\n"
                      "secret_backend_command: %s\nsecret_backend_arguments: v\n",
                      command);
    assert_int_equal(file_write(file, str_of(yaml), &err), 0);
    assert_int_equal(
        file_write(command,
                   str_of("#!/bin/sh\nprintf '{\"k\": {\"value\": \"%sk\"}, \"t\": {\"value\": "
                          "\"%st\"}}' $1 $1\n"),
                   &err),
        0);
    assert_int_equal(chmod(command, 0700), 0);
    setenv("ADDER_API_TOKEN", "ENC[t]", 1);
    if (config_read(file, &c, &remarks, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(value_string(value_get(c->tree, "api_key")).ptr, "vk");
    assert_list(c->tags, "a:ENC[k]|vt|");
    assert_string_equal(c->token, "vt");
    config_free(c);
    config_remarks_free(&remarks);
    unlink(command);
    unlink(file);
    rmdir(folder);
}

/* ---- Table and example ------------------------------------------------------------------ */

static void names_of_the_table_are_unique_and_explained(void **state)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_true(keys[i].help[0] != '\0');
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(keys[i].name, keys[k].name);
            assert_int_not_equal(keys[i].offset, keys[k].offset);
        }
    }
}

static void make_example(struct buf *to)
{
    struct adder_error err;

    buf_init(to, 100000);
    config_example(to);
    assert_int_equal(buf_check(to, &err), 0);
}

/* Takes "# " off the lines that are settings. */
static void uncomment(const struct buf *example, struct buf *to)
{
    buf_init(to, 100000);
    for (const char *line = example->data; *line != '\0';) {
        size_t len = strcspn(line, "\n") + 1;

        if (strncmp(line, "# ", 2) == 0)
            buf_add(to, line + 2, len - 2);
        line += len;
    }
}

static void the_example_says_the_defaults(void **state)
{
    CLEANUP(buf_free) struct buf example;
    CLEANUP(buf_free) struct buf yaml;
    CLEANUP(config_freep) struct config *c = NULL;
    size_t count;
    const struct config_key *keys = config_keys(&count);

    (void)state;
    make_example(&example);
    uncomment(&example, &yaml);
    assert_remarks(yaml.data, "");
    c = parse(yaml.data);
    assert_text(c->listen, CONFIG_LISTEN_DEFAULT);
    assert_text(c->token, "NULL");
    assert_list(c->tags, "none");
    assert_int_equal(c->outputs.json_rotate_bytes, 100 * 1024 * 1024);
    assert_int_equal(c->limits.memory_bytes, 512 * 1024 * 1024);
    for (size_t i = 0; i < count; i++) {
        const char *last = strrchr(keys[i].name, '.');
        AUTOFREE char *line = mem_printf(" %s:", last != NULL ? last + 1 : keys[i].name);

        assert_non_null(strstr(example.data, line));
    }
}

/* With EXAMPLE_UPDATE set, the file is written instead. */
static void the_example_file_is_up_to_date(void **state)
{
    static const char path[] = SOURCE_DIR "/docs/adder.yaml.example";
    CLEANUP(buf_free) struct buf example;
    AUTOFREE char *text = NULL;
    struct adder_error err;
    size_t len;

    (void)state;
    make_example(&example);
    if (getenv("EXAMPLE_UPDATE") != NULL) {
        assert_int_equal(file_write(path, (struct adder_str){example.data, example.len}, &err),
                         0);
        assert_int_equal(chmod(path, 0644), 0);
    }
    if (file_read(path, 100000, &text, &len, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(text, example.data);
}

/* ---- Memory ----------------------------------------------------------------------------- */

static int reads_a_file(void)
{
    static const char yaml[] =
        "lisen: a\ntags: a b\nextra_tags: [5]\nenv: x\nlimits: {cpu: 5}\n"
        "python: 3.1\ncheck_runners: 2\ncheck_runners: 3\n"
        "outputs: {json: {path: x, y: z}}\nhistogram_percentiles: ['1']\n";
    CLEANUP(config_remarks_free) struct config_remarks remarks = {NULL, 0};
    CLEANUP(config_freep) struct config *c = NULL;
    struct adder_error err;
    int rc = config_parse(str_of(yaml), PATH, &c, &remarks, &err);

    if (rc < 0)
        assert_int_equal(err.code, ADDER_NOMEM);
    return rc;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    setenv("ADDER_CHECKS", "/a:/b", 1);
    setenv("ADDER_LIMITS", "{cpu: 5}", 1);
    each_alloc_fails(reads_a_file);
}

static void the_token_may_be_in_a_file(void **state)
{
    char path[] = "/tmp/adder-token-XXXXXX";
    int fd = mkstemp(path);
    AUTOFREE char *yaml = mem_printf("api_token_file: %s\n", path);
    AUTOFREE char *both = mem_printf("api_token_file: %s\napi_token: mine\n", path);
    CLEANUP(config_freep) struct config *c = parse(yaml), *d = parse(both), *none = parse("");
    struct adder_error err;

    (void)state;
    assert_int_equal(config_read_token(c, &err), -1);
    assert_int_equal(err.code, ADDER_INVALID);
    assert_non_null(strstr(err.message, " is empty"));
    assert_int_equal(write(fd, " open sesame\n", 13), 13);
    close(fd);
    assert_int_equal(config_read_token(c, &err), 0);
    assert_string_equal(c->token, "open sesame");
    assert_int_equal(config_read_token(d, &err), 0);
    assert_string_equal(d->token, "mine");
    assert_int_equal(config_read_token(none, &err), 0);
    assert_null(none->token);
    unlink(path);
    config_free(c);
    c = parse(yaml);
    assert_int_equal(config_read_token(c, &err), -1);
    assert_int_equal(err.code, ADDER_NOT_FOUND);
    assert_non_null(strstr(err.message, "api_token_file: /tmp/adder-token-"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_file_says_the_defaults),
        TEST(every_setting_is_read),
        TEST(values_may_be_written_in_more_ways_than_one),
        TEST(a_version_of_python_needs_no_quotes),
        TEST(tags_come_from_three_settings),
        TEST(the_environment_goes_before_the_file_and_ours_before_the_agents),
        TEST(variables_are_read_by_type),
        TEST(the_agents_names_are_understood),
        TEST(a_file_that_was_named_must_exist),
        TEST(secrets_of_file_and_environment_are_resolved),
        TEST(names_of_the_table_are_unique_and_explained),
        TEST(the_example_says_the_defaults),
        TEST(the_example_file_is_up_to_date),
        TEST(survives_every_allocation_failing),
        TEST(the_token_may_be_in_a_file),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
