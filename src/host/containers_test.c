#include "host/containers.h"

#include "core/log.h"
#include "host/fixture.h"
#include "host/pattern.h"

static const char rules[] = "container_include: ['kube_namespace:keep', 'image:^ours/.*']\n"
                            "container_exclude: ['image:.*', 'odd:entry']\n"
                            "container_exclude_metrics: ['name:^tmp-\\d+$']\n"
                            "ac_exclude: ['name:ignored-because-the-list-is-not-empty']\n";

static struct container_filter *filter_of(const char *yaml)
{
    CLEANUP(settings_freep) struct settings *s = settings_of(yaml, NULL);
    struct container_filter *f = NULL;
    struct adder_error err;

    assert_int_equal(container_filter_new(s, &f, &err), 0);
    return f;
}

static void inclusion_wins_over_exclusion(void **state)
{
    static const struct {
        const char *name, *image, *ns;
        bool excluded;
    } cases[] = {
        {"a", "redis:7", NULL, true},
        {"a", "redis:7", "keep", false},
        {"a", "ours/redis:7", "other", false},
        {"tmp-12", "", "", true},
        {"tmp-x", "", "", false},
        {"ignored-because-the-list-is-not-empty", "", "", false},
        {"", "", "", false},
    };
    CLEANUP(container_filter_freep) struct container_filter *f = filter_of(rules);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(container_filter_excludes(f, str_of(cases[i].name),
                                                   str_of(cases[i].image), str_of(cases[i].ns)),
                         cases[i].excluded);
    assert_false(container_filter_excludes(NULL, str_of("a"), str_of("b"), str_of(NULL)));
}

static void each_aspect_includes_and_excludes(void **state)
{
    static const char yaml[] =
        "container_include: ['name:^wanted']\n"
        "container_include_metrics: ['image:kept']\n"
        "container_exclude: ['kube_namespace:^dark$', 'name:dis', 'image:bad', 'name:wanted']\n"
        "ac_include: ['name:dis']\n";
    static const struct {
        const char *name, *image, *ns;
        bool excluded;
    } cases[] = {
        {"a", "b", "dark", true},
        {"a", "b", "darker", false},
        {"a", "b", "", false},
        {"a", "b", NULL, false},
        {"wanted", "b", "dark", false},
        {"unwanted", "b", NULL, true},
        {"a", "kept", "dark", false},
        {"a", "my/bad:1", NULL, true},
        {"undisclosed", "b", NULL, true}, /* and ac_include does not count here */
    };
    CLEANUP(container_filter_freep) struct container_filter *f = filter_of(yaml);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(container_filter_excludes(f, str_of(cases[i].name),
                                                   str_of(cases[i].image), str_of(cases[i].ns)),
                         cases[i].excluded);
}

static void an_entry_of_no_aspect_is_ignored_with_a_warning(void **state)
{
    CLEANUP(container_filter_freep) struct container_filter *f = NULL;
    char written[300];
    int copy;

    (void)state;
    log_set_level(ADDER_LOG_WARNING);
    copy = catch_stderr();
    f = filter_of("container_exclude: ['odd:entry', 'name:a']");
    caught_stderr(copy, written, sizeof(written));
    log_set_level(ADDER_LOG_ERROR);
    assert_non_null(strstr(written, " WARN  container filter 'odd:entry' is ignored: it begins "
                                    "with none of image:, name:, kube_namespace:\n"));
    assert_true(container_filter_excludes(f, str_of("a"), str_of(""), str_of(NULL)));
}

static void the_older_settings_count_when_the_newer_are_empty(void **state)
{
    CLEANUP(container_filter_freep) struct container_filter *f =
        filter_of("ac_exclude: ['name:^old$']\nac_include: ['image:^fine$']");

    (void)state;
    assert_true(container_filter_excludes(f, str_of("old"), str_of(""), str_of(NULL)));
    assert_false(container_filter_excludes(f, str_of("old"), str_of("fine"), str_of(NULL)));
}

static void pause_containers_are_excluded_unless_wanted(void **state)
{
    static const struct {
        const char *image;
        bool pause;
    } cases[] = {
        {"k8s.gcr.io/pause-amd64:3.1", true},
        {"registry/pause:3.9", true},
        {"kubernetes/pause", true},
        {"openshift/origin-pod:v3", true},
        {"me/docker-pause:1", true},
        {"me/pausenfueller:1", false},
        {"redis:7", false},
    };
    CLEANUP(container_filter_freep) struct container_filter *on = filter_of("{}");
    CLEANUP(container_filter_freep) struct container_filter *off =
        filter_of("exclude_pause_container: false");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct adder_str image = str_of(cases[i].image);

        assert_int_equal(container_filter_excludes(on, str_of("n"), image, str_of(NULL)),
                         cases[i].pause);
        assert_false(container_filter_excludes(off, str_of("n"), image, str_of(NULL)));
    }
}

static void one_wrong_pattern_fails_the_filter(void **state)
{
    CLEANUP(settings_freep) struct settings *s =
        settings_of("container_exclude: ['image:fine', 'name:[a']", NULL);
    struct container_filter *f = NULL;
    struct adder_error err;

    (void)state;
    assert_int_equal(container_filter_new(s, &f, &err), -1);
    assert_string_equal(err.message, "container filter: name:: invalid regex '[a': missing ]");
}

static void patterns_of_re2_are_translated(void **state)
{
    static const struct {
        const char *pattern, *yes, *no;
    } cases[] = {
        {"^a\\d+z$", "a12z", "adz"},
        {"(?:ab)+c", "xababc", "xac"},
        {"\\w+\\.example", "a.example", "axexample"},
        {"[\\d.]+x", "1.2x", "ax"},
        {"[\\w\\.-]+$", "a_b.c-", "/"},
        {"\\Aabc\\z", "abc", "abcd"},
        {"a.*?b", "axxb", "axx"},
        {"[]a]b", "]b", "cb"},
        {"[^[:alpha:]]", "1", "a"},
        {"a{2,3}", "aa", "a"},
        {"x\\/y", "x/y", "xy"},
        {"\\[x\\]", "[x]", "x"},
    };
    struct adder_error err;
    regex_t regex;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(pattern_compile(cases[i].pattern, &regex, &err), 0);
        assert_int_equal(regexec(&regex, cases[i].yes, 0, NULL, 0), 0);
        assert_int_equal(regexec(&regex, cases[i].no, 0, NULL, 0), REG_NOMATCH);
        regfree(&regex);
    }
}

static void patterns_that_cannot_be_translated_are_refused(void **state)
{
    static const struct {
        const char *pattern, *message;
    } cases[] = {
        {"(?i)abc", "invalid regex '(?i)abc': '(?i' is not supported"},
        {"\\pL", "invalid regex '\\pL': '\\p' is not supported"},
        {"[\\D]", "invalid regex '[\\D]': '\\D' is not supported"},
        {"[a\\]]", "invalid regex '[a\\]]': '\\]' is not supported"},
        {"a\\", "invalid regex 'a\\': trailing backslash"},
        {"[a", "invalid regex '[a': missing ]"},
        {"(a", "invalid regex '(a': Unmatched ( or \\("},
    };
    struct adder_error err;
    regex_t regex;
    char longer[PATTERN_MAX + 2];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(pattern_compile(cases[i].pattern, &regex, &err), -1);
        assert_string_equal(err.message, cases[i].message);
    }
    memset(longer, 'a', sizeof(longer));
    longer[PATTERN_MAX + 1] = '\0';
    assert_int_equal(pattern_compile(longer, &regex, &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
}

static int makes_a_filter(void)
{
    CLEANUP(container_filter_freep) struct container_filter *f = NULL;
    CLEANUP(settings_freep) struct settings *s = NULL;
    struct adder_error err;

    if (settings_new(NULL, &s, &err) < 0)
        return -1;
    return container_filter_new(s, &f, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    set_environment("DD_CONTAINER_EXCLUDE=image:a name:b\0");
    each_alloc_fails(makes_a_filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inclusion_wins_over_exclusion),
        cmocka_unit_test(each_aspect_includes_and_excludes),
        cmocka_unit_test(an_entry_of_no_aspect_is_ignored_with_a_warning),
        cmocka_unit_test(the_older_settings_count_when_the_newer_are_empty),
        cmocka_unit_test(pause_containers_are_excluded_unless_wanted),
        cmocka_unit_test(one_wrong_pattern_fails_the_filter),
        cmocka_unit_test(patterns_of_re2_are_translated),
        cmocka_unit_test(patterns_that_cannot_be_translated_are_refused),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    log_set_level(ADDER_LOG_ERROR);
    return cmocka_run_group_tests_name("containers", tests, NULL, NULL);
}
