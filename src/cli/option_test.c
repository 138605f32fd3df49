#include "core/testing.h"

#include <stdlib.h>
#include <string.h>

#include "cli/option.h"
#include "core/file.h"
#include "core/str.h"

struct conf {
    const char *shared;
    bool flag, other;
    const char *text, *path;
    struct words list;
    unsigned number;
    double seconds;
    int level;
};

static const struct option shared[] = {
    {.name = "shared",
     .type = OPTION_TEXT,
     .offset = offsetof(struct conf, shared),
     .value = "X"},
};
static const struct option rows[] = {
    {.name = "flag", .letter = 'f', .type = OPTION_FLAG, .offset = offsetof(struct conf, flag)},
    {.name = "other",
     .letter = 'o',
     .type = OPTION_FLAG,
     .offset = offsetof(struct conf, other)},
    {.name = "text",
     .letter = 't',
     .type = OPTION_TEXT,
     .offset = offsetof(struct conf, text),
     .value = "TEXT"},
    {.name = "path",
     .type = OPTION_PATH,
     .offset = offsetof(struct conf, path),
     .value = "FILE",
     .fallback = "/fallback",
     .variable = "ADDER_TEST_PATH"},
    {.name = "list", .type = OPTION_LIST, .offset = offsetof(struct conf, list), .value = "X"},
    {.name = "number",
     .letter = 'n',
     .type = OPTION_NUMBER,
     .offset = offsetof(struct conf, number),
     .value = "N",
     .fallback = "7"},
    {.name = "seconds",
     .type = OPTION_SECONDS,
     .offset = offsetof(struct conf, seconds),
     .value = "S",
     .fallback = "0.5"},
    {.name = "level",
     .type = OPTION_LEVEL,
     .offset = offsetof(struct conf, level),
     .value = "L"},
};
static const struct option_table table = {shared, ARRAY_LEN(shared), rows, ARRAY_LEN(rows)};

/* Parses up to 8 words. */
static int parse(const char *const *words, struct conf *conf, struct words *operands,
                 bool *help, struct adder_error *err)
{
    char *argv[8];
    size_t count = 0;

    *conf = (struct conf){0};
    *operands = (struct words){0};
    for (; words[count] != NULL; count++)
        argv[count] = (char *)(uintptr_t)words[count];
    return options_parse(&table, (struct arguments){argv, count}, conf, operands, help, err);
}

static void options_fill_their_fields_whatever_the_form(void **state)
{
    const char *const words[] = {"a", "--text=x=y", "-fo",      "--list",
                                 "1", "-n12",       "--list=2", "--level=DEBUG"};
    char *argv[ARRAY_LEN(words)];
    struct conf conf = {0};
    struct words operands = {0};
    struct adder_error err;
    bool help;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        argv[i] = (char *)(uintptr_t)words[i];
    assert_int_equal(options_parse(&table, (struct arguments){argv, ARRAY_LEN(argv)}, &conf,
                                   &operands, &help, &err),
                     0);
    assert_false(help);
    assert_string_equal(conf.text, "x=y");
    assert_true(conf.flag && conf.other);
    assert_int_equal(conf.list.count, 2);
    assert_string_equal(conf.list.items[1], "2");
    assert_null(conf.list.items[2]);
    assert_int_equal(conf.number, 12);
    assert_float_equal(conf.seconds, 0.5, 0);
    assert_int_equal(conf.level, ADDER_LOG_DEBUG);
    assert_int_equal(operands.count, 1);
    assert_string_equal(operands.items[0], "a");
    options_free(&table, &conf);
    words_free(&operands);
}

static void paths_are_absolute_and_the_environment_has_a_say(void **state)
{
    static const struct {
        const char *variable, *words[4];
        const char *path; /* "~" at its start is the current folder */
    } cases[] = {
        {NULL, {NULL}, "/fallback"},
        {"", {NULL}, "/fallback"},
        {"from/env", {NULL}, "~/from/env"},
        {"from/env", {"--path", "./given/"}, "~/given"},
        {"from/env", {"--path=one", "--path=/two"}, "/two"},
        {NULL, {"--path", "-"}, "/dev/stdin"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOFREE char *cwd = file_absolute("."), *expected = NULL;
        struct words operands;
        struct conf conf;
        struct adder_error err;
        bool help, below = cases[i].path[0] == '~';

        unsetenv("ADDER_TEST_PATH");
        if (cases[i].variable != NULL)
            setenv("ADDER_TEST_PATH", cases[i].variable, 1);
        assert_int_equal(parse(cases[i].words, &conf, &operands, &help, &err), 0);
        expected = mem_printf("%s%s", below ? cwd : "", cases[i].path + below);
        assert_string_equal(conf.path, expected);
        options_free(&table, &conf);
        words_free(&operands);
    }
    unsetenv("ADDER_TEST_PATH");
}

static void two_dashes_end_the_options(void **state)
{
    const char *const words[] = {"--shared", "s", "--", "--flag", "-", "--help", NULL};
    struct words operands;
    struct conf conf;
    struct adder_error err;
    bool help;

    (void)state;
    assert_int_equal(parse(words, &conf, &operands, &help, &err), 0);
    assert_false(help || conf.flag);
    assert_string_equal(conf.shared, "s");
    assert_int_equal(operands.count, 3);
    assert_string_equal(operands.items[0], "--flag");
    options_free(&table, &conf);
    words_free(&operands);
}

static void help_is_found_anywhere_and_errors_do_not_hide_it(void **state)
{
    static const char *const lines[][4] = {
        {"--help"}, {"-h"}, {"--nonsense", "--help"}, {"--number", "x", "-h"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct words operands;
        struct conf conf;
        struct adder_error err;
        bool help;

        assert_int_equal(parse(lines[i], &conf, &operands, &help, &err), 0);
        assert_true(help);
        options_free(&table, &conf);
        words_free(&operands);
    }
}

static void mistakes_are_named_and_the_closest_option_offered(void **state)
{
    static const struct {
        const char *words[4];
        const char *message;
    } cases[] = {
        {{"--flga"}, "unknown option '--flga'; did you mean '--flag'?"},
        {{"--zzzzzzz"}, "unknown option '--zzzzzzz'"},
        {{"--flagg=3"}, "unknown option '--flagg'; did you mean '--flag'?"},
        {{"--hepl"}, "unknown option '--hepl'; did you mean '--help'?"},
        {{"--=3"}, "unknown option '--'"},
        {{"-fx"}, "unknown option '-x'"},
        {{"--flag=1"}, "--flag takes no value"},
        {{"--text"}, "--text needs a value: --text TEXT"},
        {{"-t"}, "--text needs a value: --text TEXT"},
        {{"--text="}, "--text: wants a value that is not empty"},
        {{"--list", ""}, "--list: wants a value that is not empty"},
        {{"--path", ""}, "--path: wants a value that is not empty"},
        {{"--number", "0"}, "--number: wants a number from 1 to 1000000, not 0"},
        {{"--number", "1000001"}, "--number: wants a number from 1 to 1000000, not 1000001"},
        {{"--number=-1"}, "--number: wants a whole number, not '-1'"},
        {{"--number", "3x"}, "--number: wants a whole number, not '3x'"},
        {{"--seconds", "soon"}, "--seconds: wants seconds, such as 0.5, not 'soon'"},
        {{"--seconds=-1"}, "--seconds: wants 0 to 86400 seconds, not -1"},
        {{"--seconds", "nan"}, "--seconds: wants seconds, such as 0.5, not 'nan'"},
        {{"--level", "loud"},
         "--level: wants trace, debug, info, warning, error, critical or off, not 'loud'"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct words operands;
        struct conf conf;
        struct adder_error err;
        bool help;

        assert_int_equal(parse(cases[i].words, &conf, &operands, &help, &err), -1);
        assert_int_equal(err.code, ADDER_INVALID);
        assert_string_equal(err.message, cases[i].message);
        options_free(&table, &conf);
        words_free(&operands);
    }
}

static void the_number_of_words_is_limited(void **state)
{
    struct words w = {0};
    struct adder_error err;

    (void)state;
    for (int i = 0; i < OPTION_WORDS_MAX; i++)
        assert_int_equal(words_add(&w, "x", &err), 0);
    assert_int_equal(words_add(&w, "x", &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    words_free(&w);
    assert_null(w.items);
}

static int parse_some(void)
{
    const char *const words[] = {"a", "--list", "1", "--list=2", "--path=b", NULL};
    struct words operands;
    struct conf conf;
    struct adder_error err;
    bool help;
    int rc = parse(words, &conf, &operands, &help, &err);

    options_free(&table, &conf);
    words_free(&operands);
    return rc;
}

static void parsing_survives_any_failed_allocation(void **state)
{
    (void)state;
    each_alloc_fails(parse_some);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_fill_their_fields_whatever_the_form),
        cmocka_unit_test(paths_are_absolute_and_the_environment_has_a_say),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(help_is_found_anywhere_and_errors_do_not_hide_it),
        cmocka_unit_test(mistakes_are_named_and_the_closest_option_offered),
        cmocka_unit_test(the_number_of_words_is_limited),
        cmocka_unit_test(parsing_survives_any_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
