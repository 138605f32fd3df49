#include "py/modules_testing.h"

/* ---- Sink and facts --------------------------------------------------------------------- */

static void metadata(void *ctx, void *user, struct adder_str id, struct adder_str name,
                     struct adder_str value)
{
    (void)ctx, (void)user;
    hear("metadata");
    hear_text(id);
    hear_text(name);
    hear_text(value);
}

static void log_line(void *ctx, void *user, struct adder_str id, struct adder_str line)
{
    (void)ctx, (void)user;
    hear("line");
    hear_text(id);
    hear_text(line);
}

static void telemetry(void *ctx, void *user, struct adder_str check, struct adder_str name,
                      double value, struct adder_str type)
{
    (void)ctx, (void)user;
    hear("telemetry");
    hear_text(check);
    hear_text(name);
    buf_printf(&heard, " %.17g", value);
    hear_text(type);
}

static void issue(void *ctx, void *user, struct adder_str check, struct adder_str json)
{
    (void)ctx, (void)user;
    hear("issue");
    hear_text(check);
    hear_text(json);
}

static void issue_resolved(void *ctx, void *user, struct adder_str id)
{
    (void)ctx, (void)user;
    hear("resolved");
    hear_text(id);
}

static const struct adder_sink sink = {
    .metadata = metadata,
    .log_line = log_line,
    .telemetry = telemetry,
    .issue = issue,
    .issue_resolved = issue_resolved,
};

/* What facts reply next; NULL: nothing. The context of all facts. */
static struct {
    const char *text;
    size_t len;
    bool fails; /* those that can */
} answer;

static void reply(struct adder_reply *ret)
{
    if (answer.text != NULL)
        adder_reply(ret, answer.text, answer.len);
}

static int reply_or_fail(void *ctx, struct adder_reply *ret, struct adder_error *err)
{
    assert_ptr_equal(ctx, &answer);
    reply(ret);
    return answer.fails ? err_set(err, ADDER_INVALID, "result is empty") : 0;
}

static void say(void *ctx, struct adder_reply *ret)
{
    assert_ptr_equal(ctx, &answer);
    reply(ret);
}

static void config(void *ctx, struct adder_str key, struct adder_reply *ret)
{
    (void)ctx;
    hear("config");
    hear_text(key);
    reply(ret);
}

static bool tracemalloc(void *ctx)
{
    (void)ctx;
    return answer.text != NULL;
}

static double start_time(void *ctx)
{
    (void)ctx;
    return 1700000000.123456;
}

static void log_record(void *ctx, struct adder_str message, int level)
{
    (void)ctx;
    assert_false(PyGILState_Check());
    hear("log");
    hear_text(message);
    buf_printf(&heard, " %d", level);
}

static int cache_write(void *ctx, struct adder_str key, struct adder_str value,
                       struct adder_error *err)
{
    (void)ctx;
    assert_false(PyGILState_Check());
    hear("write");
    hear_text(key);
    hear_text(value);
    return answer.fails ? err_set(err, ADDER_SYSTEM, "disk full") : 0;
}

static int cache_read(void *ctx, struct adder_str key, struct adder_reply *ret,
                      struct adder_error *err)
{
    assert_false(PyGILState_Check());
    hear("read");
    hear_text(key);
    return reply_or_fail(ctx, ret, err);
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
    py_runtime()->facts_ctx = &answer;
    prepare("from datadog_agent import *\n"
            "class Text(str): pass\n"
            "class Index:\n"
            "    def __index__(self): return 3\n");
    return 0;
}

static int end(void **state)
{
    (void)state;
    python_end();
    return 0;
}

/* Rows run with one answer. */
static void rows_with(const char *text, bool fails, const struct row *rows, size_t n)
{
    long before = mem_live();

    answer.text = text;
    answer.len = text != NULL ? strlen(text) : 0;
    answer.fails = fails;
    python_rows(rows, n);
    assert_int_equal(mem_live(), before);
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
        {"get_process_start_time()", "= 1700000000.123456"},
        {"get_version(1)",
         "TypeError: datadog_agent.get_version() takes no arguments (1 given)"},
        {"get_hostname(x=1)",
         "TypeError: datadog_agent.get_hostname() takes no keyword arguments"},
    };
    static const struct row none[] = {
        {"get_version()", ""},
        {"get_hostname()", ""},
        {"get_clustername()", ""},
        {"get_host_tags()", ""},
        {"tracemalloc_enabled()", "= False"},
    };

    (void)state;
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
    };

    (void)state;
    rows_with("1", false, rows, ARRAY_LEN(rows));
}

static void headers_take_a_host(void **state)
{
    static const struct row rows[] = {
        {"headers()", "= {'User-Agent': 'a/1', 'Accept': '*/*'}"},
        {"headers(http_host='h', ignore_me='snafu')",
         "= {'User-Agent': 'a/1', 'Accept': '*/*', 'Host': 'h'}"},
        {"headers({}, 1, http_host=7)", "= {'User-Agent': 'a/1', 'Accept': '*/*', 'Host': 7}"},
        {"util.headers(http_host=None)",
         "= {'User-Agent': 'a/1', 'Accept': '*/*', 'Host': None}"},
        {"util.headers is headers", "= False"},
    };
    static const struct row none[] = {{"headers(http_host='h')", ""}, {"util.headers()", ""}};

    (void)state;
    rows_with("User-Agent: a/1\nAccept: '*/*'\n", false, rows, ARRAY_LEN(rows));
    rows_with("[a list]", false, none, ARRAY_LEN(none));
    rows_with("{", false, none, ARRAY_LEN(none));
    rows_with(NULL, false, none, ARRAY_LEN(none));
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
        {"set_check_metadata('id', 'n', None)", "TypeError: argument 3 must be str, not None"},
        {"set_check_metadata('id', 'n')",
         "TypeError: function takes exactly 3 arguments (2 given)"},
        {"send_log('{\"a\": 1}', 'id')", "line 'id' '{\"a\": 1}'"},
        {"send_log({}, 'id')", "TypeError: argument 1 must be str, not dict"},
        {"emit_agent_telemetry('c', 'm', 2, 'gauge')", "telemetry 'c' 'm' 2 'gauge'"},
        {"emit_agent_telemetry('c', 'm', 0.5, 'counter')", "telemetry 'c' 'm' 0.5 'counter'"},
        {"emit_agent_telemetry('c', 'm', '2', 'gauge')",
         "TypeError: must be real number, not str"},
        {"emit_agent_telemetry('c', 'm', 2, None)",
         "TypeError: argument 4 must be str, not None"},
        {"report_issue('c', '{}')", "issue 'c' '{}'"},
        {"report_issue('c')", "TypeError: function takes exactly 2 arguments (1 given)"},
        {"report_issue('c', {})", "TypeError: argument 2 must be str, not dict"},
        {"resolve_issue('i')", "resolved 'i'"},
        {"resolve_issue(1)", "TypeError: argument 1 must be str, not int"},
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
        {"write_persistent_cache('k', b'v')", "TypeError: argument 2 must be str, not bytes"},
        {"read_persistent_cache(1)", "TypeError: argument 1 must be str, not int"},
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
        cmocka_unit_test(the_cache_keeps_text),
        cmocka_unit_test(without_a_host_arguments_are_checked_all_the_same),
    };

    return cmocka_run_group_tests(tests, start, end);
}
