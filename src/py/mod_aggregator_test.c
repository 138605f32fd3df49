#include "py/modules_testing.h"

/* ---- The sink --------------------------------------------------------------------------- */

static void metric(void *ctx, void *user, struct adder_str id, const struct adder_metric *m)
{
    (void)ctx, (void)user;
    hear_call("metric");
    hear_text(id);
    buf_printf(&heard, " %d", m->kind);
    hear_text(m->name);
    buf_printf(&heard, " %.17g", m->value);
    hear_tags(m->tags);
    hear_text(m->hostname);
    buf_printf(&heard, " %d", m->flush_first_value);
}

static void bucket(void *ctx, void *user, struct adder_str id,
                   const struct adder_histogram_bucket *b)
{
    (void)ctx, (void)user;
    hear_call(b->multi ? "multi" : "bucket");
    hear_text(id);
    hear_text(b->name);
    buf_printf(&heard, " %lld %.17g %.17g %d", (long long)b->value, b->lower, b->upper,
               b->monotonic);
    hear_text(b->hostname);
    hear_tags(b->tags);
    buf_printf(&heard, " %d", b->flush_first_value);
}

static void service(void *ctx, void *user, struct adder_str id,
                    const struct adder_service_check *s)
{
    (void)ctx, (void)user;
    hear_call("service");
    hear_text(id);
    hear_text(s->name);
    buf_printf(&heard, " %d", s->status);
    hear_tags(s->tags);
    hear_text(s->hostname);
    hear_text(s->message);
}

static const struct adder_sink sink = {
    .metric = metric,
    .histogram_bucket = bucket,
    .service_check = service,
};

static int start(void **state)
{
    (void)state;
    python_start();
    py_runtime()->sink = sink;
    prepare("from aggregator import *\n"
            "def metric(value=1.5, tags=[], kind=0, id='c:1', name='m', host='h', *flush):\n"
            "    submit_metric(None, id, kind, name, value, tags, host, *flush)\n"
            "def tags(tags): metric(tags=tags)\n"
            "def flush(flag): metric(1.5, [], 0, 'c', 'm', 'h', flag)\n"
            "def bucket(value=42, low=1.0, high=2.0, monotonic=1, *flush):\n"
            "    submit_histogram_bucket(None, 'c', 'b', value, low, high, monotonic, 'h',\n"
            "                            ['t'], *flush)\n"
            "def service(status=1, tags=['a'], host='h', message='msg', name='s'):\n"
            "    submit_service_check(None, 'c', name, status, tags, host, message)\n"
            "class Text(str): pass\n"
            "class Octets(bytes): pass\n"
            "class Dict(dict): pass\n"
            "class Index:\n"
            "    def __init__(self, value): self.value = value\n"
            "    def __index__(self): return self.value\n"
            "class Float:\n"
            "    def __float__(self): return 2.5\n"
            "class BadFloat:\n"
            "    def __float__(self): return 2\n"
            "class Bare:\n"
            "    def __getitem__(self, i): return 'x'\n"
            "class Length(Bare):\n"
            "    def __init__(self, n): self.n = n\n"
            "    def __len__(self): return self.n\n"
            "    def __getitem__(self, i): return ['a', 'b', 'c'][i]\n"
            "class Broken(Length):\n"
            "    def __getitem__(self, i): raise KeyError('gone')\n"
            "class BadLength(Bare):\n"
            "    def __len__(self): raise KeyError('gone')\n"
            "class List(list):\n"
            "    def __iter__(self): return iter(['mine'])\n");
    return 0;
}

/* ---- Tests ------------------------------------------------------------------------------ */

#define METRIC  "metric 'c:1' 0 'm' 1.5"
#define WITH(t) METRIC " [" t " ] 'h' 0"

static void constants_and_functions_are_the_agents(void **state)
{
    static const struct row rows[] = {
        {"GAUGE, RATE, COUNT, MONOTONIC_COUNT, COUNTER, HISTOGRAM, HISTORATE",
         "= (0, 1, 2, 3, 4, 5, 6)"},
        {"sorted(n for n in vars(aggregator) if n[0] != '_')",
         "= ['COUNT', 'COUNTER', 'GAUGE', 'HISTOGRAM', 'HISTORATE', 'MONOTONIC_COUNT', 'RATE', "
         "'submit_event', 'submit_event_platform_event', 'submit_histogram_bucket', "
         "'submit_histogram_bucket_multi', 'submit_metric', 'submit_service_check']"},
        {"[n for n, f in vars(aggregator).items() if n[0] != '_' and callable(f) and not "
         "f.__doc__]",
         "= []"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void a_metric_reaches_the_sink(void **state)
{
    static const struct row rows[] = {
        {"submit_metric(None, 'id', GAUGE, 'name', -99.0, ['foo', 21, 'bar', ['hey']], 'host')",
         "metric 'id' 0 'name' -99 [ 'foo' 'bar' ] 'host' 0"},
        {"submit_metric(object(), '', HISTORATE, '', 0.1, (), '', True)",
         "metric '' 6 '' 0.10000000000000001 [ ] '' 1"},
        {"metric(kind=99)", "metric 'c:1' 99 'm' 1.5 [ ] 'h' 0"},
        {"metric(kind=-2**31)", "metric 'c:1' -2147483648 'm' 1.5 [ ] 'h' 0"},
        {"metric(kind=True)", "metric 'c:1' 1 'm' 1.5 [ ] 'h' 0"},
        {"metric(kind=Index(3))", "metric 'c:1' 3 'm' 1.5 [ ] 'h' 0"},
        {"metric(id=Text('sub'), name='n\\u00e4\\u20ac\\U0001f600', host=Text('w'))",
         "metric 'sub' 0 'n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80' 1.5 [ ] 'w' 0"},
        {"metric(7)", "metric 'c:1' 0 'm' 7 [ ] 'h' 0"},
        {"metric(-2**63)", "metric 'c:1' 0 'm' -9.2233720368547758e+18 [ ] 'h' 0"},
        {"metric(2**63 - 1)", "metric 'c:1' 0 'm' 9.2233720368547758e+18 [ ] 'h' 0"},
        {"metric(2**200)", "metric 'c:1' 0 'm' 1.6069380442589903e+60 [ ] 'h' 0"},
        {"metric(True)", "metric 'c:1' 0 'm' 1 [ ] 'h' 0"},
        {"metric(Float())", "metric 'c:1' 0 'm' 2.5 [ ] 'h' 0"},
        {"metric(Index(5))", "metric 'c:1' 0 'm' 5 [ ] 'h' 0"},
        {"metric(float('nan'))", "metric 'c:1' 0 'm' nan [ ] 'h' 0"},
        {"metric(float('inf'))", "metric 'c:1' 0 'm' inf [ ] 'h' 0"},
        {"metric(float('-inf'))", "metric 'c:1' 0 'm' -inf [ ] 'h' 0"},
        {"flush(False)", "metric 'c' 0 'm' 1.5 [ ] 'h' 0"},
        {"flush(2)", "metric 'c' 0 'm' 1.5 [ ] 'h' 1"},
        {"flush(255)", "metric 'c' 0 'm' 1.5 [ ] 'h' 1"},
        {"flush(Index(1))", "metric 'c' 0 'm' 1.5 [ ] 'h' 1"},
        {"flush(Index(0))", "metric 'c' 0 'm' 1.5 [ ] 'h' 0"},
        {"submit_metric(*([None, 'c', 0, 'm', 1, [], 'h']), **{})",
         "metric 'c' 0 'm' 1 [ ] 'h' 0"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void metric_arguments_are_checked_as_cpython_does(void **state)
{
    static const struct row rows[] = {
        {"submit_metric(None, 'c', 0, 'm', 1, [])",
         "TypeError: function takes at least 7 arguments (6 given)"},
        {"submit_metric()", "TypeError: function takes at least 7 arguments (0 given)"},
        {"submit_metric(1, 2, 3, 4, 5, 6, 7, 8, 9)",
         "TypeError: function takes at most 8 arguments (9 given)"},
        {"submit_metric(None, 'c', 0, 'm', 1, [], hostname='h')",
         "TypeError: submit_metric() takes no keyword arguments"},
        {"metric(id=1)", "TypeError: argument 2 must be str, not int"},
        {"metric(id=b'c')", "TypeError: argument 2 must be str, not bytes"},
        {"metric(id=None)", "TypeError: argument 2 must be str, not None"},
        {"metric(id='a\\0b')", "ValueError: embedded null character"},
        {"metric(kind='0')", "TypeError: 'str' object cannot be interpreted as an integer"},
        {"metric(kind=1.0)", "TypeError: 'float' object cannot be interpreted as an integer"},
        {"metric(kind=2**31)", "OverflowError: signed integer is greater than maximum"},
        {"metric(kind=-2**31 - 1)", "OverflowError: signed integer is less than minimum"},
        {"metric(kind=2**64)", "OverflowError: Python int too large to convert to C long"},
        {"metric(kind=None)",
         "TypeError: 'NoneType' object cannot be interpreted as an integer"},
        {"metric(name=None)", "TypeError: argument 4 must be str, not None"},
        {"metric(name=b'm')", "TypeError: argument 4 must be str, not bytes"},
        {"metric(name='a\\0b')", "ValueError: embedded null character"},
        {"metric(name='\\ud800')",
         "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud800' in position 0: "
         "surrogates not allowed"},
        {"metric(None)", "TypeError: must be real number, not NoneType"},
        {"metric('1')", "TypeError: must be real number, not str"},
        {"metric(10**400)", "OverflowError: int too large to convert to float"},
        {"metric(BadFloat())", "TypeError: BadFloat.__float__ returned non-float (type int)"},
        {"metric(host=None)", "TypeError: argument 7 must be str, not None"},
        {"metric(host=b'h')", "TypeError: argument 7 must be str, not bytes"},
        {"metric(host='a\\0b')", "ValueError: embedded null character"},
        /* All arguments are looked at before the tags are. */
        {"metric(tags=1, host=1)", "TypeError: argument 7 must be str, not int"},
        {"flush('1')", "TypeError: 'str' object cannot be interpreted as an integer"},
        {"flush(256)", "OverflowError: unsigned byte integer is greater than maximum"},
        {"flush(-1)", "OverflowError: unsigned byte integer is less than minimum"},
        {"flush(None)", "TypeError: 'NoneType' object cannot be interpreted as an integer"},
        {"flush(1.0)", "TypeError: 'float' object cannot be interpreted as an integer"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void tags_are_any_sequence_of_texts(void **state)
{
    static const struct row rows[] = {
        {"tags(['b', 'a', 'b', ''])", WITH(" 'b' 'a' 'b' ''")},
        {"tags(('x', 'y'))", WITH(" 'x' 'y'")},
        {"tags([1, 1.5, True, None, ['n'], ('n',), {}, bytearray(b'n'), 'kept'])",
         WITH(" 'kept'")},
        {"tags([b'raw\\xff', Octets(b'o'), Text('t'), b''])", WITH(" 'raw\xff' 'o' 't' ''")},
        {"tags(['e\\0f', b'g\\0h', '\\0'])", WITH(" 'e' 'g' ''")},
        {"tags(['\\u00e9\\0f', '\\u20ac', 'z\\U0001f600'])",
         WITH(" '\xc3\xa9' '\xe2\x82\xac' 'z\xf0\x9f\x98\x80'")},
        {"tags(['\\ud800', 'a\\udfff', '\\U0001f600\\udc00', 'ok'])", WITH(" 'ok'")},
        {"tags('abc')", WITH(" 'a' 'b' 'c'")},
        {"tags('')", WITH("")},
        {"tags(b'abc')", WITH("")},
        {"tags(range(3))", WITH("")},
        {"tags(Length(3))", WITH(" 'a' 'b' 'c'")},
        {"tags(Length(1))", WITH(" 'a' 'b' 'c'")},
        {"tags(Length(0))", WITH("")},
        {"tags(List(['theirs']))", WITH(" 'mine'")},
        {"tags(List())", WITH("")},
        {"tags(__import__('collections').UserList(['u']))", WITH(" 'u'")},
        {"tags(__import__('collections').deque(['d']))", WITH(" 'd'")},
        {"tags(None)", "TypeError: tags must be a sequence"},
        {"tags(123)", "TypeError: tags must be a sequence"},
        {"tags(1.5)", "TypeError: tags must be a sequence"},
        {"tags({'a'})", "TypeError: tags must be a sequence"},
        {"tags(frozenset())", "TypeError: tags must be a sequence"},
        {"tags({})", "TypeError: tags must be a sequence"},
        {"tags(Dict())", "TypeError: tags must be a sequence"},
        {"tags(t for t in ['a'])", "TypeError: tags must be a sequence"},
        {"tags(iter(['a']))", "TypeError: tags must be a sequence"},
        {"tags(Bare())", "RuntimeError: could not compute tags length"},
        {"tags(BadLength())", "RuntimeError: could not compute tags length"},
        {"tags(Broken(1))", "KeyError: 'gone'"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void as_many_tags_as_the_check_gives(void **state)
{
    static const int counts[] = {64, 65, 1000};
    AUTOFREE char *code = NULL;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        CLEANUP(buf_free) struct buf want;
        long before;

        buf_init(&want, 1 << 20);
        buf_add_str(&want, METRIC " [");
        for (int k = 0; k < counts[i]; k++)
            buf_printf(&want, " 't%d'", k);
        buf_add_str(&want, " ] 'h' 0");
        mem_free(code);
        code = mem_printf("tags(['t%%d' %% i for i in range(%d)])", counts[i]);
        before = mem_live();
        assert_string_equal(python_run(code), want.data);
        assert_int_equal(mem_live(), before);
    }
}

static void a_service_check_reaches_the_sink(void **state)
{
    static const struct row rows[] = {
        {"submit_service_check(None, 'id', 'svc', 1, ['foo', 21, 'bar', ['hey']], 'h', 'm')",
         "service 'id' 'svc' 1 [ 'foo' 'bar' ] 'h' 'm'"},
        {"service(7, (), '', '')", "service 'c' 's' 7 [ ] '' ''"},
        {"service(False)", "service 'c' 's' 0 [ 'a' ] 'h' 'msg'"},
        {"service(message='x\\0y')", "ValueError: embedded null character"},
        {"service(-2**31, host='\\u00e9')",
         "service 'c' 's' -2147483648 [ 'a' ] '\xc3\xa9' 'msg'"},
        {"service(Index(3), name=Text('t'))", "service 'c' 't' 3 [ 'a' ] 'h' 'msg'"},
        {"service(name=1)", "TypeError: argument 3 must be str, not int"},
        {"service(name=None)", "TypeError: argument 3 must be str, not None"},
        {"service('1')", "TypeError: 'str' object cannot be interpreted as an integer"},
        {"service(1.0)", "TypeError: 'float' object cannot be interpreted as an integer"},
        {"service(None)", "TypeError: 'NoneType' object cannot be interpreted as an integer"},
        {"service(2**31)", "OverflowError: signed integer is greater than maximum"},
        {"service(tags=123)", "TypeError: tags must be a sequence"},
        {"service(host=None)", "TypeError: argument 6 must be str, not None"},
        {"service(message=None)", "TypeError: argument 7 must be str, not None"},
        {"service(message=b'm')", "TypeError: argument 7 must be str, not bytes"},
        {"service(message='\\ud800')",
         "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud800' in position 0: "
         "surrogates not allowed"},
        {"service(tags=None)", "TypeError: tags must be a sequence"},
        {"submit_service_check(*range(8))",
         "TypeError: function takes exactly 7 arguments (8 given)"},
        {"submit_service_check(None, 1, 's', 1, [], 'h', 'm')",
         "TypeError: argument 2 must be str, not int"},
        {"submit_service_check(None, 'c')",
         "TypeError: function takes exactly 7 arguments (2 given)"},
        {"submit_service_check(check=1)",
         "TypeError: submit_service_check() takes no keyword arguments"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void a_histogram_bucket_reaches_the_sink(void **state)
{
    static const struct row rows[] = {
        {"submit_histogram_bucket(None, 'id', 'n', 42, 1.0, 2.0, 1, 'host', ['a', 3, 'b'])",
         "bucket 'id' 'n' 42 1 2 1 'host' [ 'a' 'b' ] 0"},
        {"submit_histogram_bucket_multi(None, 'id', 'n', 42, 1.0, 2.0, 0, 'host', [], True)",
         "multi 'id' 'n' 42 1 2 0 'host' [ ] 1"},
        {"bucket(-2**63, float('-inf'), float('inf'), False, 0)",
         "bucket 'c' 'b' -9223372036854775808 -inf inf 0 'h' [ 't' ] 0"},
        /* The Agent's would arrive as 2.0999999. */
        {"bucket(low=2.1)", "bucket 'c' 'b' 42 2.1000000000000001 2 1 'h' [ 't' ] 0"},
        {"bucket(True, 1, 2, 7, 255)", "bucket 'c' 'b' 1 1 2 1 'h' [ 't' ] 1"},
        {"bucket(Index(9), Float())", "bucket 'c' 'b' 9 2.5 2 1 'h' [ 't' ] 0"},
        {"bucket(monotonic=-1)", "bucket 'c' 'b' 42 1 2 1 'h' [ 't' ] 0"},
        {"bucket(42.0)", "TypeError: 'float' object cannot be interpreted as an integer"},
        {"bucket(None)", "TypeError: 'NoneType' object cannot be interpreted as an integer"},
        {"bucket(2**63)", "OverflowError: int too big to convert"},
        {"bucket(-2**63 - 1)", "OverflowError: int too big to convert"},
        {"bucket(low=10**400)", "OverflowError: int too large to convert to float"},
        {"bucket(low='1')", "TypeError: must be real number, not str"},
        {"bucket(high=None)", "TypeError: must be real number, not NoneType"},
        {"bucket(monotonic=None)",
         "TypeError: 'NoneType' object cannot be interpreted as an integer"},
        {"bucket(monotonic=2**31)", "OverflowError: signed integer is greater than maximum"},
        {"bucket(monotonic=0.5)",
         "TypeError: 'float' object cannot be interpreted as an integer"},
        {"bucket(42, 1, 2, 1, 256)",
         "OverflowError: unsigned byte integer is greater than maximum"},
        {"bucket(42, 1, 2, 1, None)",
         "TypeError: 'NoneType' object cannot be interpreted as an integer"},
        {"submit_histogram_bucket(None, 1, 'b', 1, 1, 1, 1, 'h', [])",
         "TypeError: argument 2 must be str, not int"},
        {"submit_histogram_bucket(None, 'c', None, 1, 1, 1, 1, 'h', [])",
         "TypeError: argument 3 must be str, not None"},
        {"submit_histogram_bucket(None, 'c', 'b', 1, 1, 1, 1, None, [])",
         "TypeError: argument 8 must be str, not None"},
        {"submit_histogram_bucket_multi(None, 1, 'b', 1, 1, 1, 1, 'h', [])",
         "TypeError: argument 2 must be str, not int"},
        {"submit_histogram_bucket(None, 'c', 'b', 1, 1, 1, 1, ['t'], 'h')",
         "TypeError: argument 8 must be str, not list"},
        {"submit_histogram_bucket(None, 'c', 'b', 1, 1, 1, 1, 'h', None)",
         "TypeError: tags must be a sequence"},
        {"submit_histogram_bucket(None)",
         "TypeError: function takes at least 9 arguments (1 given)"},
        {"submit_histogram_bucket_multi(*range(11))",
         "TypeError: function takes at most 10 arguments (11 given)"},
        {"submit_histogram_bucket_multi(a=1)",
         "TypeError: submit_histogram_bucket_multi() takes no keyword arguments"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void without_a_sink_arguments_are_checked_all_the_same(void **state)
{
    static const struct row rows[] = {
        {"metric()", ""},
        {"bucket()", ""},
        {"service()", ""},
        {"metric(id=1)", "TypeError: argument 2 must be str, not int"},
        {"metric(tags=1)", "TypeError: tags must be a sequence"},
        {"bucket(1.5)", "TypeError: 'float' object cannot be interpreted as an integer"},
        {"service(name=1)", "TypeError: argument 3 must be str, not int"},
    };

    (void)state;
    py_runtime()->sink = (struct adder_sink){0};
    python_rows(rows, ARRAY_LEN(rows));
    py_runtime()->sink = sink;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_and_functions_are_the_agents),
        cmocka_unit_test(a_metric_reaches_the_sink),
        cmocka_unit_test(metric_arguments_are_checked_as_cpython_does),
        cmocka_unit_test(tags_are_any_sequence_of_texts),
        cmocka_unit_test(as_many_tags_as_the_check_gives),
        cmocka_unit_test(a_service_check_reaches_the_sink),
        cmocka_unit_test(a_histogram_bucket_reaches_the_sink),
        cmocka_unit_test(without_a_sink_arguments_are_checked_all_the_same),
    };

    return cmocka_run_group_tests(tests, start, python_tear_down);
}
