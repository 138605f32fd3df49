#include "agent/limits.h"

#include <math.h>
#include <stdio.h>

#include "core/err.h"
#include "core/str.h"
#include "core/testing.h"
#include "core/yaml.h"

static struct value *parse(const char *yaml)
{
    struct adder_error err;
    struct value *v;

    if (yaml_parse(str_of(yaml), YAML_AGENT, &v, &err) < 0)
        fail_msg("%s: %s", yaml, err.message);
    return v;
}

static struct limits read(const char *yaml)
{
    CLEANUP(value_freep) struct value *v = parse(yaml);
    struct limits l = {.said = 0};
    struct adder_error err;

    if (limits_read(v, &l, &err) < 0)
        fail_msg("%s: %s", yaml, err.message);
    return l;
}

/* ---- Reading --------------------------------------------------------------------------- */

static void every_setting_is_read(void **state)
{
    struct limits l = read("timeout: 2m\ngrace: 500ms\ncpu: 1.5\nmemory: 200MiB\nfiles: 10\n"
                           "processes: 11\nthreads: 12\nsamples: 1e6\nbatch: 64k\n"
                           "contexts: 13\ngood_runs: 3\nisolated: yes\n");
    size_t count;

    (void)state;
    limits_keys(&count);
    assert_int_equal(l.said, (1U << count) - 1);
    assert_true(l.timeout_s == 120 && l.grace_s == 0.5 && l.cpu_s == 1.5);
    assert_int_equal(l.memory_bytes, 200 * 1024 * 1024);
    assert_int_equal(l.files, 10);
    assert_int_equal(l.processes, 11);
    assert_int_equal(l.threads, 12);
    assert_int_equal(l.samples, 1000 * 1000);
    assert_int_equal(l.batch_bytes, 64 * 1024);
    assert_int_equal(l.contexts, 13);
    assert_int_equal(l.good_runs, 3);
    assert_true(l.isolated);
}

static void none_and_zero_lift_a_limit(void **state)
{
    static const char *const lifted[] = {"none", "0", "NONE", "' none '", "0.0", "0 MB"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lifted); i++) {
        AUTOFREE char *yaml = mem_printf("memory: %s", lifted[i]);
        struct limits l = read(yaml);

        assert_int_not_equal(l.said, 0);
        limits_complete(&l, NULL, 15);
        assert_int_equal(l.memory_bytes, 0);
    }
}

static void null_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(read("").said, 0);
    assert_int_equal(read("{}").said, 0);
    assert_int_equal(read("{memory: , timeout: ~}").said, 0);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    static const struct {
        const char *yaml, *message;
    } cases[] = {
        {"- 5s", "1:1: a mapping is needed, such as {timeout: 5s, memory: 200MiB} (found: "
                 "list)"},
        {"timeout: 5s\nmemroy: 1\n",
         "2:1: memroy: there is no such setting; did you mean 'memory'?"},
        {"xyz: 1", "1:1: xyz: there is no such setting"},
        {"'': 1", "1:1: : there is no such setting"},
        {"5: 1", "1:1: the name of a setting is needed (found: integer)"},
        {"{timeout: 5 parsecs}", "1:11: timeout: a duration such as 500ms, 5s or 2m is needed "
                                 "(found: '5 parsecs')"},
        {"timeout: [5s]",
         "1:10: timeout: a duration such as 500ms, 5s or 2m is needed (found: list)"},
        {"timeout: -5", "1:10: timeout: a duration such as 500ms, 5s or 2m is needed (found: a "
                        "negative number)"},
        {"timeout: .nan", "1:10: timeout: a duration such as 500ms, 5s or 2m is needed (found: "
                          "not a number)"},
        {"timeout: .inf", "1:10: timeout: more than 366 days"},
        {"timeout: 367d", "1:10: timeout: more than 366 days"},
        {"grace: none", "1:8: grace: at least 1 ms is needed"},
        {"memory: lots", "1:9: memory: a size such as 64k, 200MiB or a number of bytes is "
                         "needed (found: 'lots')"},
        {"memory: 99999999TB", "1:9: memory: more than 1 EiB"},
        {"memory: 99999999999999999999", "1:9: memory: more than 1 EiB"},
        {"memory: no", "1:9: memory: a size such as 64k, 200MiB or a number of bytes is needed "
                       "(found: boolean)"},
        {"batch: none", "1:8: batch: at least 1 KiB is needed"},
        {"batch: 65MiB", "1:8: batch: at most 64 MiB is possible"},
        {"files: '10'", "1:8: files: a whole number is needed (found: string)"},
        {"files: 1.5", "1:8: files: a whole number is needed (found: float)"},
        {"files: -1", "1:8: files: a whole number is needed (found: a negative number)"},
        {"files: 1e16", "1:8: files: a whole number is needed (found: float)"},
        {"good_runs: 0", "1:12: good_runs: at least 1 is needed"},
        {"good_runs: 9999999999", "1:12: good_runs: at most 1000000000 is possible"},
        {"isolated: 1", "1:11: isolated: true or false is needed (found: integer)"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(value_freep) struct value *v = parse(cases[i].yaml);
        struct limits l = {.files = 7};
        struct adder_error err;

        assert_int_equal(limits_read(v, &l, &err), -1);
        assert_int_equal(err.code, ADDER_INVALID);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(l.said, 0);
        assert_int_equal(l.files, 7);
    }
}

/* ---- Defaults -------------------------------------------------------------------------- */

static void the_instance_goes_before_init_config_and_that_before_the_defaults(void **state)
{
    CLEANUP(value_freep) struct value *init = parse("{memory: 1k, files: 2, isolated: true}");
    CLEANUP(value_freep) struct value *instance = parse("{memory: none, isolated: false}");
    struct limits defaults = read("{memory: 3k, files: 4, threads: none, timeout: 7s}");
    struct limits l = {.said = 0};
    struct adder_error err;

    (void)state;
    assert_int_equal(limits_read(init, &l, &err), 0);
    assert_int_equal(limits_read(instance, &l, &err), 0);
    limits_complete(&l, &defaults, 15);
    assert_int_equal(l.memory_bytes, 0);
    assert_false(l.isolated);
    assert_int_equal(l.files, 2);
    assert_int_equal(l.threads, 0);
    assert_true(l.timeout_s == 7);
    assert_int_equal(l.processes, 64);
}

static void the_timeout_depends_on_the_interval(void **state)
{
    static const double cases[][2] = {{1, 60}, {15, 60}, {16, 64}, {3600, 14400}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct limits l = {.said = 0};

        limits_complete(&l, NULL, cases[i][0]);
        assert_true(l.timeout_s == cases[i][1]);
    }
}

/* The defaults in the table, which people read, are those in force. */
static void the_table_tells_the_defaults(void **state)
{
    size_t count;
    const struct limit_key *keys = limits_keys(&count);
    struct limits l = {.said = 0};

    (void)state;
    limits_complete(&l, NULL, 1);
    assert_string_equal(keys[0].fallback, "4 intervals, at least 60s");
    for (size_t i = 1; i < count; i++) {
        AUTOFREE char *yaml = mem_printf("%s: %s", keys[i].name, keys[i].fallback);
        struct limits told = read(yaml);

        assert_int_equal(told.said, 1U << i);
        assert_memory_equal((char *)&told + keys[i].offset, (char *)&l + keys[i].offset,
                            keys[i].type == LIMIT_BOOL ? sizeof(bool) : 8);
        assert_true(keys[i].help[0] != '\0');
    }
}

/* ---- Durations and sizes --------------------------------------------------------------- */

static void durations_are_read(void **state)
{
    static const struct {
        const char *text;
        double seconds; /* < 0: is none */
    } cases[] = {
        {"5", 5},
        {"0.25", 0.25},
        {"'5'", 5},
        {"' 5 '", 5},
        {"5s", 5},
        {"5 s", 5},
        {"5S", 5},
        {"5 seconds", 5},
        {"500ms", 0.5},
        {"500 us", 0.0005},
        {"12.3s", 12.3},
        {"2m", 120},
        {"2 min", 120},
        {"1h", 3600},
        {"1h30m", 5400},
        {"1h 30m 5s", 5405},
        {"1.5h", 5400},
        {"2d", 172800},
        {"366d", 366 * 86400},
        {"0.1s", 0.1},
        {"1e1", 10},
        {"0x10", 16},
        {"''", -1},
        {"s", -1},
        {"5x", -1},
        {"-5s", -1},
        {"+5s", -1},
        {"5s5", -1},
        {"5s 5", -1},
        {"5 5s", -1},
        {".5s", -1},
        {"5.s", -1},
        {"1,5s", -1},
        {"5ss", -1},
        {"infs", -1},
        {"1e3s", -1},
        {"'5s\\0'", -1},
        {"none", -1},
        {"0xs", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(value_freep) struct value *v = parse(cases[i].text);
        struct adder_error err;
        double seconds = -1;

        assert_int_equal(limits_parse_duration(v, &seconds, &err),
                         cases[i].seconds < 0 ? -1 : 0);
        if (fabs(seconds - cases[i].seconds) > 1e-12)
            fail_msg("%s: %.17g", cases[i].text, seconds);
    }
}

static void sizes_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes; /* < 0: is none */
    } cases[] = {
        {"100", 100},
        {"1.9", 1},
        {"'100'", 100},
        {"100B", 100},
        {"1 byte", 1},
        {"64k", 65536},
        {"64K", 65536},
        {"64KiB", 65536},
        {"64Ki", 65536},
        {"64kB", 64000},
        {"1.5 MiB", 1572864},
        {"10m", 10485760},
        {"10Mb", 10000000},
        {"1G", 1073741824},
        {"1GB", 1000000000},
        {"2TiB", INT64_C(2199023255552)},
        {"1048576 T", INT64_C(1) << 60},
        {"1048577 T", -1},
        {"1GiB 5MiB", -1},
        {"1 PiB", -1},
        {"k", -1},
        {"-1k", -1},
        {"99999999999999999999999999999999999999999999999999999999k", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(value_freep) struct value *v = parse(cases[i].text);
        uint64_t bytes = (uint64_t)-1;
        struct adder_error err;

        assert_int_equal(limits_parse_size(v, &bytes, &err), cases[i].bytes < 0 ? -1 : 0);
        assert_int_equal((int64_t)bytes, cases[i].bytes);
    }
}

static void durations_are_printed_as_people_read_them(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {0, "0 s"},
        {-3, "0 s"},
        {NAN, "0 s"},
        {1e-9, "0 ms"},
        {0.0005, "0.5 ms"},
        {0.0123456, "12.3 ms"},
        {0.5, "500 ms"},
        {0.9994, "999 ms"},
        {0.9996, "1 s"},
        {1, "1 s"},
        {5, "5 s"},
        {9.996, "10 s"},
        {12.34, "12.3 s"},
        {60, "60 s"},
        {100, "100 s"},
        {119.4, "119 s"},
        {119.6, "2 min"},
        {125, "2 min 5 s"},
        {300, "5 min"},
        {3599.9, "60 min"},
        {7170, "2 h"},
        {9000, "2 h 30 min"},
        {86400, "24 h"},
        {25 * 3600, "25 h"},
        {172800, "2 d"},
        {176400, "2 d 1 h"},
        {LIMITS_DURATION_MAX_S, "366 d"},
        {INFINITY, "36600 d"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[LIMITS_TEXT];

        limits_print_duration(cases[i].seconds, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void sizes_are_printed_as_people_read_them(void **state)
{
    static const struct {
        double bytes;
        const char *text;
    } cases[] = {
        {0, "0 bytes"},
        {-1, "0 bytes"},
        {NAN, "0 bytes"},
        {1, "1 byte"},
        {1023, "1023 bytes"},
        {1024, "1 KiB"},
        {1536, "1.5 KiB"},
        {212.4 * 1024 * 1024, "212 MiB"},
        {200 * 1024 * 1024, "200 MiB"},
        {1023.6 * 1024 * 1024, "1 GiB"},
        {10.25 * 1024 * 1024 * 1024, "10.2 GiB"},
        {(double)LIMITS_SIZE_MAX, "1048576 TiB"},
        {INFINITY, "1048576 TiB"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[LIMITS_TEXT];

        limits_print_size(cases[i].bytes, text);
        assert_string_equal(text, cases[i].text);
    }
}

static struct value *string(const char *text)
{
    struct value *v = value_new_text(VALUE_STRING, str_of(text));

    assert_non_null(v);
    return v;
}

/* What status shows can be copied into a file, and says the same but for what was rounded. */
static void what_is_printed_can_be_read(void **state)
{
    (void)state;
    for (double x = 1e-3; x < LIMITS_DURATION_MAX_S; x *= 1.37) {
        CLEANUP(value_freep) struct value *v = NULL;
        char text[LIMITS_TEXT], again[LIMITS_TEXT];
        struct adder_error err;
        double back = 0;

        limits_print_duration(x, text);
        v = string(text);
        assert_int_equal(limits_parse_duration(v, &back, &err), 0);
        assert_true(fabs(back - x) <= x * 0.02);
        limits_print_duration(back, again);
        assert_string_equal(again, text);
    }
    for (double x = 1; x < (double)LIMITS_SIZE_MAX; x = x * 1.37 + 1) {
        CLEANUP(value_freep) struct value *v = NULL;
        char text[LIMITS_TEXT];
        struct adder_error err;
        uint64_t back = 0;

        limits_print_size(x, text);
        v = string(text);
        assert_int_equal(limits_parse_size(v, &back, &err), 0);
        assert_true(fabs((double)back - x) <= x * 0.01 + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_is_read),
        cmocka_unit_test(none_and_zero_lift_a_limit),
        cmocka_unit_test(null_says_nothing),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(the_instance_goes_before_init_config_and_that_before_the_defaults),
        cmocka_unit_test(the_timeout_depends_on_the_interval),
        cmocka_unit_test(the_table_tells_the_defaults),
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(durations_are_printed_as_people_read_them),
        cmocka_unit_test(sizes_are_printed_as_people_read_them),
        cmocka_unit_test(what_is_printed_can_be_read),
    };

    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
