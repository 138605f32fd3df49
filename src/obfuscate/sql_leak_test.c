/*
 * Whatever is literal in a query must not be in what becomes of it: for a table of queries with
 * marks in every literal place, for every database and mode, whole and cut off at every byte.
 */
#include <stdio.h>
#include <string.h>

#include "core/str.h"
#include "core/testing.h"
#include "obfuscate/obfuscate.h"

#define S "marked"  /* in strings */
#define N "8675309" /* a number */

/* Queries any database may be sent. */
static const char *const queries[] = {
    "select '" S "'",
    "select '" S "', '" S "' from t",
    "select * from t where a = '" S "'",
    "select * from t where a='" S "'and b='" S "'",
    "select * from t where a = 'it''s " S "' and b = '" S "'''",
    "select * from t where a = '''" S "'",
    "select * from t where a = '" S "''" S "'",
    "select * from t where a = '\n" S "\n'",
    "select * from t where a = '-- " S "' and b = '" S "'",
    "select * from t where a = '/* " S "' and b = '*/ " S "'",
    "select * from t where a = '# " S "' and b = '" S "'",
    "select * from t where a = '$$ " S "' and b = '$$ " S "'",
    "select * from t where a = '\" " S "' and b = '\" " S "'",
    "select * from t where a = '` " S "' and b = '` " S "'",
    "select * from t where a = '[ " S "' and b = '] " S "'",
    "select * from t where a = '{ " S "' and b = '} " S "'",
    "select * from t where a = '( " S "' and b = ') " S "'",
    "select * from t where a = '? " S "' and b = '?'",
    "select * from t where a = '%s " S "' and b = '%(x)s " S "'",
    "select * from t where a = ':x " S "' and b = '@x " S "'",
    "select * from t where a = '; " S "'; select '" S "'",
    "select * from t where a = '\xc3\xa4 " S "\xe2\x82\xac'",
    "select * from t where a > '" S "' or b < '" S "' or c <> '" S "' or d != '" S "'",
    "select * from t where a like '%" S "%' or b not like '" S "_'",
    "select * from t where a like '" S "!%' escape '!'",
    "select * from t where a between '" S "' and '" S "'",
    "select * from t where a in ('" S "', '" S "', '" S "')",
    "select * from t where a in('" S "','" S "')and b in('" S "')",
    "select * from t where (a, b) in (('" S "', '" S "'), ('" S "', '" S "'))",
    "select * from t where a = any(array['" S "', '" S "'])",
    "select * from t where not exists (select 1 from u where b = '" S "')",
    "select case when a = '" S "' then '" S "' else '" S "' end from t",
    "select case a when '" S "' then '" S "' end as b from t",
    "select coalesce(a, '" S "') as b, '" S "' as c, '" S "' d from t",
    "select a as '" S "' from t",
    "select concat('" S "', a, '" S "') from t",
    "select a || '" S "' || b from t where '" S "' || c = d",
    "select upper('" S "')||lower('" S "') from t",
    "select f('" S "', '" S "', g('" S "'))",
    "select '" S "' from t group by '" S "' having max(a) > '" S "' order by '" S "'",
    "select a from t limit " N " offset " N,
    "select a from t where b = " N " and c=-" N " and d=+" N,
    "select " N ", -" N ", a-" N ", a - " N ", (a)-" N ", a*" N "/" N "%" N,
    "select " N "." N ", ." N ", " N "., 1e" N ", 1E-" N ", 1.5e+" N,
    "select 0x" N ", 0X" N ", 0b" N ", " N "kB, " N "_000",
    "select a[" N "], b[1:" N "], c[" N ":" N "] from t",
    "select a from t where b in (" N ", " N ") or c between " N " and " N,
    "select a from t where b<" N " and c>=" N " and d<>" N " and e=" N,
    "select top " N " a from t",
    "select date '" S "', time '" S "', timestamp '" S "', interval '" S "' day",
    "select date'" S "', timestamp'" S "' from t",
    "select n'" S "', N'" S "', x'" S "', B'" S "' from t",
    "select u&'" S "' from t",
    "select _utf8'" S "' from t",
    "select e'" S "', E'it\\'s " S "' from t",
    "select e'\\\\', '" S "' from t",
    "select '" S "'::text, '" S "'::varchar(" N "), cast('" S "' as text) from t",
    "select a -> '" S "' ->> '" S "' from t where b @> '{\"a\": \"" S "\"}'",
    "select a from t where b ~ '" S "' and c ~* '" S "' and d !~ '" S "' and e !~* '" S "'",
    "select a from t where b regexp '" S "' or c rlike '" S "' or d ilike '" S "'",
    "select a from t where b collate x = '" S "' collate y",
    "select {d '" S "'}, {ts '" S "'}, {fn f('" S "')}",
    "{call p('" S "', " N ")}",
    "{? = call p('" S "', " N ")}",
    "insert into t values ('" S "')",
    "insert into t (a, b) values ('" S "', " N "), ('" S "', " N ")",
    "insert into t values ('" S "', now()), (f('" S "'), '" S "')",
    "insert into t values (('" S "'), ('" S "'))",
    "insert into t set a = '" S "', b = " N,
    "insert into t select '" S "', " N " from u where a = '" S "'",
    "insert into t (a) values ('" S "') on conflict (a) do update set a = '" S "'",
    "insert into t (a) values ('" S "') on duplicate key update a = '" S "'",
    "insert into t (a) values ('" S "') returning '" S "', " N,
    "replace into t values ('" S "', " N ")",
    "update t set a = '" S "', b = " N ", c = c + " N " where d = '" S "'",
    "update t set a = replace(a, '" S "', '" S "')",
    "delete from t where a = '" S "' and b = " N,
    "delete from t using u where t.a = u.a and u.b = '" S "'",
    "merge into t using u on (t.a = u.a) when matched then update set b = '" S "'",
    "with x as (select '" S "' as a), y as (select " N " b) select * from x, y where a = '" S
    "'",
    "select * from (values ('" S "', " N "), ('" S "', " N ")) as v (a, b)",
    "create table t (a varchar(" N ") default '" S "' not null, b int default " N ")",
    "create index i on t (a) where b = '" S "'",
    "create view v as select '" S "' as a, " N " as b",
    "create user u identified by '" S "'",
    "create user 'u'@'" S "' identified by '" S "'",
    "alter user u password '" S "'",
    "alter table t add column a text default '" S "', alter column b set default " N,
    "comment on table t is '" S "'",
    "grant select on t to 'x'@'" S "'",
    "set @a = '" S "', @b := " N,
    "set session x = '" S "'",
    "call p('" S "', " N ", @out)",
    "exec p @a = '" S "', @b = " N ", @c = N'" S "'",
    "execute p '" S "', " N,
    "execute immediate 'select " S "'",
    "prepare s from 'select " S "'",
    "declare @x int = " N "; select @x + " N,
    "if a = '" S "' select '" S "' else select " N,
    "begin; select '" S "'; commit",
    "explain select * from t where a = '" S "'",
    "select * from t where a = '" S "' union all select '" S "', " N " from u",
    "select * from t /* c */ where a = /* c */ '" S "' -- c\n and b = '" S "'",
    "select sum(a) over (partition by '" S "' order by b rows " N " preceding) from t",
    "select * from t where a = '" S "' for update",
    "copy t from '" S "' with (delimiter '" S "')",
    "load data infile '" S "' into table t",
    "select json_extract(a, '$." S "') from t",
    "select xpath('//" S "', a) from t",
    "select * from t where a = '" S "'and(b)='" S "'or'" S "'=c",
};

/* Queries of one database, with its `dbms`. */
static const struct {
    const char *dbms, *query;
} dialect_queries[] = {
    {"mysql", "select \"" S "\", '" S "' from t where a = \"it\\\"s " S "\""},
    {"mysql", "select 'it\\'s " S "', \"a \"\"" S "\"\" b\", '\\\\', '" S "' from t"},
    {"mysql", "insert into `t` values (\"" S "\", '" S "')"},
    {"mysql", "select a from t where b like \"%" S "%\" and f(\"" S "\")"},
    {"mysql", "select a from t where b = 'x' # it's\n and c = '" S "'"},
    {"", "select * from t where a = \"" S "\" and b in (\"" S "\", \"" S "\")"},
    {"", "insert into t values (\"" S "\", 1), (\"" S "\", 2)"},
    {"", "select * from t where a like \"" S "\" and b between \"" S "\" and c"},
    {"", "select * from t where a = 'it\\'s " S "' and b = '" S "'"},
    {"", "select * from t where a = 'C:\\' and b = '" S "'"},
    {"", "select * from t where a = 'C:\\' and b = '" S "' and c = 'D:\\' and d = '" S "'"},
    {"", "select $$" S "$$, $x$it's " S "$x$ from t where a = '" S "'"},
    {"", "select q'[it's " S "]', Q'!" S "'" S "!' from t"},
    {"mssql", "select [a], N'" S "' from [t] where b = 'C:\\' and c = '" S "'"},
    {"mssql", "select $" N ", $" N "." N " from #t where a = 0x" N},
    {"mssql", "select /* a /* b */ ' */ '" S "', " N " from t"},
    {"postgresql", "select $$" S "$$, $x$a $y$ it's " S " $x$, E'\\'" S "' from t"},
    {"postgresql", "select a ? '" S "', b ?| array['" S "'], c #>> '{" S "}' from t"},
    {"postgresql", "select /* a /* b */ ' */ '" S "', 'C:\\', '" S "' from t"},
    {"postgresql", "do $func$ begin perform '" S "', " N "; end $func$"},
    {"oracle", "select q'[it's " S "]', nq'{" S "}', q'(" S ")', q'<" S ">' from dual"},
    {"oracle", "select 'C:\\', '" S "' from t where a = :1 and b = '" S "'"},
    {"snowflake", "select $$it's " S "$$, 'it\\'s " S "' from t"},
    {"sqlite", "select [a], '" S "', \"b\" from t where c = 'x\\' and d = '" S "'"},
};

static const char *const databases[] = {"",       "mssql",  "postgresql", "mysql",
                                        "oracle", "sqlite", "snowflake"};
static const char *const modes[] = {"", "obfuscate_only", "obfuscate_and_normalize"};

static void assert_no_mark(const char *query, size_t len, const char *dbms, const char *mode)
{
    CLEANUP(buf_free) struct buf out;
    struct adder_error err = {.message = ""};
    char options[400];
    const char *text;

    buf_init(&out, 100000);
    snprintf(options, sizeof(options),
             "{\"dbms\":\"%s\",\"obfuscation_mode\":\"%s\",\"dollar_quoted_func\":true,"
             "\"table_names\":true,\"collect_commands\":true,\"collect_procedures\":true,"
             "\"keep_null\":true,\"keep_boolean\":true,\"keep_positional_parameter\":true,"
             "\"keep_sql_alias\":true,\"return_json_metadata\":true}",
             dbms, mode);
    obfuscate_sql((struct adder_str){query, len}, str_of(options), &out, &err);
    text = err.message[0] != '\0' ? err.message : out.data;
    if (strstr(text, S) != NULL || strstr(text, N) != NULL)
        fail_msg("%s, mode '%s': %.*s\nbecame: %s", dbms, mode, (int)len, query, text);
}

static void assert_keeps_secret(const char *query, const char *dbms)
{
    for (size_t m = 0; m < ARRAY_LEN(modes); m++)
        for (size_t len = 1; len <= strlen(query); len++)
            assert_no_mark(query, len, dbms, modes[m]);
}

static void no_literal_leaks_in_any_dialect(void **state)
{
    (void)state;
    assert_true(ARRAY_LEN(queries) >= 100);
    for (size_t d = 0; d < ARRAY_LEN(databases); d++)
        for (size_t i = 0; i < ARRAY_LEN(queries); i++)
            assert_keeps_secret(queries[i], databases[d]);
}

static void no_literal_of_a_dialect_leaks(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(dialect_queries); i++)
        assert_keeps_secret(dialect_queries[i].query, dialect_queries[i].dbms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_literal_leaks_in_any_dialect),
        cmocka_unit_test(no_literal_of_a_dialect_leaks),
    };

    return cmocka_run_group_tests_name("sql_leak", tests, NULL, NULL);
}
