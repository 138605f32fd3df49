#include "py/modules_testing.h"

/* ---- Sink and facts --------------------------------------------------------------------- */

static void metadata(void *ctx, void *user, struct adder_str id, struct adder_str name,
                     struct adder_str value)
{
    (void)ctx, (void)user;
    hear_call("metadata");
    hear_text(id);
    hear_text(name);
    hear_text(value);
}

static void log_line(void *ctx, void *user, struct adder_str id, struct adder_str line)
{
    (void)ctx, (void)user;
    hear_call("line");
    hear_text(id);
    hear_text(line);
}

static void telemetry(void *ctx, void *user, struct adder_str check, struct adder_str name,
                      double value, struct adder_str type)
{
    (void)ctx, (void)user;
    hear_call("telemetry");
    hear_text(check);
    hear_text(name);
    buf_printf(&heard, " %.17g", value);
    hear_text(type);
}

static void issue(void *ctx, void *user, struct adder_str check, struct adder_str json)
{
    (void)ctx, (void)user;
    hear_call("issue");
    hear_text(check);
    hear_text(json);
}

static void issue_resolved(void *ctx, void *user, struct adder_str id)
{
    (void)ctx, (void)user;
    hear_call("resolved");
    hear_text(id);
}

static const struct adder_sink sink = {
    .metadata = metadata,
    .log_line = log_line,
    .telemetry = telemetry,
    .issue = issue,
    .issue_resolved = issue_resolved,
};

static void say(void *ctx, struct adder_reply *ret)
{
    assert_ptr_equal(ctx, &host_answer);
    assert_true(PyGILState_Check());
    host_reply(ret);
}

static void config(void *ctx, struct adder_str key, struct adder_reply *ret)
{
    (void)ctx;
    hear_call("config");
    hear_text(key);
    host_reply(ret);
}

static bool tracemalloc(void *ctx)
{
    (void)ctx;
    return host_answer.text != NULL;
}

static double start_time(void *ctx)
{
    (void)ctx;
    return 1700000000.123456;
}

static void log_record(void *ctx, struct adder_str message, int level)
{
    (void)ctx;
    hear_call_without_gil("log");
    hear_text(message);
    buf_printf(&heard, " %d", level);
}

static int cache_write(void *ctx, struct adder_str key, struct adder_str value,
                       struct adder_error *err)
{
    (void)ctx;
    hear_call_without_gil("write");
    hear_text(key);
    hear_text(value);
    return host_answer.fails ? err_set(err, ADDER_SYSTEM, "disk full") : 0;
}

static int cache_read(void *ctx, struct adder_str key, struct adder_reply *ret,
                      struct adder_error *err)
{
    (void)ctx;
    hear_call_without_gil("read");
    hear_text(key);
    return host_reply_or_fail(ret, err);
}

static const struct adder_facts facts = {
    .version = say,
    .hostname = say,
    .cluster_name = say,
    .config = config,
    .headers = say,
    .host_tags = say,
    .tracemalloc_enabled = tracemalloc,
    .process_start_time = start_time,
    .log = log_record,
    .cache_write = cache_write,
    .cache_read = cache_read,
};

static int start(void **state)
{
    (void)state;
    python_start();
    py_runtime()->sink = sink;
    py_runtime()->facts = facts;
    py_runtime()->facts_ctx = &host_answer;
    prepare("from datadog_agent import *\n"
            "class Text(str): pass\n"
            "class Index:\n"
            "    def __index__(self): return 3\n");
    return 0;
}

/* ---- Tests ------------------------------------------------------------------------------ */

static void every_function_is_there_and_documented(void **state)
{
    static const struct row rows[] = {
        {"sorted(n for n in vars(datadog_agent) if n[0] != '_')",
         "= ['emit_agent_telemetry', 'get_clustername', 'get_config', 'get_host_tags', "
         "'get_hostname', 'get_process_start_time', 'get_version', 'headers', 'log', "
         "'obfuscate_mongodb_string', 'obfuscate_sql', 'obfuscate_sql_exec_plan', "
         "'read_persistent_cache', 'report_issue', 'resolve_issue', 'send_log', "
         "'set_check_metadata', 'set_external_tags', 'tracemalloc_enabled', "
         "'write_persistent_cache']"},
        {"[n for n in vars(datadog_agent) if n[0] != '_' and not "
         "getattr(datadog_agent, n).__doc__]",
         "= []"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void simple_questions_answer_a_str(void **state)
{
    static const struct row rows[] = {
        {"get_version()", "= '1.2.3'"},
        {"get_hostname()", "= '1.2.3'"},
        {"get_clustername()", "= '1.2.3'"},
        {"get_host_tags()", "= '1.2.3'"},
        {"tracemalloc_enabled()", "= True"},
        {"tracemalloc_enabled(1, 'x')", "= True"},
        {"tracemalloc_enabled(x=1)",
         "TypeError: tracemalloc_enabled() takes no keyword arguments"},
        {"get_process_start_time()", "= 1700000000.123456"},
        {"get_version(1)",
         "TypeError: datadog_agent.get_version() takes no arguments (1 given)"},
        {"get_hostname('a', 'b')",
         "TypeError: datadog_agent.get_hostname() takes no arguments (2 given)"},
        {"get_hostname(x=1)",
         "TypeError: datadog_agent.get_hostname() takes no keyword arguments"},
        {"get_clustername(None)",
         "TypeError: datadog_agent.get_clustername() takes no arguments (1 given)"},
        {"get_host_tags(1)",
         "TypeError: datadog_agent.get_host_tags() takes no arguments (1 given)"},
        {"get_process_start_time(1)",
         "TypeError: datadog_agent.get_process_start_time() takes no arguments (1 given)"},
    };
    static const struct row none[] = {
        {"get_version()", ""},
        {"get_hostname()", ""},
        {"get_clustername()", ""},
        {"get_host_tags()", ""},
        {"tracemalloc_enabled()", "= False"},
    };
    static const struct row empty[] = {{"get_hostname()", "= ''"},
                                       {"get_clustername()", "= ''"}};

    (void)state;
    rows_with("", false, empty, ARRAY_LEN(empty));
    rows_with("1.2.3", false, rows, ARRAY_LEN(rows));
    rows_with(NULL, false, none, ARRAY_LEN(none));
}

static void text_that_is_no_utf8_is_replaced(void **state)
{
    static const struct row rows[] = {{"ascii(get_hostname())", "= \"'h\\\\xe9\\\\ufffd'\""}};

    (void)state;
    rows_with("h\xc3\xa9\xff", false, rows, ARRAY_LEN(rows));
}

static void settings_are_typed_by_yaml(void **state)
{
    static const struct {
        const char *yaml, *expected;
    } cases[] = {
        {"5001\n", "config 'k'; = 5001"},
        {"{name: foo, body: bar, time: 12345}",
         "config 'k'; = {'name': 'foo', 'body': 'bar', 'time': 12345}"},
        {"yes", "config 'k'; = True"},
        {"010", "config 'k'; = 8"},
        {"2020-01-02", "config 'k'; = datetime.date(2020, 1, 2)"},
        {"", "config 'k'"},
        {"null", "config 'k'"},
        {"'null'", "config 'k'; = 'null'"},
        {"[a, {b: 1.5}]", "config 'k'; = ['a', {'b': 1.5}]"},
        {"{", "config 'k'"},
        {"a: b: c", "config 'k'"},
        {"!!python/object:os.system x", "config 'k'"},
        {"\xff", "config 'k'"},
        {NULL, "config 'k'"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        rows_with(cases[i].yaml, false, &(struct row){"get_config('k')", cases[i].expected}, 1);
}

static void the_key_of_a_setting_is_a_str(void **state)
{
    static const struct row rows[] = {
        {"get_config(Text('a.b'))", "config 'a.b'; = 1"},
        {"get_config(1)", "TypeError: argument 1 must be str, not int"},
        {"get_config()", "TypeError: function takes exactly 1 argument (0 given)"},
        {"get_config(key='k')", "TypeError: get_config() takes no keyword arguments"},
        {"get_config('a\\0b')", "ValueError: embedded null character"},
        {"get_config(None)", "TypeError: argument 1 must be str, not None"},
        {"get_config(b'k')", "TypeError: argument 1 must be str, not bytes"},
        {"get_config('a', 'b')", "TypeError: function takes exactly 1 argument (2 given)"},
        {"get_config('\\ud800')",
         "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud800' in position 0: "
         "surrogates not allowed"},
    };

    (void)state;
    rows_with("1", false, rows, ARRAY_LEN(rows));
}

#define HEADERS                                                                            \
    "'User-Agent': 'a/1', 'Content-Type': 'application/x-www-form-urlencoded', 'Accept': " \
    "'*/*'"

static void headers_take_a_host(void **state)
{
    static const struct row rows[] = {
        {"headers()", "= {" HEADERS "}"},
        {"headers(http_host='h', ignore_me='snafu')", "= {" HEADERS ", 'Host': 'h'}"},
        {"headers({}, 1, http_host=7)", "= {" HEADERS ", 'Host': 7}"},
        {"util.headers(http_host=None)", "= {" HEADERS ", 'Host': None}"},
        {"host = ['any object']\nassert headers(http_host=host)['Host'] is host", ""},
        {"sorted(util.headers('x', http_host='myhost', ignore_me='snafu'))",
         "= ['Accept', 'Content-Type', 'Host', 'User-Agent']"},
        {"headers() is headers()", "= False"},
        {"util.headers is headers", "= False"},
        {"[n for n in vars(util) if n[0] != '_']", "= ['headers']"},
    };
    static const struct row none[] = {{"headers(http_host='h')", ""}, {"util.headers()", ""}};
    static const char *const no_headers[] = {NULL, "", "[a list]", "text", "{", "a: \xff"};

    (void)state;
    rows_with("User-Agent: a/1\nContent-Type: application/x-www-form-urlencoded\n"
              "Accept: '*/*'\n",
              false, rows, ARRAY_LEN(rows));
    for (size_t i = 0; i < ARRAY_LEN(no_headers); i++)
        rows_with(no_headers[i], false, none, ARRAY_LEN(none));
}

static void log_records_go_out_without_the_gil(void **state)
{
    static const struct row rows[] = {
        {"log('foo message', 99)", "log 'foo message' 99"},
        {"log('\\u00e9', -1)", "log '\xc3\xa9' -1"},
        {"log('', Index())", "log '' 3"},
        {"log(b'm', 1)", "TypeError: argument 1 must be str, not bytes"},
        {"log('m', 1.0)", "TypeError: 'float' object cannot be interpreted as an integer"},
        {"log('m')", "TypeError: function takes exactly 2 arguments (1 given)"},
        {"log('m', 10, 1)", "TypeError: function takes exactly 2 arguments (3 given)"},
        {"log(message='m', level=10)", "TypeError: log() takes no keyword arguments"},
        {"log(10, 'm')", "TypeError: argument 1 must be str, not int"},
        {"log('m', '10')", "TypeError: 'str' object cannot be interpreted as an integer"},
        {"log('m', None)", "TypeError: 'NoneType' object cannot be interpreted as an integer"},
        {"log('m', True)", "log 'm' 1"},
        {"log('a\\0b', 10)", "ValueError: embedded null character"},
        {"log('m', 2**31)", "OverflowError: signed integer is greater than maximum"},
        {"log('\\udc80', 10)",
         "UnicodeEncodeError: 'utf-8' codec can't encode character '\\udc80' in position 0: "
         "surrogates not allowed"},
    };

    (void)state;
    rows_with(NULL, false, rows, ARRAY_LEN(rows));
}

static void what_checks_tell_reaches_the_sink(void **state)
{
    static const struct row rows[] = {
        {"set_check_metadata('id', 'version.raw', '1.2')", "metadata 'id' 'version.raw' '1.2'"},
        {"set_check_metadata('', Text('n'), '')", "metadata '' 'n' ''"},
        {"send_log('{\"a\": 1}', 'id')", "line 'id' '{\"a\": 1}'"},
        {"send_log('\\u00e9', '')", "line '' '\xc3\xa9'"},
        {"emit_agent_telemetry('c', 'm', 2, 'gauge')", "telemetry 'c' 'm' 2 'gauge'"},
        {"emit_agent_telemetry('c', 'm', 0.5, 'counter')", "telemetry 'c' 'm' 0.5 'counter'"},
        {"emit_agent_telemetry('', '', True, 'any')", "telemetry '' '' 1 'any'"},
        {"emit_agent_telemetry('c', 'm', Index(), 'histogram')",
         "telemetry 'c' 'm' 3 'histogram'"},
        {"report_issue('c', '{}')", "issue 'c' '{}'"},
        {"resolve_issue('i')", "resolved 'i'"},
    };

    (void)state;
    rows_with(NULL, false, rows, ARRAY_LEN(rows));
}

static void what_checks_tell_is_checked(void **state)
{
    static const struct row rows[] = {
        {"set_check_metadata(1, 'n', 'v')", "TypeError: argument 1 must be str, not int"},
        {"set_check_metadata('id', b'n', 'v')", "TypeError: argument 2 must be str, not bytes"},
        {"set_check_metadata('id', 'n', None)", "TypeError: argument 3 must be str, not None"},
        {"set_check_metadata('id', 'n', 'a\\0b')", "ValueError: embedded null character"},
        {"set_check_metadata('id', 'n')",
         "TypeError: function takes exactly 3 arguments (2 given)"},
        {"set_check_metadata('id', 'n', 'v', 1)",
         "TypeError: function takes exactly 3 arguments (4 given)"},
        {"set_check_metadata('id', 'n', value='v')",
         "TypeError: set_check_metadata() takes no keyword arguments"},
        {"send_log({}, 'id')", "TypeError: argument 1 must be str, not dict"},
        {"send_log(b'{}', 'id')", "TypeError: argument 1 must be str, not bytes"},
        {"send_log('{}', None)", "TypeError: argument 2 must be str, not None"},
        {"send_log('{}')", "TypeError: function takes exactly 2 arguments (1 given)"},
        {"send_log('{}', 'id', 1)", "TypeError: function takes exactly 2 arguments (3 given)"},
        {"send_log(log_line='{}', check_id='id')",
         "TypeError: send_log() takes no keyword arguments"},
        {"emit_agent_telemetry(1, 'm', 2, 'gauge')",
         "TypeError: argument 1 must be str, not int"},
        {"emit_agent_telemetry('c', None, 2, 'gauge')",
         "TypeError: argument 2 must be str, not None"},
        {"emit_agent_telemetry('c', 'm', '2', 'gauge')",
         "TypeError: must be real number, not str"},
        {"emit_agent_telemetry('c', 'm', None, 'gauge')",
         "TypeError: must be real number, not NoneType"},
        {"emit_agent_telemetry('c', 'm', 2, None)",
         "TypeError: argument 4 must be str, not None"},
        {"emit_agent_telemetry('c', 'm', 2)",
         "TypeError: function takes exactly 4 arguments (3 given)"},
        {"emit_agent_telemetry('c', 'm', 2, 'gauge', [])",
         "TypeError: function takes exactly 4 arguments (5 given)"},
        {"emit_agent_telemetry('c', 'm', 2, metric_type='gauge')",
         "TypeError: emit_agent_telemetry() takes no keyword arguments"},
        {"report_issue('c')", "TypeError: function takes exactly 2 arguments (1 given)"},
        {"report_issue(1, '{}')", "TypeError: argument 1 must be str, not int"},
        {"report_issue('c', {})", "TypeError: argument 2 must be str, not dict"},
        {"report_issue('c', issue='{}')",
         "TypeError: report_issue() takes no keyword arguments"},
        {"resolve_issue(1)", "TypeError: argument 1 must be str, not int"},
        {"resolve_issue(None)", "TypeError: argument 1 must be str, not None"},
        {"resolve_issue()", "TypeError: function takes exactly 1 argument (0 given)"},
        {"resolve_issue('c', 'i')", "TypeError: function takes exactly 1 argument (2 given)"},
        {"resolve_issue(issue_id='i')",
         "TypeError: resolve_issue() takes no keyword arguments"},
    };

    (void)state;
    rows_with(NULL, false, rows, ARRAY_LEN(rows));
}

static void the_cache_keeps_text(void **state)
{
    static const struct row rows[] = {
        {"write_persistent_cache('a:b', 'v\\u00e9')", "write 'a:b' 'v\xc3\xa9'"},
        {"read_persistent_cache('a:b')", "read 'a:b'; = 'somevalue'"},
        {"write_persistent_cache('k', 'a\\0b')", "ValueError: embedded null character"},
        {"write_persistent_cache('k')",
         "TypeError: function takes exactly 2 arguments (1 given)"},
        {"write_persistent_cache('k', 'v', 1)",
         "TypeError: function takes exactly 2 arguments (3 given)"},
        {"write_persistent_cache('k', value='v')",
         "TypeError: write_persistent_cache() takes no keyword arguments"},
        {"write_persistent_cache(1, 'v')", "TypeError: argument 1 must be str, not int"},
        {"write_persistent_cache('k', b'v')", "TypeError: argument 2 must be str, not bytes"},
        {"write_persistent_cache('k', None)", "TypeError: argument 2 must be str, not None"},
        {"write_persistent_cache('a\\0b', 'v')", "ValueError: embedded null character"},
        {"read_persistent_cache(1)", "TypeError: argument 1 must be str, not int"},
        {"read_persistent_cache('a\\0b')", "ValueError: embedded null character"},
        {"read_persistent_cache('k', 'v')",
         "TypeError: function takes exactly 1 argument (2 given)"},
        {"read_persistent_cache(key='k')",
         "TypeError: read_persistent_cache() takes no keyword arguments"},
    };
    static const struct row missing[] = {{"read_persistent_cache('k')", "read 'k'; = ''"}};
    static const struct row failing[] = {
        {"write_persistent_cache('k', 'v')", "write 'k' 'v'"},
        {"read_persistent_cache('k')", "read 'k'; RuntimeError: failed to read data"},
    };

    (void)state;
    rows_with("somevalue", false, rows, ARRAY_LEN(rows));
    rows_with(NULL, false, missing, ARRAY_LEN(missing));
    rows_with(NULL, true, failing, ARRAY_LEN(failing));
}

static void without_a_host_arguments_are_checked_all_the_same(void **state)
{
    static const struct row rows[] = {
        {"get_version()", ""},
        {"get_hostname()", ""},
        {"get_clustername()", ""},
        {"get_host_tags()", ""},
        {"get_config('k')", ""},
        {"get_config(1)", "TypeError: argument 1 must be str, not int"},
        {"headers()", ""},
        {"tracemalloc_enabled()", "= False"},
        {"get_process_start_time()", "= 0.0"},
        {"log('m', 10)", ""},
        {"log(1, 10)", "TypeError: argument 1 must be str, not int"},
        {"write_persistent_cache('k', 'v')", ""},
        {"write_persistent_cache('k', 1)", "TypeError: argument 2 must be str, not int"},
        {"read_persistent_cache('k')", ""},
        {"read_persistent_cache()", "TypeError: function takes exactly 1 argument (0 given)"},
        {"set_check_metadata('a', 'b', 'c')", ""},
        {"set_check_metadata('a', 'b', 1)", "TypeError: argument 3 must be str, not int"},
        {"send_log('a', 'b')", ""},
        {"send_log('a', 1)", "TypeError: argument 2 must be str, not int"},
        {"emit_agent_telemetry('c', 'm', 2, 'gauge')", ""},
        {"report_issue('c', '{}')", ""},
        {"resolve_issue('i')", ""},
    };

    (void)state;
    py_runtime()->sink = (struct adder_sink){0};
    py_runtime()->facts = (struct adder_facts){0};
    python_rows(rows, ARRAY_LEN(rows));
    py_runtime()->sink = sink;
    py_runtime()->facts = facts;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_is_there_and_documented),
        cmocka_unit_test(simple_questions_answer_a_str),
        cmocka_unit_test(text_that_is_no_utf8_is_replaced),
        cmocka_unit_test(settings_are_typed_by_yaml),
        cmocka_unit_test(the_key_of_a_setting_is_a_str),
        cmocka_unit_test(headers_take_a_host),
        cmocka_unit_test(log_records_go_out_without_the_gil),
        cmocka_unit_test(what_checks_tell_reaches_the_sink),
        cmocka_unit_test(what_checks_tell_is_checked),
        cmocka_unit_test(the_cache_keeps_text),
        cmocka_unit_test(without_a_host_arguments_are_checked_all_the_same),
    };

    return cmocka_run_group_tests(tests, start, python_tear_down);
}
