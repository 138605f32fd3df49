#include "py/modules_testing.h"

static int obfuscate_sql(void *ctx, struct adder_str query, struct adder_str options,
                         struct adder_reply *ret, struct adder_error *err)
{
    (void)ctx;
    hear_call("sql");
    hear_text(query);
    hear_text(options);
    return host_reply_or_fail(ret, err);
}

static int obfuscate_plan(void *ctx, struct adder_str plan, bool normalize,
                          struct adder_reply *ret, struct adder_error *err)
{
    (void)ctx;
    hear_call("plan");
    hear_text(plan);
    buf_printf(&heard, " %d", normalize);
    return host_reply_or_fail(ret, err);
}

static int obfuscate_mongodb(void *ctx, struct adder_str command, struct adder_reply *ret,
                             struct adder_error *err)
{
    (void)ctx;
    hear_call("mongodb");
    hear_text(command);
    return host_reply_or_fail(ret, err);
}

static int start(void **state)
{
    (void)state;
    python_start();
    py_runtime()->facts.obfuscate_sql = obfuscate_sql;
    py_runtime()->facts.obfuscate_sql_exec_plan = obfuscate_plan;
    py_runtime()->facts.obfuscate_mongodb = obfuscate_mongodb;
    prepare("from datadog_agent import *\n");
    return 0;
}

static void statements_are_obfuscated(void **state)
{
    static const struct row rows[] = {
        {"obfuscate_sql('q')", "sql 'q' -; = 'safe'"},
        {"obfuscate_sql('q', '{}')", "sql 'q' '{}'; = 'safe'"},
        {"obfuscate_sql(query='q', options='')", "sql 'q' ''; = 'safe'"},
        {"obfuscate_sql_exec_plan('p')", "plan 'p' 0; = 'safe'"},
        {"obfuscate_sql_exec_plan('p', True)", "plan 'p' 1; = 'safe'"},
        {"obfuscate_sql_exec_plan('p', normalize=True)", "plan 'p' 1; = 'safe'"},
        {"obfuscate_sql_exec_plan('p', normalize=5)", "plan 'p' 0; = 'safe'"},
        {"obfuscate_sql_exec_plan('p', normalize=False)", "plan 'p' 0; = 'safe'"},
        {"obfuscate_sql_exec_plan('p', 'x')", "plan 'p' 0; = 'safe'"},
        {"obfuscate_sql_exec_plan('p', None)", "plan 'p' 0; = 'safe'"},
        {"obfuscate_mongodb_string('c')", "mongodb 'c'; = 'safe'"},
        {"obfuscate_mongodb_string('c', other=1)", "mongodb 'c'; = 'safe'"},
    };
    static const struct row empty[] = {
        {"obfuscate_sql('q')", "sql 'q' -; = ''"},
        {"obfuscate_sql_exec_plan('')", "plan '' 0; = ''"},
        {"obfuscate_mongodb_string('c')", "mongodb 'c'; = ''"},
    };

    (void)state;
    rows_with("safe", false, rows, ARRAY_LEN(rows));
    rows_with("", false, empty, ARRAY_LEN(empty));
}

static void arguments_are_checked_as_cpython_does(void **state)
{
    static const struct row rows[] = {
        {"obfuscate_sql('q', None)", "TypeError: argument 2 must be str, not None"},
        {"obfuscate_sql('q', {})", "TypeError: argument 2 must be str, not dict"},
        {"obfuscate_sql({})", "TypeError: argument 1 must be str, not dict"},
        {"obfuscate_sql(None)", "TypeError: argument 1 must be str, not None"},
        {"obfuscate_sql(b'q')", "TypeError: argument 1 must be str, not bytes"},
        {"obfuscate_sql('a\\0b')", "ValueError: embedded null character"},
        {"obfuscate_sql()", "TypeError: function missing required argument 'query' (pos 1)"},
        {"obfuscate_sql(options='{}')",
         "TypeError: function missing required argument 'query' (pos 1)"},
        {"obfuscate_sql('q', '', 1)",
         "TypeError: function takes at most 2 arguments (3 given)"},
        {"obfuscate_sql_exec_plan({})", "TypeError: argument 1 must be str, not dict"},
        {"obfuscate_sql_exec_plan(None)", "TypeError: argument 1 must be str, not None"},
        {"obfuscate_sql_exec_plan('p', True, 1)",
         "TypeError: function takes at most 2 arguments (3 given)"},
        {"obfuscate_sql_exec_plan(normalize=True)",
         "TypeError: function takes at least 1 positional argument (0 given)"},
        {"obfuscate_sql_exec_plan(plan='p')",
         "TypeError: function takes at least 1 positional argument (0 given)"},
        {"obfuscate_mongodb_string(cmd='c')",
         "TypeError: function takes exactly 1 argument (0 given)"},
        {"obfuscate_mongodb_string()",
         "TypeError: function takes exactly 1 argument (0 given)"},
        {"obfuscate_mongodb_string('c', 'd')",
         "TypeError: function takes exactly 1 argument (2 given)"},
        {"obfuscate_mongodb_string(1)", "TypeError: argument 1 must be str, not int"},
        {"obfuscate_mongodb_string(None)", "TypeError: argument 1 must be str, not None"},
    };

    (void)state;
    rows_with("safe", false, rows, ARRAY_LEN(rows));
}

static void failures_of_the_host_are_raised(void **state)
{
    static const struct row failing[] = {
        {"obfuscate_sql('q')", "sql 'q' -; RuntimeError: result is empty"},
        {"obfuscate_sql('q', '{}')", "sql 'q' '{}'; RuntimeError: result is empty"},
        {"obfuscate_sql_exec_plan('p')", "plan 'p' 0; RuntimeError: result is empty"},
        {"obfuscate_mongodb_string('')", "mongodb ''; RuntimeError: result is empty"},
    };
    static const struct row silent[] = {
        {"obfuscate_sql('q')",
         "sql 'q' -; RuntimeError: internal error: empty cb_obfuscate_sql response"},
        {"obfuscate_sql_exec_plan('p')", "plan 'p' 0; RuntimeError: internal error: empty "
                                         "cb_obfuscate_sql_exec_plan response"},
        {"obfuscate_mongodb_string('c')", "mongodb 'c'; RuntimeError: internal error: empty "
                                          "cb_obfuscate_mongodb_string response"},
    };

    (void)state;
    rows_with("ignored", true, failing, ARRAY_LEN(failing));
    rows_with(NULL, true, failing, ARRAY_LEN(failing));
    rows_with(NULL, false, silent, ARRAY_LEN(silent));
}

static void without_facts_arguments_are_checked_all_the_same(void **state)
{
    static const struct row rows[] = {
        {"obfuscate_sql('q')", ""},
        {"obfuscate_sql(1)", "TypeError: argument 1 must be str, not int"},
        {"obfuscate_sql_exec_plan('q')", ""},
        {"obfuscate_sql_exec_plan(1)", "TypeError: argument 1 must be str, not int"},
        {"obfuscate_mongodb_string('q')", ""},
        {"obfuscate_mongodb_string(1)", "TypeError: argument 1 must be str, not int"},
    };

    (void)state;
    py_runtime()->facts = (struct adder_facts){0};
    python_rows(rows, ARRAY_LEN(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_are_obfuscated),
        cmocka_unit_test(arguments_are_checked_as_cpython_does),
        cmocka_unit_test(failures_of_the_host_are_raised),
        cmocka_unit_test(without_facts_arguments_are_checked_all_the_same),
    };

    return cmocka_run_group_tests(tests, start, python_tear_down);
}
