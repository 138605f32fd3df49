#include "host/names.h"

#include <stdio.h>

#include "core/file.h"
#include "core/log.h"
#include "host/fixture.h"

static void hostnames_are_checked_in_the_agents_words(void **state)
{
    static const struct {
        const char *name, *message; /* NULL: fine */
    } cases[] = {
        {"web-1.example.com", NULL},
        {"1", NULL},
        {"A.b-C.9", NULL},
        {"", "hostname is empty"},
        {"localhost", "localhost is a local hostname"},
        {"LOCALHOST.localdomain", "LOCALHOST.localdomain is a local hostname"},
        {"localhost6.localdomain6", "localhost6.localdomain6 is a local hostname"},
        {"ip6-localhost", "ip6-localhost is a local hostname"},
        {"under_score", "under_score is not RFC1123 compliant"},
        {"-a", "-a is not RFC1123 compliant"},
        {"a-", "a- is not RFC1123 compliant"},
        {"a..b", "a..b is not RFC1123 compliant"},
        {"a.", "a. is not RFC1123 compliant"},
        {"a b", "a b is not RFC1123 compliant"},
        {"h\xc3\xb6st", "h\xc3\xb6st is not RFC1123 compliant"},
    };
    struct adder_error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int rc = hostname_check(cases[i].name, &err);

        assert_int_equal(rc, cases[i].message != NULL ? -1 : 0);
        if (rc < 0)
            assert_string_equal(err.message, cases[i].message);
    }
}

static void a_hostname_has_at_most_255_bytes(void **state)
{
    char name[HOSTNAME_MAX + 2];
    struct adder_error err;

    (void)state;
    memset(name, 'a', sizeof(name));
    name[HOSTNAME_MAX + 1] = '\0';
    assert_int_equal(hostname_check(name, &err), -1);
    assert_string_equal(err.message, "name exceeded the maximum length of 255 characters");
    name[HOSTNAME_MAX] = '\0';
    assert_int_equal(hostname_check(name, &err), 0);
}

/* The name these settings lead to; NULL: that of the operating system. */
static void assert_hostname(const char *yaml, const char *env, const char *expected)
{
    CLEANUP(settings_freep) struct settings *s = settings_of(yaml, env);
    CLEANUP(commands_freep) struct commands *c = NULL;
    AUTOFREE char *name = NULL;
    char os_name[HOSTNAME_MAX + 1] = "";
    struct adder_error err;

    gethostname(os_name, sizeof(os_name) - 1);
    assert_int_equal(commands_new(&c, &err), 0);
    assert_int_equal(hostname_find(s, c, &name, &err), 0);
    assert_string_equal(name, expected != NULL ? expected : os_name);
}

static void the_first_provider_that_answers_wins(void **state)
{
    char folder[64], path[80], yaml[120];
    struct adder_error err;

    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof(path), "%s/name", folder);
    snprintf(yaml, sizeof(yaml), "hostname_file: %s", path);
    assert_int_equal(file_write(path, str_of("  from-file\n"), &err), 0);
    assert_hostname("hostname: configured", NULL, "configured");
    assert_hostname("hostname: configured", "DD_HOSTNAME=variable\0", "variable");
    assert_hostname("{}", "DD_HOSTNAME=dd\0ADDER_HOSTNAME=ours\0", "ours");
    assert_hostname(yaml, NULL, "from-file");
    assert_hostname(yaml, "DD_HOSTNAME=localhost\0", "from-file");
    assert_int_equal(file_write(path, str_of("not valid"), &err), 0);
    assert_hostname(yaml, NULL, NULL);
    unlink(path);
    rmdir(folder);
    assert_hostname(yaml, NULL, NULL);
    assert_hostname("hostname: under_score", NULL, NULL);
    assert_hostname("{}", NULL, NULL);
}

static void the_fqdn_is_what_hostname_f_says(void **state)
{
    CLEANUP(settings_freep) struct settings *s = settings_of("hostname_fqdn: true", NULL);
    CLEANUP(commands_freep) struct commands *c = NULL;
    AUTOFREE char *name = NULL;
    struct adder_error err;

    (void)state;
    assert_int_equal(commands_new(&c, &err), 0);
    /* Where there is no such command, or no answer in a second, the system's name is taken. */
    assert_int_equal(hostname_find(s, c, &name, &err), 0);
    assert_true(*name != '\0');
}

static void assert_cluster(const char *name, const char *hostname, const char *expected)
{
    char yaml[400];
    CLEANUP(settings_freep) struct settings *s = NULL;
    AUTOFREE char *found = NULL;
    struct adder_error err;

    snprintf(yaml, sizeof(yaml), "cluster_name: \"%s\"", name);
    s = settings_of(yaml, NULL);
    assert_int_equal(cluster_name_find(s, hostname, &found, &err), 0);
    assert_string_equal(found, expected);
}

static void a_cluster_name_that_is_none_counts_as_absent(void **state)
{
    static const char *const good[] = {"laika", "a.cluster.name.with.dots", "a", "a1-b.c9"};
    static const char *const bad[] = {"",
                                      "Capital",
                                      "with_underscore",
                                      "with_dot._underscore",
                                      "a..a",
                                      "a.1.a",
                                      "mx.",
                                      "mx.gmail.com.",
                                      ".a",
                                      "1a",
                                      "-a",
                                      "a-",
                                      "a b",
                                      "a\\n"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_cluster(good[i], "host", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_cluster(bad[i], "host", "");
}

static void host_and_cluster_name_have_255_bytes_together(void **state)
{
    char name[256];

    (void)state;
    memset(name, 'a', sizeof(name));
    name[250] = '\0';
    assert_cluster(name, "host", name);
    assert_cluster(name, "hosts", "");
}

static int finds_a_name(void)
{
    CLEANUP(settings_freep) struct settings *s = NULL;
    CLEANUP(commands_freep) struct commands *c = NULL;
    AUTOFREE char *name = NULL;
    struct adder_error err;

    if (settings_new(NULL, &s, &err) < 0 || commands_new(&c, &err) < 0)
        return -1;
    return hostname_find(s, c, &name, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    set_environment(NULL);
    each_alloc_fails(finds_a_name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostnames_are_checked_in_the_agents_words),
        cmocka_unit_test(a_hostname_has_at_most_255_bytes),
        cmocka_unit_test(the_first_provider_that_answers_wins),
        cmocka_unit_test(the_fqdn_is_what_hostname_f_says),
        cmocka_unit_test(a_cluster_name_that_is_none_counts_as_absent),
        cmocka_unit_test(host_and_cluster_name_have_255_bytes_together),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    log_set_level(ADDER_LOG_CRITICAL + 1);
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
