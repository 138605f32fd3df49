#include <stdio.h>
#include <string.h>

#include "core/str.h"
#include "core/testing.h"
#include "obfuscate/obfuscate.h"
#include "obfuscate/sql_word.h"

#define NEW(dbms) "{\"obfuscation_mode\":\"obfuscate_and_normalize\",\"dbms\":\"" dbms "\""
#define ONLY      "{\"obfuscation_mode\":\"obfuscate_only\""
#define NORM      "{\"obfuscation_mode\":\"normalize_only\""

struct sql_case {
    const char *query, *expected;
};

static void assert_sql(const char *options, const char *query, const char *expected)
{
    CLEANUP(buf_free) struct buf out;
    struct adder_error err = {.message = ""};

    buf_init(&out, 100000);
    if (obfuscate_sql(str_of(query), str_of(options), &out, &err) < 0)
        fail_msg("%s: %s", query, err.message);
    assert_string_equal(out.data != NULL ? out.data : "", expected);
}

static void assert_all(const char *options, const struct sql_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_sql(options, cases[i].query, cases[i].expected);
}

static void assert_error(const char *options, const char *query, const char *message)
{
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    buf_init(&out, 100000);
    assert_int_equal(obfuscate_sql(str_of(query), str_of(options), &out, &err), -1);
    assert_string_equal(err.message, message);
}

static void the_older_style_hides_literals_comments_and_aliases(void **state)
{
    static const struct sql_case cases[] = {
        {"select a from t where id = 42", "select a from t where id = ?"},
        {"select a from t where x='it''s' and y=.5", "select a from t where x = ? and y = ?"},
        {"select a from t where b is null or c = TRUE",
         "select a from t where b is ? or c = ?"},
        {"-- who\n--\nselect a # why\nfrom t /* what */", "select a from t"},
        {"select a as b, c AS \"d e\" from t as u", "select a, c from t"},
        {"select a as [x y], b from t", "select a, b from t"},
        {"select sum(a), count(*) from t;", "select sum ( a ), count ( * ) from t"},
        {"select `a`.`b`, \"c\".\"d\" from `t`", "select a . b, c . d from t"},
        {"with x as (select 1) select * from x", "with x select ? ) select * from x"},
        {"create view v as select a from t", "create view v select a from t"},
        {"select cast(a as bigint) from t", "select cast ( a ) from t"},
        {"savepoint sp_17", "savepoint ?"},
        {"select {fn now()}, {ts '2020-01-01'}", "select ?"},
        {"{ call p(1, 'x') }", "{ call p ( ? ) }"},
        {"select a::text, b -> 'k'", "select a :: text, b -> ?"},
        {"set @a := 1, @b = @@c", "set @a := ? @b = @@c"},
        {"select * from t where a = :name and b = @p and c = %s and d = %(x)s and e = $1",
         "select * from t where a = :name and b = @p and c = ? and d = ? and e = ?"},
        {"select a-1, -1, 2-1, (3)-4, b - -5", "select a - ? - ? ( ? ) - ? b - ?"},
        {"select 0xFF, 1e-3, 1.5E+10, .5, 5., 12kB", "select ?"},
        {"select a % 8, b%c", "select a % ? b % c"},
        {"select $$x$$, $tag$it's$tag$", "select ?"},
        {"select a from t where b ~* '^x' and c !~ 'y'",
         "select a from t where b ~* ? and c !~ ?"},
    };

    (void)state;
    assert_all(NULL, cases, ARRAY_LEN(cases));
}

static void the_older_style_takes_values_together(void **state)
{
    static const struct sql_case cases[] = {
        {"select * from t where a in (1, 2, 3)", "select * from t where a in ( ? )"},
        {"insert into t (a, b) values (1, 'x'), (2, 'y'), (3, 'z')",
         "insert into t ( a, b ) values ( ? )"},
        {"insert into t values (1, now()), (2, now())",
         "insert into t values ( ? now ( ) ), ( ? now ( ) )"},
        {"insert into t values (1), (2, b + 3), (4)",
         "insert into t values ( ? ) ( ? b + ? ) ( ? )"},
        {"update t set a = 1, b = 2 where c = 3", "update t set a = ? b = ? where c = ?"},
        {"select f(1, (select 2))", "select f ( ? ( select ? ) )"},
        {"select * from (values (1, 2), (3, 4)) as v (a, b)",
         "select * from ( values ( ? ) ) ( a, b )"},
        {"select a from t limit 5, 10", "select a from t limit ?"},
        {"select any(array[1, 2])", "select any ( array [ ? ] )"},
        {"select f(?, ?, ?)", "select f ( ? )"},
    };

    (void)state;
    assert_all(NULL, cases, ARRAY_LEN(cases));
}

static void the_newer_style_normalises_more_gently(void **state)
{
    static const struct sql_case cases[] = {
        {"select a, b from t where id = 42;", "select a, b from t where id = ?"},
        {"update t set a = 1, b = 2", "update t set a = ?, b = ?"},
        {"select `a`.`b`, \"c\".\"d\" from `t`", "select a.b, c.d from t"},
        {"with x as (select 1) select * from x", "with x as ( select ? ) select * from x"},
        {"select a as b, c as \"d\" from t as u", "select a, c from t"},
        {"create view v as select a from t", "create view v as select a from t"},
        {"select cast(a as varchar(9)) as b", "select cast ( a as varchar ( ? ) )"},
        {"select a from t where b in (1, 2) and c in (?, ?)",
         "select a from t where b in ( ? ) and c in ( ? )"},
        {"insert into t values (1, 2), (3, 4) returning a",
         "insert into t values ( ? ) returning a"},
        {"insert into t values (1), (2, x)", "insert into t values ( ? ), ( ?, x )"},
        {"select f(1, a), f(2, 3, b)", "select f ( ?, a ), f ( ?, b )"},
        {"select array[1, 2], 3, 4", "select array [ ? ], ?, ?"},
        {"begin; select 1; commit;", "begin; select ?; commit"},
        {"select a /* x */ from -- y\n t", "select a from t"},
        {"select 'cut off", "select ?"},
        {"select \"cut off", "select ?"},
        {"select a /* cut off", "select a"},
        {"select a as", "select a as"},
        {"", ""},
    };

    (void)state;
    assert_all(NEW("") "}", cases, ARRAY_LEN(cases));
}

static void obfuscating_only_leaves_the_form_alone(void **state)
{
    static const struct sql_case cases[] = {
        {"select  a as b,\n\t\"c\" from t where id in (1,2, 'x');",
         "select a as b, \"c\" from t where id in (?,?, ?);"},
        {"select a/* gone */from t -- gone", "select a from t"},
    };

    (void)state;
    assert_all(ONLY "}", cases, ARRAY_LEN(cases));
}

static void normalising_only_hides_nothing(void **state)
{
    static const struct sql_case cases[] = {
        {"select  'a' as b from t where id in (?, ?) and c = 5;",
         "select 'a' from t where id in ( ? ) and c = 5"},
        {"select null, true, $1", "select null, true, $1"},
    };

    (void)state;
    assert_all(NORM "}", cases, ARRAY_LEN(cases));
}

static void databases_differ(void **state)
{
    static const struct {
        const char *dbms, *query, *expected;
    } cases[] = {
        {"mssql", "select [a b].[c] from #t, dbo.##g where [x] = @1",
         "select a b . c from #t, dbo.##g where x = @1"},
        {"sqlserver", "select N'x', $1.50 from t where a = 'C:\\' and b = 'y'",
         "select ? from t where a = ? and b = ?"},
        {"postgresql", "select a #>> '{b}', c @> '{}', d <@ e, f ? 'g' from t",
         "select a #>> ? c @> ? d <@ e, f ? ? from t"},
        {"postgres", "select /* a /* b */ c */ E'it\\'s', 'C:\\' from t", "select ? from t"},
        {"mysql", "select \"a\", `b` from t # c\nwhere d = 'it\\'s'",
         "select ? b from t where d = ?"},
        {"oracle", "select q'[it's]', nq'!it's!', x from t$x#", "select ? x from t$x#"},
        {"sqlite", "select [a b], ?1 from t", "select a b, ? from t"},
        {"something else", "select \"a\" from t where b = \"c\" and d in (\"e\", \"f\")",
         "select a from t where b = ? and d in ( ? )"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char options[100];

        snprintf(options, sizeof(options), "{\"dbms\": \"%s\"}", cases[i].dbms);
        assert_sql(options, cases[i].query, cases[i].expected);
    }
}

static void an_unknown_database_may_escape_quotes_or_not(void **state)
{
    static const struct sql_case cases[] = {
        {"select * from t where a = 'it\\'s' and b = 'c'",
         "select * from t where a = ? and b = ?"},
        {"select * from t where a = 'C:\\' and b = 'c'",
         "select * from t where a = ? and b = ?"},
        {"select * from t where a = 'C:\\' and b = 'D:\\'",
         "select * from t where a = ? and b = ?"},
        {"select '\\\\' from t where a = 'b'", "select ? from t where a = ?"},
    };

    (void)state;
    assert_all(NULL, cases, ARRAY_LEN(cases));
    /* Cut off, it cannot be told which. */
    assert_error(NULL, "select * from t where a = 'C:\\' and b = 'c",
                 "at position 43: unexpected EOF in string");
    assert_sql(ONLY "}", "select * from t where a = 'C:\\' and b = 'c",
               "select * from t where a = ?");
    assert_sql(ONLY "}", "select * from t where a = 'it\\'s cut",
               "select * from t where a = ?");
}

static void options_keep_what_they_say(void **state)
{
    static const struct {
        const char *options, *query, *expected;
    } cases[] = {
        {"{\"keep_sql_alias\":true}", "select a as b from t", "select a as b from t"},
        {NEW("") ",\"keep_sql_alias\":true}", "select a as b from t", "select a as b from t"},
        {"{\"replace_digits\":true}", "select a1.b22 from t_2020_01 where c=:p1",
         "select a?.b? from t_?_? where c = :p1"},
        {"{\"dollar_quoted_func\":true}", "select $func$insert into t values ('a', 1)$func$",
         "select $func$insert into t values ( ? )$func$"},
        {NEW("") ",\"dollar_quoted_func\":true}", "do $func$select 'a', 1$func$;",
         "do $func$select ?, ?$func$"},
        {NEW("") ",\"keep_null\":true}", "select null, true, 1", "select null, ?, ?"},
        {NEW("") ",\"keep_boolean\":true}", "select null, true, 1", "select ?, true, ?"},
        {"{\"keep_null\":true}", "select a, null", "select a, ?"},
        {NEW("") ",\"keep_positional_parameter\":true}", "select $1, $123456, 2",
         "select $1, ?, ?"},
        {NEW("") ",\"keep_trailing_semicolon\":true}", "select 1;", "select ?;"},
        {NEW("") ",\"keep_identifier_quotation\":true}", "select \"a\".`b` from t",
         "select \"a\".`b` from t"},
        {NEW("") ",\"remove_space_between_parentheses\":true}", "select f(a) where b in (1, 2)",
         "select f (a) where b in (?)"},
        {"{\"unknown\":[1,{\"a\":2}],\"dbms\":null,\"keep_null\":null}", "select 1",
         "select ?"},
        {"", "select 1", "select ?"},
        {" {} ", "select 1", "select ?"},
        {"null", "select 1", "select ?"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_sql(cases[i].options, cases[i].query, cases[i].expected);
}

#define META                                                                         \
    ",\"return_json_metadata\":true,\"table_names\":true,\"collect_commands\":true," \
    "\"collect_comments\":true,\"collect_procedures\":true}"

static void collects_metadata(void **state)
{
    static const struct {
        const char *options, *query, *expected;
    } cases[] = {
        {"{\"dbms\":\"\"" META,
         "/* x\n y */ select a from t1 join t2 on a = b where c in (select d from t1)",
         "{\"query\":\"select a from t1 join t2 on a = b where c in ( select d from t1 )\","
         "\"metadata\":{\"Size\":31,\"tables_csv\":\"t1,t2\","
         "\"commands\":[\"SELECT\",\"JOIN\",\"SELECT\"],\"comments\":[\"/* x  y */\"],"
         "\"procedures\":null}}"},
        {"{\"return_json_metadata\":true}", "select a from t -- \"x\"\n",
         "{\"query\":\"select a from t\",\"metadata\":{\"Size\":0,\"tables_csv\":\"\","
         "\"commands\":null,\"comments\":null,\"procedures\":null}}"},
        {ONLY META, "select 1 from t",
         "{\"query\":\"select ? from t\",\"metadata\":{\"Size\":0,\"tables_csv\":\"\","
         "\"commands\":null,\"comments\":null,\"procedures\":null}}"},
        {NEW("") META, "with c as (select 1) select * from a.b x, \"d\".\"e\", c join f on 1=1",
         "{\"query\":\"with c as ( select ? ) select * from a.b x, d.e, c join f on ? = ?\","
         "\"metadata\":{\"Size\":17,\"tables_csv\":\"a.b,d.e,f\","
         "\"commands\":[\"SELECT\",\"JOIN\"],\"comments\":[],\"procedures\":[]}}"},
        {NEW("mssql") META, "exec dbo.[do it] 1; create procedure p as select 1",
         "{\"query\":\"exec dbo.do it ?; create procedure p as select ?\","
         "\"metadata\":{\"Size\":26,\"tables_csv\":\"\","
         "\"commands\":[\"EXEC\",\"CREATE\",\"SELECT\"],\"comments\":[],"
         "\"procedures\":[\"dbo.do it\",\"p\"]}}"},
        {NEW("") META,
         "insert into a values (1) on duplicate key update b = 2; drop table if exists c; "
         "select 1 for update",
         "{\"query\":\"insert into a values ( ? ) on duplicate key update b = ?; drop table if "
         "exists c; select ? for update\",\"metadata\":{\"Size\":24,\"tables_csv\":\"a,c\","
         "\"commands\":[\"INSERT\",\"UPDATE\",\"DROP\",\"SELECT\"],\"comments\":[],"
         "\"procedures\":[]}}"},
        {NEW("") ",\"replace_digits\":true" META, "select * from t1_22",
         "{\"query\":\"select * from t?_?\",\"metadata\":{\"Size\":10,\"tables_csv\":\"t?_?\","
         "\"commands\":[\"SELECT\"],\"comments\":[],\"procedures\":[]}}"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_sql(cases[i].options, cases[i].query, cases[i].expected);
}

static void says_what_is_wrong(void **state)
{
    static const struct {
        const char *options, *query, *message;
    } cases[] = {
        {NULL, "", "result is empty"},
        {NULL, " -- nothing\n ; ", "result is empty"},
        {"{\"obfuscation_mode\":\"shred\"}", "select 1", "invalid obfuscation mode: shred"},
        {"{", "select 1", "obfuscation options: no JSON"},
        {"{\"dbms\":}", "select 1", "obfuscation options: no JSON"},
        {"{} x", "select 1", "obfuscation options: no JSON"},
        {"[]", "select 1", "obfuscation options: no JSON object"},
        {"{\"table_names\":1}", "select 1",
         "obfuscation options: table_names must be a boolean"},
        {"{\"dbms\":1}", "select 1", "obfuscation options: dbms must be a string"},
        {NULL, "select age from profile where name='John",
         "at position 41: unexpected EOF in string"},
        {NULL, "select \"John", "at position 13: unexpected EOF in string"},
        {NULL, "select $a$John", "at position 15: unexpected EOF in string"},
        {NULL, "/* abcd", "at position 7: unexpected EOF in comment"},
        {NULL, "insert into {ABC", "at position 16: unexpected EOF in escape sequence"},
        {"{\"dbms\":\"mssql\"}", "select \\ from t", "at position 8: unexpected byte 92"},
        {NULL, " \x80", "at position 1: invalid UTF-8 encoding beginning with 0x80"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_error(cases[i].options, cases[i].query, cases[i].message);
}

static void a_query_has_a_limit(void **state)
{
    char *query = mem_alloc(OBFUSCATE_INPUT_MAX + 1);
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    (void)state;
    buf_init(&out, (size_t)4 * OBFUSCATE_INPUT_MAX);
    assert_non_null(query);
    memset(query, '(', OBFUSCATE_INPUT_MAX + 1);
    assert_int_equal(obfuscate_sql((struct adder_str){query, OBFUSCATE_INPUT_MAX + 1},
                                   str_of(NULL), &out, &err),
                     -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    assert_string_equal(err.message, "query of 4194305 bytes, more than 4194304");
    assert_int_equal(
        obfuscate_sql((struct adder_str){query, OBFUSCATE_INPUT_MAX}, str_of(NULL), &out, &err),
        0);
    mem_free(query);
}

static void output_has_a_limit(void **state)
{
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    (void)state;
    buf_init(&out, 10);
    assert_int_equal(obfuscate_sql(str_of("select a, b, c, d"), str_of(NULL), &out, &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
}

static void keywords_are_found_in_any_case(void **state)
{
    static const char *const words[] = {"all",       "SELECT",  "Where", "with",  "xor",
                                        "savepoint", "lateral", "END",   "values"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        assert_non_null(sql_keyword_find(str_of(words[i])));
    assert_null(sql_keyword_find(str_of("")));
    assert_null(sql_keyword_find(str_of("selects")));
    assert_null(sql_keyword_find(str_of("a_word_that_is_far_too_long")));
}

static int obfuscates(void)
{
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    buf_init(&out, 100000);
    return obfuscate_sql(str_of("select $func$a$func$, b from t1, t2 -- c"),
                         str_of(NEW("") ",\"dollar_quoted_func\":true" META), &out, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(obfuscates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_older_style_hides_literals_comments_and_aliases),
        cmocka_unit_test(the_older_style_takes_values_together),
        cmocka_unit_test(the_newer_style_normalises_more_gently),
        cmocka_unit_test(obfuscating_only_leaves_the_form_alone),
        cmocka_unit_test(normalising_only_hides_nothing),
        cmocka_unit_test(databases_differ),
        cmocka_unit_test(an_unknown_database_may_escape_quotes_or_not),
        cmocka_unit_test(options_keep_what_they_say),
        cmocka_unit_test(collects_metadata),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(a_query_has_a_limit),
        cmocka_unit_test(output_has_a_limit),
        cmocka_unit_test(keywords_are_found_in_any_case),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("sql", tests, NULL, NULL);
}
