#include <string.h>

#include "core/str.h"
#include "core/testing.h"
#include "obfuscate/obfuscate.h"
#include "obfuscate/plan_keys.h"

static void assert_plan(bool normalize, const char *plan, const char *expected)
{
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    buf_init(&out, 100000);
    assert_int_equal(obfuscate_sql_plan(str_of(plan), normalize, &out, &err), 0);
    assert_string_equal(out.data != NULL ? out.data : "", expected);
}

static void keeps_what_says_nothing_about_the_data(void **state)
{
    static const struct {
        const char *plan, *expected;
    } cases[] = {
        {"", ""},
        {"{\"Node Type\": \"Seq Scan\", \"Secret\": \"x\", \"N\": 5, \"B\": true, \"Z\": null}",
         "{\"Node Type\":\"Seq Scan\",\"Secret\":\"?\",\"N\":\"?\",\"B\":\"?\",\"Z\":\"?\"}"},
        {"[{\"Plan\": {\"Plans\": [{\"Alias\": \"t\", \"x\": [1, [2]]}]}}]",
         "[{\"Plan\":{\"Plans\":[{\"Alias\":\"t\",\"x\":[\"?\",[\"?\"]]}]}}]"},
        {"{\"Filter\": \"((name = 'Bob'::text) AND (age > 42))\"}",
         "{\"Filter\":\"( ( name = ? :: text ) AND ( age > ? ) )\"}"},
        {"{\"Output\": [\"a\", \"'x'::text\"], \"y\": \"z\"}",
         "{\"Output\":[\"a\",\"? :: text\"],\"y\":\"?\"}"},
        {"{\"Filter\": \"(a = 'cut off\", \"Index Cond\": \"\", \"Hash Cond\": 5}",
         "{\"Filter\":\"?\",\"Index Cond\":\"?\",\"Hash Cond\":\"?\"}"},
        {"{\"attached_condition\": \"(`db`.`t`.`a` = 'it\\\\'s')\"}",
         "{\"attached_condition\":\"( db . t . a = ? )\"}"},
        {"{\"Sort Key\": [\"t.a\", \"(lower(b)) DESC\", \"((c || 'x'))\"]}",
         "{\"Sort Key\":[\"t.a\",\"(lower(b)) DESC\",\"( ( c || ? ) )\"]}"},
        {"{\"cost_info\": {\"a\": \"1.5\"}, \"Plan Rows\": 12345678901234567890.50}",
         "{\"cost_info\":{\"a\":\"1.5\"},\"Plan Rows\":12345678901234567890.50}"},
        {"{\"Workers\": [{\"Filter\": 1}, 2], \"after\": 3}",
         "{\"Workers\":[{\"Filter\":1},2],\"after\":\"?\"}"},
        {"{\"a\": 1, \"a\": 2, \"\\u0041lias\": \"t\"}",
         "{\"a\":\"?\",\"a\":\"?\",\"\\u0041lias\":\"t\"}"},
        {"\"just text\"", "\"?\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_plan(false, cases[i].plan, cases[i].expected);
}

static void normalising_hides_costs_too(void **state)
{
    (void)state;
    assert_plan(true,
                "{\"Node Type\": \"Sort\", \"Total Cost\": 1.5, \"Plan Rows\": 7,"
                " \"cost_info\": {\"query_cost\": \"1\"}, \"filtered\": \"9\"}",
                "{\"Node Type\":\"Sort\",\"Total Cost\":\"?\",\"Plan Rows\":\"?\","
                "\"cost_info\":{\"query_cost\":\"?\"},\"filtered\":\"?\"}");
}

static void what_is_no_json_is_an_error(void **state)
{
    static const struct {
        const char *plan, *message;
    } cases[] = {
        {"{\"a\": secret}", "the plan is no JSON at byte 6"},
        {"{\"a\": 1", "the plan is no JSON at byte 7"},
        {" ", "the plan is no JSON at byte 1"},
    };
    struct adder_error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(buf_free) struct buf out;

        buf_init(&out, 1000);
        assert_int_equal(obfuscate_sql_plan(str_of(cases[i].plan), false, &out, &err), -1);
        assert_string_equal(err.message, cases[i].message);
    }
}

static void a_plan_has_a_limit(void **state)
{
    char *plan = mem_zalloc(OBFUSCATE_INPUT_MAX + 1);
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    (void)state;
    buf_init(&out, 1000);
    assert_int_equal(obfuscate_sql_plan((struct adder_str){plan, OBFUSCATE_INPUT_MAX + 1},
                                        false, &out, &err),
                     -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    mem_free(plan);
}

static void keys_are_found(void **state)
{
    (void)state;
    assert_int_equal(plan_treatment_of("Actual Loops"), PLAN_KEEP);
    assert_int_equal(plan_treatment_of("using_temporary_table"), PLAN_KEEP);
    assert_int_equal(plan_treatment_of("Filter"), PLAN_READ_SQL);
    assert_int_equal(plan_treatment_of("TID Cond"), PLAN_READ_SQL);
    assert_int_equal(plan_treatment_of("Total Cost"), PLAN_KEEP_COST);
    assert_int_equal(plan_treatment_of("filter"), PLAN_HIDE);
    assert_int_equal(plan_treatment_of(""), PLAN_HIDE);
}

static int reads_a_plan(void)
{
    static const char plan[] = "{\"Alias\":\"t\",\"Filter\":\"a = 'b'\",\"Sort Key\":[\"a\"]}";
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    buf_init(&out, 1000);
    return obfuscate_sql_plan(str_of(plan), false, &out, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(reads_a_plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_says_nothing_about_the_data),
        cmocka_unit_test(normalising_hides_costs_too),
        cmocka_unit_test(what_is_no_json_is_an_error),
        cmocka_unit_test(a_plan_has_a_limit),
        cmocka_unit_test(keys_are_found),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
