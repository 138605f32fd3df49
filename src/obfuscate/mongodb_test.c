#include <string.h>

#include "core/str.h"
#include "core/testing.h"
#include "obfuscate/obfuscate.h"

static void hides_all_but_the_form_of_a_command(void **state)
{
    static const struct {
        const char *command, *expected;
    } cases[] = {
        {"{\"find\": \"users\", \"filter\": {\"name\": \"Bob\", \"age\": 42}, \"$db\": \"d\"}",
         "{\"find\":\"users\",\"filter\":{\"name\":\"?\",\"age\":\"?\"},\"$db\":\"d\"}"},
        {"{\"find\": \"u\", \"sort\": {\"a\": -1, \"b\": {\"$meta\": \"x\"}}, \"limit\": 5}",
         "{\"find\":\"u\",\"sort\":{\"a\":-1,\"b\":{\"$meta\":\"?\"}},\"limit\":\"?\"}"},
        {"{\"find\": \"u\", \"projection\": {\"a\": true, \"b\": null}, \"skip\": 3}",
         "{\"find\":\"u\",\"projection\":{\"a\":true,\"b\":null},\"skip\":3}"},
        {"{\"getMore\": 123456789012345678901, \"collection\": \"c\", \"batchSize\": 10}",
         "{\"getMore\":123456789012345678901,\"collection\":\"c\",\"batchSize\":10}"},
        {"{\"insert\": \"c\", \"ordered\": true, \"documents\": [{\"comment\": \"secret\"}]}",
         "{\"insert\":\"c\",\"ordered\":true,\"documents\":[{\"comment\":\"?\"}]}"},
        {"{\"findAndModify\": \"c\", \"update\": {\"$set\": {\"find\": 5, \"a\": \"b\"}}}",
         "{\"findAndModify\":\"c\",\"update\":{\"$set\":{\"find\":\"?\",\"a\":\"?\"}}}"},
        {"{\"aggregate\": \"c\", \"pipeline\": [{\"$match\": {\"sort\": \"x\"}}],"
         " \"cursor\": {\"batchSize\": 1}, \"comment\": \"why\"}",
         "{\"aggregate\":\"c\",\"pipeline\":[{\"$match\":{\"sort\":\"?\"}}],"
         "\"cursor\":{\"batchSize\":1},\"comment\":\"why\"}"},
        {"{\"explain\": {\"find\": \"c\", \"filter\": {\"find\": 1}}, \"verbosity\": \"x\"}",
         "{\"explain\":{\"find\":\"c\",\"filter\":{\"find\":\"?\"}},\"verbosity\":\"?\"}"},
        {"{\"cursor\": {\"x\": {\"y\": {}}}, \"find\": \"c\", \"x\": {\"find\": \"s\"}}",
         "{\"cursor\":{\"x\":{\"y\":{}}},\"find\":\"c\",\"x\":{\"find\":\"?\"}}"},
        {"[{\"delete\": \"c\"}, {\"update\": \"c\", \"q\": [1]}]",
         "[{\"delete\":\"c\"},{\"update\":\"c\",\"q\":[\"?\"]}]"},
        {"\"secret\"", "\"?\""},
        {"[\"secret\", 1]", "[\"?\",\"?\"]"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(buf_free) struct buf out;
        struct adder_error err;

        buf_init(&out, 10000);
        assert_int_equal(obfuscate_mongodb(str_of(cases[i].command), &out, &err), 0);
        assert_string_equal(out.data, cases[i].expected);
    }
}

static void a_command_cut_off_ends_in_dots(void **state)
{
    static const struct {
        const char *command, *expected;
    } cases[] = {
        {"{\"find\": \"users\", \"filter\": {\"name\": \"secr",
         "{\"find\":\"users\",\"filter\":{\"name\":..."},
        {"{\"find\": \"us", "{\"find\":..."},
        {"{\"find\"", "{..."},
        {"{\"a\": secret}", "{\"a\":..."},
        {"{\"a\": ObjectId(\"secret\")}", "{\"a\":..."},
        {"secret", "..."},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(buf_free) struct buf out;
        struct adder_error err;

        buf_init(&out, 10000);
        assert_int_equal(obfuscate_mongodb(str_of(cases[i].command), &out, &err), 0);
        assert_string_equal(out.data, cases[i].expected);
    }
}

static void no_command_is_an_error(void **state)
{
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    (void)state;
    buf_init(&out, 10000);
    assert_int_equal(obfuscate_mongodb(str_of(""), &out, &err), -1);
    assert_string_equal(err.message, "Empty MongoDB command");
    assert_int_equal(obfuscate_mongodb(str_of(" \n"), &out, &err), -1);
    assert_string_equal(err.message, "Failed to obfuscate MongoDB command");
}

static void a_command_has_a_limit(void **state)
{
    char *command = mem_zalloc(OBFUSCATE_INPUT_MAX + 1);
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    (void)state;
    buf_init(&out, 1000);
    assert_int_equal(
        obfuscate_mongodb((struct adder_str){command, OBFUSCATE_INPUT_MAX + 1}, &out, &err),
        -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    mem_free(command);
}

static int hides_a_command(void)
{
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    buf_init(&out, 1000);
    return obfuscate_mongodb(str_of("{\"find\":\"c\",\"filter\":{\"a\":1}}"), &out, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(hides_a_command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hides_all_but_the_form_of_a_command),
        cmocka_unit_test(a_command_cut_off_ends_in_dots),
        cmocka_unit_test(no_command_is_an_error),
        cmocka_unit_test(a_command_has_a_limit),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("mongodb", tests, NULL, NULL);
}
