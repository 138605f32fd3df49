#include "core/yaml.h"

#include "core/yaml_testing.h"

static const struct {
    const char *yaml, *message;
    enum yaml_flags flags;
} errors[] = {
    {"a: b: c",
     "1:5: a ':' is not allowed here: is the indentation right, or are quotes "
     "missing?",
     0},
    {"a: 1\n b: 2",
     "2:3: a ':' is not allowed here: is the indentation right, or are "
     "quotes missing?",
     0},
    {"a:\n\t- b",
     "2:1: this character cannot begin a value: is it a tab, or are quotes "
     "missing?",
     0},
    {"[1, 2", "2:1: a ',' or ']' is missing", 0},
    {"{a: 1", "2:1: a ',' or '}' is missing", 0},
    {"a: 'x", "1:6: the text ends inside quotes", 0},
    {"[,]", "1:2: a value is missing here", 0},
    {"[1] x", "1:5: nothing may follow here: a '---' is missing", 0},
    {"- 1\n--- 2", "2:1: more than one document", 0},
    {"é: \x01", "1:4: a control character is not allowed", 0},
    {"a: \xff", "1:4: bytes that are not UTF-8", 0},
    {"\"\\ud800\"", "1:4: found invalid Unicode character escape code", 0},
    {"%YAML 2.0\n--- 1", "1:1: found incompatible YAML document", 0},
    {"- 0b_", "1:3: '0b_' is no integer", 0},
    {"- !!int x", "1:3: 'x' is no integer", 0},
    {"!!int '1:x'", "1:1: '1:x' is no integer", 0},
    {"!!int ''", "1:1: '' is no integer", 0},
    {"!!float 0x10", "1:1: '0x10' is no number", 0},
    {"!!float .", "1:1: '.' is no number", 0},
    {"!!float '1:x'", "1:1: '1:x' is no number", 0},
    {"!!bool maybe", "1:1: 'maybe' is no boolean", 0},
    {"!!binary a", "1:1: 'a' is no complete base64", 0},
    {"!!binary é", "1:1: 'é' is no base64", 0},
    {"2020-13-01", "1:1: '2020-13-01' is no date or time", 0},
    {"2021-02-29", "1:1: '2021-02-29' is no date or time", 0},
    {"0000-01-01", "1:1: '0000-01-01' is no date or time", 0},
    {"2001-12-14 24:00:00", "1:1: '2001-12-14 24:00:00' is no date or time", 0},
    {"2001-12-14 21:59:43+24:00", "1:1: '2001-12-14 21:59:43+24:00' is no date or time", 0},
    {"!!timestamp x", "1:1: 'x' is no date or time", 0},
    {"a: <<", "1:4: '<<' is no value unless it is quoted", 0},
    {"a: =", "1:4: '=' is no value unless it is quoted", 0},
    {"!foo x", "1:1: the tag '!foo' is not known", 0},
    {"!!python/name:os.system x",
     "1:1: the tag "
     "'tag:yaml.org,2002:python/name:os.system' is not known",
     0},
    {"!!seq {}", "1:1: a list is needed", 0},
    {"!!omap {a: 1}", "1:1: a list is needed", 0},
    {"!!omap [{a: 1, b: 2}]", "1:9: a mapping with one key is needed", 0},
    {"!!map [1]", "1:1: a mapping is needed", 0},
    {"!!str [1]", "1:1: a single value is needed, not a list or mapping", 0},
    {"!!str {a: 1}", "1:1: a single value is needed, not a list or mapping", 0},
    {"{<<: 3}", "1:6: '<<' needs a mapping or a list of mappings", 0},
    {"{<<: [1]}", "1:7: '<<' needs a mapping or a list of mappings", 0},
    {"[*a]", "1:2: the anchor 'a' is not known here", 0},
    {"&a [*a]", "1:5: 'a' would contain itself", 0},
    {"[&a {<<: *a}]", "1:10: 'a' would contain itself", 0},
    {"[&a 1, &a 2]", "1:8: the anchor 'a' stands in line 1 already", 0},
    {"{? [1] : 2}", "1:4: a list cannot be a key", 0},
    {"? {a: 1}\n: 2", "1:3: a mapping cannot be a key", 0},
    {"? !!set {a}\n: 2", "1:3: a set cannot be a key", 0},
    {"a: 1\nb: 2\na: 3", "3:1: the key stands in line 1 already", YAML_STRICT},
    {"{1: a, 1.0: b}", "1:8: the key stands in line 1 already", YAML_STRICT},
    {"a:\n  - !!python/tuple [1]",
     "2:5: the tag '!!python/tuple' means nothing here: the value is a plain list",
     YAML_AGENT | YAML_STRICT},
    {"a: !!python/object:x.Y {b: 1}",
     "1:4: the tag '!!python/object:x.Y' means nothing here: the value is a plain mapping",
     YAML_AGENT | YAML_STRICT},
    {"a: !include b.yaml",
     "1:4: the tag '!include' means nothing here: the value is a plain string",
     YAML_AGENT | YAML_STRICT},
    {"!!set {a}", "1:1: the tag '!!set' means nothing here: the value is a plain mapping",
     YAML_AGENT | YAML_STRICT},
};

static void errors_say_where_and_what(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        struct adder_error err;
        struct value *v;

        if (yaml_parse(str_of(errors[i].yaml), errors[i].flags, &v, &err) == 0)
            fail_msg("%s is no error", errors[i].yaml);
        assert_string_equal(err.message, errors[i].message);
        assert_int_equal(err.code, ADDER_INVALID);
    }
}

static void strict_takes_keys_that_override_merged_ones(void **state)
{
    (void)state;
    assert_reads(str_of("{<<: {a: 1}, a: 2}"), YAML_STRICT, "{'a': 2}");
    assert_reads(str_of("{<<: [{a: 1}, {a: 2}]}"), YAML_STRICT, "{'a': 1}");
}

static void strict_takes_tags_that_say_something_to_the_agent(void **state)
{
    (void)state;
    assert_reads(str_of("[!!seq [!!str 1], !!map {a: !!int '2'}, !!binary aGk=]"),
                 YAML_AGENT | YAML_STRICT, "[['1'], {'a': 2}, 'hi']");
}

static void a_zero_byte_is_an_error(void **state)
{
    struct adder_error err;
    struct value *v;

    (void)state;
    assert_int_equal(yaml_parse((struct adder_str){"a\0b", 3}, YAML_LENIENT, &v, &err), -1);
    assert_string_equal(err.message, "1:2: a control character is not allowed");
}

static void values_know_where_they_stand(void **state)
{
    CLEANUP(value_freep) struct value *v = NULL;
    struct adder_error err;
    const struct value *list;

    (void)state;
    assert_int_equal(yaml_parse(str_of("a: 1\nb:\n  - x\n  - é: y\n"), YAML_LENIENT, &v, &err),
                     0);
    assert_int_equal(v->line, 1);
    list = value_get(v, "b");
    assert_int_equal(list->line, 3);
    assert_int_equal(list->column, 3);
    assert_int_equal(list->list.items[1]->map.pairs[0].value->line, 4);
    assert_int_equal(list->list.items[1]->map.pairs[0].value->column, 8);
    assert_int_equal(list->list.items[1]->map.pairs[0].key->column, 5);
}

/* ---- Limits ---------------------------------------------------------------------------- */

static void assert_limit(const struct buf *yaml, const char *message)
{
    struct adder_error err;
    struct value *v;

    assert_false(yaml->failed);
    assert_int_equal(
        yaml_parse((struct adder_str){yaml->data, yaml->len}, YAML_LENIENT, &v, &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    assert_string_equal(err.message, message);
}

static void repeat(struct buf *b, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_add_str(b, text);
}

static void depth_is_limited(void **state)
{
    CLEANUP(buf_free) struct buf b;
    CLEANUP(value_freep) struct value *v = NULL;
    struct adder_error err;

    (void)state;
    buf_init(&b, 1024);
    repeat(&b, "[", YAML_DEPTH_MAX);
    repeat(&b, "]", YAML_DEPTH_MAX);
    assert_int_equal(yaml_parse((struct adder_str){b.data, b.len}, YAML_LENIENT, &v, &err), 0);
    value_free(TAKE(v));
    buf_clear(&b);
    repeat(&b, "{a: ", YAML_DEPTH_MAX);
    repeat(&b, "}", YAML_DEPTH_MAX);
    assert_int_equal(yaml_parse((struct adder_str){b.data, b.len}, YAML_LENIENT, &v, &err), 0);
    buf_clear(&b);
    repeat(&b, "[", YAML_DEPTH_MAX + 1);
    assert_limit(&b, "1:101: more than 100 nested lists and mappings");
}

static void depth_through_aliases_is_limited(void **state)
{
    CLEANUP(buf_free) struct buf b;

    (void)state;
    buf_init(&b, 1024);
    buf_add_str(&b, "- &a ");
    repeat(&b, "[", 60);
    repeat(&b, "]", 60);
    buf_add_str(&b, "\n- ");
    repeat(&b, "[", 60);
    buf_add_str(&b, "*a");
    repeat(&b, "]", 60);
    assert_limit(&b, "1:45: more than 100 nested lists and mappings");
}

/* Adds "a: &a [x, x]", "b: &b [*a, *a, …]", …: ten times as much with each line. */
static void add_laughs(struct buf *b, int lines, const char *item)
{
    buf_printf(b, "a: &a %s\n", item);
    for (int i = 1; i < lines; i++) {
        buf_printf(b, "%c: &%c [", 'a' + i, 'a' + i);
        for (int k = 0; k < 10; k++)
            buf_printf(b, "*%c,", 'a' + i - 1);
        buf_add_str(b, "]\n");
    }
}

static void a_billion_laughs_are_refused(void **state)
{
    CLEANUP(buf_free) struct buf b;

    (void)state;
    buf_init(&b, 1024 * 1024);
    add_laughs(&b, 10, "lol");
    assert_limit(&b, "1:4: more than 1000000 values after aliases");
    buf_clear(&b);
    buf_add_str(&b, "a: &a {}\n");
    for (int i = 1; i < 26; i++)
        buf_printf(&b, "%c: &%c {<<: [*%c, *%c, *%c]}\n", 'a' + i, 'a' + i, 'a' + i - 1,
                   'a' + i - 1, 'a' + i - 1);
    assert_limit(&b, "2:12: more than 1000000 values after aliases");
}

static void long_texts_cannot_be_multiplied(void **state)
{
    CLEANUP(buf_free) struct buf b;

    (void)state;
    buf_init(&b, 4 * 1024 * 1024);
    buf_add_str(&b, "- &a ");
    repeat(&b, "abcdefgh", 128 * 1024);
    repeat(&b, "\n- *a", 64);
    assert_limit(&b, "1:3: more than 67108864 bytes of text after aliases");
}

static void sizes_are_limited(void **state)
{
    CLEANUP(buf_free) struct buf b;
    struct adder_error err;
    struct value *v;

    (void)state;
    buf_init(&b, 2 * (size_t)YAML_TEXT_MAX);
    repeat(&b, "#234567\n", YAML_TEXT_MAX / 8);
    buf_add_char(&b, '#');
    assert_limit(&b, "more than 16777216 bytes of YAML");
    buf_clear(&b);
    buf_add_str(&b, "[");
    repeat(&b, "1,", YAML_VALUES_MAX - 1);
    buf_add_str(&b, "]");
    assert_int_equal(yaml_parse((struct adder_str){b.data, b.len}, YAML_LENIENT, &v, &err), 0);
    value_free(v);
    buf_clear(&b);
    buf_add_str(&b, "[");
    repeat(&b, "1,", YAML_VALUES_MAX);
    assert_limit(&b, "1:2000000: more than 1000000 values");
}

static void numbers_have_a_limit_of_digits(void **state)
{
    CLEANUP(buf_free) struct buf b;

    (void)state;
    buf_init(&b, 10000);
    repeat(&b, "9", 4300);
    assert_reads((struct adder_str){b.data, b.len}, YAML_LENIENT, b.data);
    buf_add_char(&b, '9');
    assert_limit(&b, "1:1: a number of more than 4300 digits");
    buf_clear(&b);
    buf_add_str(&b, "0x1");
    repeat(&b, "f", 5000);
    assert_limit(&b, "1:1: a number of more than 4300 digits");
}

static int reads_everything(void)
{
    static const char text[] = "a: &a {x: 1, y: [2, 0xffffffffffffffffffff, 1.5]}\n"
                               "b: {<<: [*a, {z: !!binary aGk=}], x: 2020-01-01}\n"
                               "c: !!omap [k: v]\n"
                               "d: !!set {p, 1, 2, 3, 4, 5, 6, 7, 8, 9}\n"
                               "e: !!str {=: yes}\n";
    CLEANUP(value_freep) struct value *v = NULL;
    CLEANUP(value_freep) struct value *again = NULL;
    struct adder_error err;

    if (yaml_parse(str_of(text), YAML_STRICT, &v, &err) < 0)
        return -1;
    return yaml_parse(str_of("a: 18446744073709551615\nb: !!binary aGk=\nc: y\nd: x"),
                      YAML_AGENT, &again, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(reads_everything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_say_where_and_what),
        cmocka_unit_test(strict_takes_keys_that_override_merged_ones),
        cmocka_unit_test(strict_takes_tags_that_say_something_to_the_agent),
        cmocka_unit_test(a_zero_byte_is_an_error),
        cmocka_unit_test(values_know_where_they_stand),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(depth_through_aliases_is_limited),
        cmocka_unit_test(a_billion_laughs_are_refused),
        cmocka_unit_test(long_texts_cannot_be_multiplied),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(numbers_have_a_limit_of_digits),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
