#include "core/yaml.h"

#include <locale.h>

#include "core/err.h"
#include "core/str.h"
#include "core/testing.h"

/* Documents, and how go-yaml 2.4.0 writes what it reads in them. */
static const struct {
    const char *yaml, *expected;
} documents[] = {
    {"a: 1\n"
     "b: [1, [2, 3], {x: y}]\n"
     "c: {d: {e: f}}\n"
     "g: []\n"
     "h: {}\n"
     "i: null\n"
     "j: ~\n",
     "a: 1\n"
     "b:\n"
     "- 1\n"
     "- - 2\n"
     "  - 3\n"
     "- x: true\n"
     "c:\n"
     "  d:\n"
     "    e: f\n"
     "g: []\n"
     "h: {}\n"
     "i: null\n"
     "j: null\n"},
    {"[[1, 2], [], [[]]]", "- - 1\n"
                           "  - 2\n"
                           "- []\n"
                           "- - []\n"},
    {"- {a: 1, b: 2}\n"
     "- {}\n",
     "- a: 1\n"
     "  b: 2\n"
     "- {}\n"},
    {"{}", "{}\n"},
    {"[]", "[]\n"},
    {"", "null\n"},
    {"true", "true\n"},
    {"text", "text\n"},
    {"{yes: 1, \"yes\": 2}", "true: 1\n"
                             "\"yes\": 2\n"},
    {"[1.0, 1.5, 100000.0, 123456.0, 1000000.0, 1234567.0, 1e21, 0.0001, 0.00001, -0.5, 1e300, "
     "5e-324, 0.1, .inf, -.inf, .nan, 1.7976931348623157e308, 123456.789]",
     "- 1\n"
     "- 1.5\n"
     "- 100000\n"
     "- 123456\n"
     "- 1e+06\n"
     "- 1.234567e+06\n"
     "- 1e+21\n"
     "- 0.0001\n"
     "- 1e-05\n"
     "- -0.5\n"
     "- 1e+300\n"
     "- 5e-324\n"
     "- 0.1\n"
     "- .inf\n"
     "- -.inf\n"
     "- .nan\n"
     "- 1.7976931348623157e+308\n"
     "- 123456.789\n"},
    {"[9223372036854775807, -9223372036854775808, 18446744073709551615]",
     "- 9223372036854775807\n"
     "- -9223372036854775808\n"
     "- 18446744073709551615\n"},
    {"[\"yes\", \"y\", \"N\", \"on\", \"null\", \"~\", \"\", \"12\", \"0x1f\", \"1e3\", "
     "\"1.5\", \".5\", \"08\", \"12:30:45\", \"1:60\", \"2020-01-01\", \".inf\", \"true\", "
     "\"True\", \"tRue\", \"0o17\", \"+1\", \"1_000\"]",
     "- \"yes\"\n"
     "- \"y\"\n"
     "- \"N\"\n"
     "- \"on\"\n"
     "- \"null\"\n"
     "- \"~\"\n"
     "- \"\"\n"
     "- \"12\"\n"
     "- \"0x1f\"\n"
     "- \"1e3\"\n"
     "- \"1.5\"\n"
     "- \".5\"\n"
     "- \"08\"\n"
     "- \"12:30:45\"\n"
     "- 1:60\n"
     "- \"2020-01-01\"\n"
     "- \".inf\"\n"
     "- \"true\"\n"
     "- \"True\"\n"
     "- tRue\n"
     "- \"0o17\"\n"
     "- \"+1\"\n"
     "- \"1_000\"\n"},
    {"[\"- a\", \"-\", \"-a\", \"? a\", \"?\", \": a\", \"a: b\", \"a:\", \"a:b\", \"a #b\", "
     "\"a#b\", \"#x\", \"@a\", \"`a\", \"%a\", \"&a\", \"*a\", \"!a\", \"|\", \"> a\", "
     "\"{a}\", \"[b]\", \"a,b\", \"a]\", \",a\"]",
     "- '- a'\n"
     "- '-'\n"
     "- -a\n"
     "- '? a'\n"
     "- '?'\n"
     "- ': a'\n"
     "- 'a: b'\n"
     "- 'a:'\n"
     "- a:b\n"
     "- 'a #b'\n"
     "- a#b\n"
     "- '#x'\n"
     "- '@a'\n"
     "- '`a'\n"
     "- '%a'\n"
     "- '&a'\n"
     "- '*a'\n"
     "- '!a'\n"
     "- '|'\n"
     "- '> a'\n"
     "- '{a}'\n"
     "- '[b]'\n"
     "- a,b\n"
     "- a]\n"
     "- ',a'\n"},
    {"[\"it's\", \"'q'\", \"\\\"q\\\"\", \" lead\", \"trail \", \"a  b\", \"tab\\there\", "
     "\"back\\\\slash\", \"a\\rb\", \"\\a\", \"\\x7f\", \"\\u0085\", \"\303\251\", "
     "\"\346\227\245\346\234\254\350\252\236\", \"\360\237\230\200\", \"---\", \"--- x\", "
     "\"...\"]",
     "- it's\n"
     "- '''q'''\n"
     "- '\"q\"'\n"
     "- ' lead'\n"
     "- 'trail '\n"
     "- a  b\n"
     "- \"tab\\there\"\n"
     "- back\\slash\n"
     "- \"a\\rb\"\n"
     "- \"\\a\"\n"
     "- \"\\x7F\"\n"
     "- \"\\N\"\n"
     "- \303\251\n"
     "- \346\227\245\346\234\254\350\252\236\n"
     "- \"\\U0001F600\"\n"
     "- '---'\n"
     "- '--- x'\n"
     "- '...'\n"},
    {"[\"a\\n\", \"a\\nb\", \"a\\n\\nb\\n\\n\", \"\\n\", \"\\na\", \"  a\\nb\", \"a\\n  "
     "b\\n\", \"a \\nb\", \"a\\tb\\nc\", \"\\n\\n\"]",
     "- |\n"
     "  a\n"
     "- |-\n"
     "  a\n"
     "  b\n"
     "- |+\n"
     "  a\n"
     "\n"
     "  b\n"
     "\n"
     "- |2+\n"
     "\n"
     "- |2-\n"
     "\n"
     "  a\n"
     "- |2-\n"
     "    a\n"
     "  b\n"
     "- |\n"
     "  a\n"
     "    b\n"
     "- \"a \\nb\"\n"
     "- \"a\\tb\\nc\"\n"
     "- |2+\n"
     "\n"
     "\n"},
    {"a: \"x\\ny\\n\"\n"
     "\"k\\nl\": 1\n",
     "a: |\n"
     "  x\n"
     "  y\n"
     "? |-\n"
     "  k\n"
     "  l\n"
     ": 1\n"},
    {"{k10: 1, k2: 2, k1: 3, k01: 4, K1: 5, a-b: 6, a_b: 7, ab: 8, a1b: 9, \"\": 10, b: 11, a: "
     "12, aa: 13, \303\251: 14, \"1\": 15, \"10\": 16, \"9\": 17}",
     "\"\": 10\n"
     "\"1\": 15\n"
     "\"9\": 17\n"
     "\"10\": 16\n"
     "K1: 5\n"
     "a: 12\n"
     "a-b: 6\n"
     "a_b: 7\n"
     "a1b: 9\n"
     "aa: 13\n"
     "ab: 8\n"
     "b: 11\n"
     "k1: 3\n"
     "k01: 4\n"
     "k2: 2\n"
     "k10: 1\n"
     "\303\251: 14\n"},
    {"{1: a, 1.5: b, false: c, null: d, 10: e, \"x\": f, -1: g, 2: h}", "-1: g\n"
                                                                        "false: c\n"
                                                                        "1: a\n"
                                                                        "1.5: b\n"
                                                                        "2: h\n"
                                                                        "10: e\n"
                                                                        "null: d\n"
                                                                        "x: f\n"},
    {"[\"word word word word word word word word word word word word word word word word word "
     "word word word word word word word word word word word word word\"]",
     "- word word word word word word word word word word word word word word word word\n"
     "  word word word word word word word word word word word word word word\n"},
    {"[\"\303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" "
     "\303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" "
     "\303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" "
     "\303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" "
     "\303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" "
     "\303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" "
     "\303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" \303\251, \\\"x\\\" "
     "\303\251, \\\"x\\\" \303\251, \\\"x\\\"\"]",
     "- \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" "
     "\303\251, \"x\" \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" "
     "\303\251, \"x\" \303\251,\n"
     "  \"x\" \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" "
     "\303\251, \"x\" \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" "
     "\303\251, \"x\"\n"
     "  \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" \303\251, \"x\" "
     "\303\251, \"x\" \303\251, \"x\"\n"},
    {"[\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxx\"]",
     "- "
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxx\n"},
    {"{xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: 1}",
     "? "
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
     ": 1\n"},
    {"{xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: 1}",
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: 1\n"},
    {"a: {b: \"it's # it's # it's # it's # it's # it's # it's # it's # it's # it's # it's # "
     "it's # it's # it's # it's # it's # it's # it's # it's # it's #\"}",
     "a:\n"
     "  b: 'it''s # it''s # it''s # it''s # it''s # it''s # it''s # it''s # it''s # it''s\n"
     "    # it''s # it''s # it''s # it''s # it''s # it''s # it''s # it''s # it''s # it''s\n"
     "    #'\n"},
    {"a: !!binary /w==\n"
     "b: !!binary "
     "gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp+goaKjpKWmp6ipqqusra6vsLGys7S1tre4ubq7vL2+"
     "v8DBwsPExcbHyMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/"
     "v8=\n",
     "a: !!binary /w==\n"
     "b: !!binary |\n"
     "  gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp+goaKjpKWmp6ipqqusra6vsLGys7\n"
     "  S1tre4ubq7vL2+v8DBwsPExcbHyMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5ufo\n"
     "  6err7O3u7/Dx8vP09fb3+Pn6+/z9/v8=\n"},
};

static void assert_writes(const char *yaml, enum yaml_flags flags, const char *expected)
{
    CLEANUP(value_freep) struct value *v = NULL;
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    buf_init(&out, 1024 * 1024);
    assert_int_equal(yaml_parse(str_of(yaml), flags, &v, &err), 0);
    assert_int_equal(yaml_write(v, &out, &err), 0);
    assert_string_equal(out.data, expected);
}

static void writes_as_the_agent_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(documents); i++)
        assert_writes(documents[i].yaml, YAML_AGENT, documents[i].expected);
}

static void what_is_written_reads_back_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        CLEANUP(value_freep) struct value *first = NULL;
        CLEANUP(value_freep) struct value *second = NULL;
        CLEANUP(buf_free) struct buf text;
        CLEANUP(buf_free) struct buf again;
        struct adder_error err;

        buf_init(&text, 1024 * 1024);
        buf_init(&again, 1024 * 1024);
        assert_int_equal(yaml_parse(str_of(documents[i].yaml), YAML_AGENT, &first, &err), 0);
        assert_int_equal(yaml_write(first, &text, &err), 0);
        assert_int_equal(yaml_parse(str_of(text.data), YAML_AGENT, &second, &err), 0);
        assert_int_equal(yaml_write(second, &again, &err), 0);
        assert_string_equal(text.data, again.data);
    }
}

/* The Agent writes these plain, after which PyYAML reads dates, numbers or nothing at all. */
static void strings_that_only_pyyaml_would_mistake_are_quoted(void **state)
{
    (void)state;
    assert_writes("['=', '<<', '1._5', '2001-12-14 21:59:43.10 -5', '2020-13-01']", YAML_AGENT,
                  "- \"=\"\n- \"<<\"\n- \"1._5\"\n- \"2001-12-14 21:59:43.10 -5\"\n"
                  "- \"2020-13-01\"\n");
}

static void types_the_agent_does_not_have_are_written_too(void **state)
{
    (void)state;
    assert_writes("[2020-01-31, 2001-12-14 21:59:43, 2001-12-14T21:59:43.10Z,"
                  " 2001-12-14 21:59:43.000001 -5:30, 123456789012345678901234567890]",
                  YAML_LENIENT,
                  "- 2020-01-31\n- 2001-12-14T21:59:43\n- 2001-12-14T21:59:43.1Z\n"
                  "- 2001-12-14T21:59:43.000001-05:30\n- 123456789012345678901234567890\n");
    assert_writes("!!set {b, a}", YAML_LENIENT, "!!set\na: null\nb: null\n");
    assert_writes("[!!binary aGk=, !!binary '']", YAML_LENIENT,
                  "- !!binary aGk=\n- !!binary\n");
    assert_writes("{!!binary aGk=: 1, 2020-01-01: 2, s: 3}", YAML_LENIENT,
                  "s: 3\n!!binary aGk=: 1\n2020-01-01: 2\n");
}

static void a_string_that_is_not_utf8_becomes_binary(void **state)
{
    CLEANUP(value_freep) struct value *v = value_new_text(VALUE_STRING, str_of("a\xff"));
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    (void)state;
    buf_init(&out, 100);
    assert_int_equal(yaml_write(v, &out, &err), 0);
    assert_string_equal(out.data, "!!binary Yf8=\n");
}

static void stops_at_the_limit_of_the_buffer(void **state)
{
    CLEANUP(value_freep) struct value *v =
        value_new_text(VALUE_STRING, str_of("123456789 and"));
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    (void)state;
    buf_init(&out, 5);
    assert_int_equal(yaml_write(v, &out, &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    assert_string_equal(err.message, "more than 5 bytes");
}

/* A comma as decimal point must neither be read nor written. */
static void the_locale_does_not_matter(void **state)
{
    (void)state;
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL)
        skip();
    assert_writes("[1.5, 123456.789, 1e-7]", YAML_AGENT, "- 1.5\n- 123456.789\n- 1e-07\n");
    setlocale(LC_NUMERIC, "C");
}

static int writes_everything(void)
{
    CLEANUP(value_freep) struct value *v = NULL;
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    buf_init(&out, 10000);
    if (yaml_parse(str_of("{a: [1, {b: c}], d: !!binary aGk=, e: 1.5}"), YAML_LENIENT, &v,
                   &err) < 0)
        return -1;
    return yaml_write(v, &out, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(writes_everything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_as_the_agent_does),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(strings_that_only_pyyaml_would_mistake_are_quoted),
        cmocka_unit_test(types_the_agent_does_not_have_are_written_too),
        cmocka_unit_test(a_string_that_is_not_utf8_becomes_binary),
        cmocka_unit_test(stops_at_the_limit_of_the_buffer),
        cmocka_unit_test(the_locale_does_not_matter),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("yaml_write", tests, NULL, NULL);
}
