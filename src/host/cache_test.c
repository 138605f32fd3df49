#include "host/cache.h"

#include <stdio.h>
#include <sys/stat.h>

#include "core/file.h"
#include "host/fixture.h"

static char base[64]; /* the folder of the test under way */

static int make_base(void **state)
{
    (void)state;
    make_test_folder(base);
    return 0;
}

/* The tests write nothing deeper than two folders down, all named here. */
static int remove_base(void **state)
{
    static const char *const made[] = {"run/my/key",
                                       "run/my/keyfoo",
                                       "run/mydir/keyfoo",
                                       "run/mykey",
                                       "run/my",
                                       "run/mydir",
                                       "run",
                                       ""};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(made); i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", base, made[i]);
        remove(path);
    }
    assert_int_equal(access(base, F_OK), -1);
    return 0;
}

static struct cache *open_cache(void)
{
    struct cache *c = NULL;
    struct adder_error err;
    char folder[80];

    snprintf(folder, sizeof(folder), "%s/run", base);
    assert_int_equal(cache_new(folder, &c, &err), 0);
    return c;
}

static void assert_cached(struct cache *c, const char *key, const char *expected)
{
    struct adder_error err;
    AUTOFREE char *text = NULL;
    size_t len;

    assert_int_equal(cache_read(c, str_of(key), &text, &len, &err), 0);
    assert_string_equal(text, expected);
    assert_int_equal(len, strlen(expected));
}

static void keys_become_files_as_in_the_agent(void **state)
{
    static const struct {
        const char *key, *path;
    } cases[] = {
        {"my:key", "run/my/key"},        {"my/key", "run/mykey"},
        {"my:key*foo", "run/my/keyfoo"}, {"my|di*r:key<foo", "run/mydir/keyfoo"},
        {"my:k:e:y", "run/my/key"},      {"../my:../key", "run/my/key"},
    };
    CLEANUP(cache_freep) struct cache *c = open_cache();
    struct adder_error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char path[128];
        AUTOFREE char *text = NULL;
        size_t len;

        snprintf(path, sizeof(path), "%s/%s", base, cases[i].path);
        assert_int_equal(cache_write(c, str_of(cases[i].key), str_of(cases[i].key), &err), 0);
        assert_int_equal(file_read(path, 100, &text, &len, &err), 0);
        assert_string_equal(text, cases[i].key);
        assert_cached(c, cases[i].key, cases[i].key);
    }
}

static void what_is_missing_reads_as_empty(void **state)
{
    CLEANUP(cache_freep) struct cache *c = open_cache();
    struct adder_error err;

    (void)state;
    assert_cached(c, "never:written", "");
    assert_int_equal(cache_write(c, str_of("mykey"), str_of("v"), &err), 0);
    assert_cached(c, "mykey:below-a-file", "");
}

static void folders_and_files_are_ours_alone(void **state)
{
    CLEANUP(cache_freep) struct cache *c = open_cache();
    struct adder_error err;
    char path[128];
    struct stat st;

    (void)state;
    assert_int_equal(cache_write(c, str_of("my:key"), str_of(""), &err), 0);
    snprintf(path, sizeof(path), "%s/run/my", base);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    snprintf(path, sizeof(path), "%s/run/my/key", base);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void refuses_keys_without_a_name_and_values_past_the_limit(void **state)
{
    static const char *const keys[] = {"", ":", "a:", "/.", "a:*"};
    CLEANUP(cache_freep) struct cache *c = open_cache();
    struct adder_error err;
    AUTOFREE char *text = NULL;
    size_t len;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        assert_int_equal(cache_write(c, str_of(keys[i]), str_of("v"), &err), -1);
        assert_int_equal(cache_read(c, str_of(keys[i]), &text, &len, &err), -1);
        assert_int_equal(err.code, ADDER_INVALID);
    }
    assert_int_equal(
        cache_write(c, str_of("k"), (struct adder_str){"", CACHE_VALUE_MAX + 1}, &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    assert_string_equal(err.message, "cache value of 16777217 bytes, more than 16777216");
}

static void a_file_past_the_limit_is_not_read(void **state)
{
    CLEANUP(cache_freep) struct cache *c = open_cache();
    struct adder_error err;
    AUTOFREE char *text = NULL;
    char path[128];
    size_t len;

    (void)state;
    assert_int_equal(cache_write(c, str_of("mykey"), str_of("v"), &err), 0);
    snprintf(path, sizeof(path), "%s/run/mykey", base);
    assert_int_equal(truncate(path, (off_t)CACHE_VALUE_MAX + 1), 0);
    assert_int_equal(cache_read(c, str_of("mykey"), &text, &len, &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    CLEANUP(cache_freep) struct cache *c = open_cache();
    struct adder_error err;
    AUTOFREE char *text = NULL;
    size_t len;

    (void)state;
    assert_int_equal(cache_write(c, str_of("my:key"), str_of("v"), &err), 0);
    assert_int_equal(cache_read(c, str_of("my"), &text, &len, &err), -1);
    assert_int_equal(err.code, ADDER_SYSTEM);
    assert_non_null(strstr(err.message, "Is a directory"));
    assert_int_equal(cache_write(c, str_of("my"), str_of("v"), &err), -1);
    assert_cached(c, "my:key", "v");
}

static int writes_and_reads(void)
{
    CLEANUP(cache_freep) struct cache *c = NULL;
    struct adder_error err;
    AUTOFREE char *text = NULL;
    char folder[80];
    size_t len;

    snprintf(folder, sizeof(folder), "%s/run", base);
    if (cache_new(folder, &c, &err) < 0 ||
        cache_write(c, str_of("my:key"), str_of("v"), &err) < 0)
        return -1;
    return cache_read(c, str_of("my:key"), &text, &len, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(writes_and_reads);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_base, remove_base)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_become_files_as_in_the_agent),
        TEST(what_is_missing_reads_as_empty),
        TEST(folders_and_files_are_ours_alone),
        TEST(refuses_keys_without_a_name_and_values_past_the_limit),
        TEST(a_file_past_the_limit_is_not_read),
        TEST(what_cannot_be_read_is_an_error),
        TEST(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
