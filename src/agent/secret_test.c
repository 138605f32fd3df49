#include "agent/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/err.h"
#include "core/file.h"
#include "core/str.h"
#include "core/testing.h"
#include "core/yaml.h"

static char folder[] = "/tmp/adder-secret-XXXXXX";
static char command[64], asked[64]; /* the backend, and where it may keep what it is asked */

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(command, sizeof(command), "%s/backend", folder);
    snprintf(asked, sizeof(asked), "%s/asked", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(command);
    unlink(asked);
    return rmdir(folder);
}

/* Makes the command a shell script. */
static void script(const char *text)
{
    AUTOFREE char *whole = mem_printf("#!/bin/sh\n%s\n", text);
    struct adder_error err;

    assert_int_equal(file_write(command, str_of(whole), &err), 0);
    assert_int_equal(chmod(command, 0700), 0);
}

/* A script that prints these answers, and keeps what it is asked, one line a time. */
static void answers(const char *json)
{
    AUTOFREE char *text =
        mem_printf("cat >>%s; echo >>%s; cat <<'END'\n%s\nEND", asked, asked, json);

    unlink(asked);
    script(text);
}

static void assert_asked(const char *expected)
{
    AUTOFREE char *got = NULL;
    struct adder_error err;
    size_t len;

    if (file_read(asked, 100000, &got, &len, &err) < 0)
        assert_string_equal(expected, "");
    else
        assert_string_equal(got, expected);
}

static struct secrets *open_with(struct secret_options options)
{
    struct secrets *s = NULL;
    struct adder_error err;

    assert_int_equal(secrets_new(&options, &s, &err), 0);
    return s;
}

static struct secrets *open_secrets(void)
{
    return open_with((struct secret_options){.command = command});
}

static struct value *parse(const char *yaml)
{
    struct adder_error err;
    struct value *v;

    if (yaml_parse(str_of(yaml), YAML_AGENT, &v, &err) < 0)
        fail_msg("%s: %s", yaml, err.message);
    return v;
}

static void assert_resolves(struct secrets *s, const char *yaml, const char *expected)
{
    CLEANUP(value_freep) struct value *v = parse(yaml);
    CLEANUP(buf_free) struct buf text;
    struct adder_error err;

    buf_init(&text, 100000);
    if (secrets_resolve(s, &v, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(yaml_write(v, &text, &err), 0);
    assert_string_equal(text.data, expected);
}

static void assert_fails(struct secrets *s, const char *yaml, const char *message)
{
    CLEANUP(value_freep) struct value *v = parse(yaml);
    CLEANUP(value_freep) struct value *before = parse(yaml);
    struct adder_error err;

    assert_int_equal(secrets_resolve(s, &v, &err), -1);
    assert_string_equal(err.message, message);
    assert_true(value_equal(v, before));
}

/* ---- Resolving -------------------------------------------------------------------------- */

static void secrets_are_asked_for_once_and_replaced_everywhere(void **state)
{
    CLEANUP(secrets_freep) struct secrets *s = open_secrets();

    (void)state;
    answers("{\"a b\": {\"value\": \"one: \\u00e9\", \"error\": null}, \"c\": {\"value\": "
            "\"5\"}}");
    assert_resolves(s,
                    "x: ENC[a b]\nz: [\" ENC[c]\t\", {z: 'ENC[a b]'}, 'no ENC[c]', 'ENC[]', "
                    "'ENC[c'] \nENC[c]: 1\n",
                    "ENC[c]: 1\nx: 'one: é'\nz:\n- \"5\"\n- z: 'one: é'\n- no "
                    "ENC[c]\n- ENC[]\n- ENC[c\n");
    assert_asked("{\"version\":\"1.0\",\"secrets\":[\"a b\",\"c\"]}\n");
}

static void what_is_known_is_not_asked_for_again_until_it_is_forgotten(void **state)
{
    CLEANUP(secrets_freep) struct secrets *s = open_secrets();

    (void)state;
    answers("{\"a\": {\"value\": \"1x\"}, \"b\": {\"value\": \"2x\"}}");
    assert_resolves(s, "ENC[a]", "1x\n");
    assert_resolves(s, "ENC[a]", "1x\n");
    assert_resolves(s, "['ENC[a]', 'ENC[b]']", "- 1x\n- 2x\n");
    assert_asked("{\"version\":\"1.0\",\"secrets\":[\"a\"]}\n"
                 "{\"version\":\"1.0\",\"secrets\":[\"b\"]}\n");
    answers("{\"a\": {\"value\": \"new\"}}");
    assert_resolves(s, "ENC[a]", "1x\n");
    assert_asked("");
    secrets_forget(s);
    assert_resolves(s, "ENC[a]", "new\n");
}

static void without_secrets_nothing_is_run(void **state)
{
    CLEANUP(secrets_freep) struct secrets *s = open_secrets();
    CLEANUP(secrets_freep) struct secrets *none =
        open_with((struct secret_options){.command = ""});

    (void)state;
    answers("{}");
    assert_resolves(s, "{a: [b, 5, ~]}", "a:\n- b\n- 5\n- null\n");
    assert_resolves(none, "a", "a\n");
    assert_asked("");
    secrets_free(NULL);
}

static void handles_go_through_json_and_back(void **state)
{
    CLEANUP(secrets_freep) struct secrets *s = open_secrets();

    (void)state;
    answers("{\"a\\\"\\\\\\u00e9]\": {\"value\": \"v\", \"error\": \"\"}}");
    assert_resolves(s, "'ENC[a\"\\é]]'", "v\n");
    assert_asked("{\"version\":\"1.0\",\"secrets\":[\"a\\\"\\\\é]\"]}\n");
}

static void arguments_and_environment_reach_the_command(void **state)
{
    const char *const arguments[] = {"--x", "a b; echo $0", NULL};
    CLEANUP(secrets_freep) struct secrets *s =
        open_with((struct secret_options){.command = command, .arguments = arguments});

    (void)state;
    setenv("ADDER_TEST", "from us", 1);
    script("printf '{\"h\": {\"value\": \"%s|%s|%s\"}}' \"$#\" \"$2\" \"$ADDER_TEST\"");
    assert_resolves(s, "ENC[h]", "2|a b; echo $0|from us\n");
    unsetenv("ADDER_TEST");
}

static void a_line_break_at_the_end_goes_when_asked_to(void **state)
{
    static const struct {
        const char *json, *trimmed, *kept;
    } cases[] = {
        {"x\\n", "x\n", "|\n  x\n"},
        {"x\\r\\n", "x\n", "\"x\\r\\n\"\n"},
        {"x\\n\\n", "|\n  x\n", "|+\n  x\n\n"},
        {"x", "x\n", "x\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(secrets_freep) struct secrets *trims =
            open_with((struct secret_options){.command = command, .trim_newline = true});
        CLEANUP(secrets_freep) struct secrets *keeps = open_secrets();
        AUTOFREE char *json = mem_printf("{\"h\": {\"value\": \"%s\"}}", cases[i].json);

        answers(json);
        assert_resolves(trims, "ENC[h]", cases[i].trimmed);
        assert_resolves(keeps, "ENC[h]", cases[i].kept);
    }
}

/* ---- Failing ---------------------------------------------------------------------------- */

static void a_secret_that_cannot_be_had_is_named_with_its_place(void **state)
{
    static const struct {
        const char *json, *message;
    } cases[] = {
        {"{}", "2:4: secret 'h': secret_backend_command did not answer for it"},
        {"{\"h\": 5}", "2:4: secret 'h': secret_backend_command did not answer for it"},
        {"{\"h\": {\"value\": \"\", \"error\": null}}",
         "2:4: secret 'h': secret_backend_command answered with an empty value"},
        {"{\"h\": {\"value\": null}}",
         "2:4: secret 'h': secret_backend_command answered with a value that is no text"},
        {"{\"h\": {\"value\": 5}}",
         "2:4: secret 'h': secret_backend_command answered with a value that is no text"},
        {"{\"h\": {\"value\": \"x\", \"error\": \" no access\\nmore\"}}",
         "2:4: secret 'h': no access"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(secrets_freep) struct secrets *s = open_secrets();

        answers(cases[i].json);
        assert_fails(s, "a: 1\nb: ENC[h]\n", cases[i].message);
    }
}

static void one_missing_secret_leaves_the_tree_but_others_are_known_then(void **state)
{
    CLEANUP(secrets_freep) struct secrets *s = open_secrets();

    (void)state;
    answers("{\"a\": {\"value\": \"fine\"}}");
    assert_fails(s, "['ENC[a]', 'ENC[b]']",
                 "1:12: secret 'b': secret_backend_command did not answer for it");
    answers("{}");
    assert_resolves(s, "ENC[a]", "fine\n");
    assert_asked("");
}

/* The message up to the path of the command, which differs. */
static void assert_complains(const char *yaml, const char *text)
{
    CLEANUP(secrets_freep) struct secrets *s =
        open_with((struct secret_options){.command = command, .timeout_s = 20});
    AUTOFREE char *message = mem_printf("1:1: secret_backend_command '%s': %s", command, text);

    assert_fails(s, yaml, message);
}

static void a_command_that_fails_says_why(void **state)
{
    (void)state;
    script("echo 'no vault' >&2; echo more >&2; exit 3");
    assert_complains("ENC[h]", "exit code 3: no vault");
    script("exit 1");
    assert_complains("ENC[h]", "exit code 1: it does not say why");
    script("kill -9 $$");
    assert_complains("ENC[h]", "a signal ended it: it does not say why");
    script("echo '[1]'");
    assert_complains("ENC[h]", "what it printed is no JSON object");
    script("echo hello");
    assert_complains("ENC[h]", "what it printed is no JSON object");
    script("printf '{\"h\": {\"value\": \"\\377\"}}'");
    assert_complains("ENC[h]", "what it printed is no JSON object");
    script("");
    assert_complains("ENC[h]", "what it printed is no JSON object");
    script("head -c 2000000 /dev/zero");
    assert_complains("ENC[h]", "output of a command: more than 1048576 bytes");
}

static void a_command_that_hangs_is_killed(void **state)
{
    CLEANUP(secrets_freep) struct secrets *s =
        open_with((struct secret_options){.command = command, .timeout_s = 0.05});
    AUTOFREE char *message =
        mem_printf("1:1: secret_backend_command '%s': the command took too long", command);

    (void)state;
    script("exec >&- 2>&-; sleep 1000");
    assert_fails(s, "ENC[h]", message);
    /* Nobody waits for it again, until all is read anew. */
    answers("{\"h\": {\"value\": \"v\"}}");
    assert_fails(s, "ENC[h]", message);
    assert_asked("");
    secrets_forget(s);
    assert_resolves(s, "ENC[h]", "v\n");
}

static void without_a_command_a_secret_is_an_error(void **state)
{
    CLEANUP(secrets_freep) struct secrets *s = open_with((struct secret_options){0});

    (void)state;
    assert_fails(s, "a:\n  b: ENC[h]\n",
                 "2:6: a secret, but secret_backend_command is not set");
}

static void too_many_secrets_are_an_error(void **state)
{
    CLEANUP(secrets_freep) struct secrets *s = open_secrets();
    CLEANUP(buf_free) struct buf yaml;

    (void)state;
    buf_init(&yaml, 1000 * 1000);
    for (int i = 0; i <= SECRET_HANDLES_MAX; i++)
        buf_printf(&yaml, "- ENC[%d]\n", i);
    assert_fails(s, yaml.data, "10001:3: more than 10000 secrets");
}

/* ---- Rights ----------------------------------------------------------------------------- */

static void a_command_that_others_have_rights_on_is_not_run(void **state)
{
    static const struct {
        mode_t mode;
        bool group_may_execute;
        const char *complaint; /* NULL: fine */
    } cases[] = {
        {0700, false, NULL},
        {0500, false, NULL},
        {0740, false,
         "its mode is 740, but neither group nor others may have rights (chmod "
         "700)"},
        {0701, false,
         "its mode is 701, but neither group nor others may have rights (chmod "
         "700)"},
        {0750, true, NULL},
        {0770, true,
         "its mode is 770, but neither group nor others may have rights (chmod "
         "750)"},
        {0755, true,
         "its mode is 755, but neither group nor others may have rights (chmod "
         "750)"},
        {0600, false, "it cannot be run: Permission denied"},
    };

    (void)state;
    answers("{\"h\": {\"value\": \"v\"}}");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(secrets_freep) struct secrets *s = open_with((struct secret_options){
            .command = command, .group_may_execute = cases[i].group_may_execute});
        AUTOFREE char *message =
            mem_printf("1:1: secret_backend_command '%s': %s", command,
                       cases[i].complaint != NULL ? cases[i].complaint : "");

        assert_int_equal(chmod(command, cases[i].mode), 0);
        if (cases[i].complaint != NULL)
            assert_fails(s, "ENC[h]", message);
        else
            assert_resolves(s, "ENC[h]", "v\n");
    }
}

static void a_command_of_somebody_else_is_not_run(void **state)
{
    (void)state;
    answers("{\"h\": {\"value\": \"v\"}}");
    if (chown(command, 12345, (gid_t)-1) < 0)
        skip(); /* only root can give files away */
    assert_complains("ENC[h]", "it belongs to user 12345, neither to root nor to us");
    unlink(command);
}

static void what_is_no_program_is_not_run(void **state)
{
    static const struct {
        const char *path, *message;
    } cases[] = {
        {"backend", "1:1: secret_backend_command 'backend': an absolute path is needed"},
        {"/no/such", "1:1: secret_backend_command '/no/such': it cannot be run: No such file "
                     "or directory"},
        {"/proc", "1:1: secret_backend_command '/proc': it is no file"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(secrets_freep) struct secrets *s =
            open_with((struct secret_options){.command = cases[i].path});

        assert_fails(s, "ENC[h]", cases[i].message);
    }
}

/* ---- Memory ----------------------------------------------------------------------------- */

static int resolves_two(void)
{
    const char *const arguments[] = {"x", NULL};
    struct secret_options options = {.command = command, .arguments = arguments};
    CLEANUP(secrets_freep) struct secrets *s = NULL;
    CLEANUP(value_freep) struct value *v = NULL;
    struct adder_error err;
    int rc = yaml_parse(str_of("['ENC[a]', 'ENC[b]']"), YAML_AGENT, &v, &err);

    if (rc == 0)
        rc = secrets_new(&options, &s, &err);
    if (rc == 0)
        rc = secrets_resolve(s, &v, &err);
    if (rc < 0)
        assert_int_equal(err.code, ADDER_NOMEM);
    return rc;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    answers("{\"a\": {\"value\": \"1\"}, \"b\": {\"value\": \"2\"}}");
    each_alloc_fails(resolves_two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_asked_for_once_and_replaced_everywhere),
        cmocka_unit_test(what_is_known_is_not_asked_for_again_until_it_is_forgotten),
        cmocka_unit_test(without_secrets_nothing_is_run),
        cmocka_unit_test(handles_go_through_json_and_back),
        cmocka_unit_test(arguments_and_environment_reach_the_command),
        cmocka_unit_test(a_line_break_at_the_end_goes_when_asked_to),
        cmocka_unit_test(a_secret_that_cannot_be_had_is_named_with_its_place),
        cmocka_unit_test(one_missing_secret_leaves_the_tree_but_others_are_known_then),
        cmocka_unit_test(a_command_that_fails_says_why),
        cmocka_unit_test(a_command_that_hangs_is_killed),
        cmocka_unit_test(without_a_command_a_secret_is_an_error),
        cmocka_unit_test(too_many_secrets_are_an_error),
        cmocka_unit_test(a_command_that_others_have_rights_on_is_not_run),
        cmocka_unit_test(a_command_of_somebody_else_is_not_run),
        cmocka_unit_test(what_is_no_program_is_not_run),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("secret", tests, make_folder, remove_folder);
}
