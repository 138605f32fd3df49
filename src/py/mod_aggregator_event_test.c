#include "py/modules_testing.h"

/* ---- The sink --------------------------------------------------------------------------- */

static void event(void *ctx, void *user, struct adder_str id, const struct adder_event *e)
{
    (void)ctx, (void)user;
    hear_call("event");
    hear_text(id);
    hear_text(e->title);
    hear_text(e->text);
    buf_printf(&heard, " %lld", (long long)e->timestamp);
    hear_text(e->priority);
    hear_text(e->host);
    hear_text(e->alert_type);
    hear_text(e->aggregation_key);
    hear_text(e->source_type_name);
    hear_text(e->event_type);
    hear_tags(e->tags);
}

static void platform(void *ctx, void *user, struct adder_str id, struct adder_str raw,
                     struct adder_str type)
{
    (void)ctx, (void)user;
    hear_call("platform");
    hear_text(id);
    buf_printf(&heard, " %zu:", raw.len);
    for (size_t i = 0; i < raw.len; i++)
        buf_printf(&heard, "%02x", (unsigned char)raw.ptr[i]);
    hear_text(type);
}

static int start(void **state)
{
    (void)state;
    python_start();
    py_runtime()->sink.event = event;
    py_runtime()->sink.event_platform = platform;
    prepare("from aggregator import *\n"
            "TEXTS = ('msg_title', 'msg_text', 'priority', 'host', 'alert_type',\n"
            "         'aggregation_key', 'source_type_name', 'event_type')\n"
            "def event(**e): submit_event(None, 'c', e)\n"
            "def platform(raw, kind='dbm-samples'):\n"
            "    submit_event_platform_event(None, 'c', raw, kind)\n"
            "class Text(str): pass\n"
            "class Octets(bytes): pass\n"
            "class Dict(dict): pass\n"
            "class Index:\n"
            "    def __init__(self, value): self.value = value\n"
            "    def __index__(self): return self.value\n"
            "class Length:\n"
            "    def __init__(self, n): self.n = n\n"
            "    def __len__(self): return self.n\n");
    return 0;
}

/* ---- Tests ------------------------------------------------------------------------------ */

static void an_event_reaches_the_sink(void **state)
{
    static const struct row rows[] = {
        {"event(msg_title='t', msg_text='x', timestamp=123456, priority='low', host='h', "
         "alert_type='info', aggregation_key='k', source_type_name='s', event_type='e', "
         "tags=['a', 1, 'b'], event_object='ignored', api_key='ignored')",
         "event 'c' 't' 'x' 123456 'low' 'h' 'info' 'k' 's' 'e' [ 'a' 'b' ]"},
        {"event(msg_text='only')", "event 'c' - 'only' 0 - - - - - - [-]"},
        {"event()", "event 'c' - - 0 - - - - - - [-]"},
        {"event(msg_title=b'b', msg_text='a\\0b', host=1, priority=None, event_type='\\ud800')",
         "event 'c' 'b' 'a' 0 - - - - - - [-]"},
        {"event(**{k: k.encode() for k in TEXTS})",
         "event 'c' 'msg_title' 'msg_text' 0 'priority' 'host' 'alert_type' 'aggregation_key' "
         "'source_type_name' 'event_type' [-]"},
        {"event(**{k: '' for k in TEXTS})", "event 'c' '' '' 0 '' '' '' '' '' '' [-]"},
        {"event(**{k: bytearray(b'x') for k in TEXTS})", "event 'c' - - 0 - - - - - - [-]"},
        {"event(tags=())", "event 'c' - - 0 - - - - - - [ ]"},
        {"event(timestamp=1.9)", "event 'c' - - 0 - - - - - - [-]"},
        {"event(timestamp='12')", "event 'c' - - 0 - - - - - - [-]"},
        {"event(timestamp=2**63)", "event 'c' - - 0 - - - - - - [-]"},
        {"event(timestamp=None)", "event 'c' - - 0 - - - - - - [-]"},
        {"event(timestamp=-1)", "event 'c' - - 0 - - - - - - [-]"},
        {"event(timestamp=-2)", "event 'c' - - -2 - - - - - - [-]"},
        {"event(timestamp=True)", "event 'c' - - 1 - - - - - - [-]"},
        {"event(timestamp=Index(8))", "event 'c' - - 8 - - - - - - [-]"},
        {"submit_event(None, 'c', Dict(host='h'))", "event 'c' - - 0 - 'h' - - - - [-]"},
        {"event(timestamp=-2**63)", "event 'c' - - -9223372036854775808 - - - - - - [-]"},
        {"event(tags='ab')", "event 'c' - - 0 - - - - - - [ 'a' 'b' ]"},
        {"event(tags=None)", "TypeError: tags must be a sequence"},
        {"event(tags=123)", "TypeError: tags must be a sequence"},
        {"submit_event(None, 'c', 'text')", "TypeError: event must be a dict"},
        {"submit_event(None, 'c', [])", "TypeError: event must be a dict"},
        {"submit_event(None, 'c', None)", "TypeError: event must be a dict"},
        {"submit_event(None, 1, {})", "TypeError: argument 2 must be str, not int"},
        {"submit_event(None, 1, 'text')", "TypeError: argument 2 must be str, not int"},
        {"submit_event(None, 'a\\0b', {})", "ValueError: embedded null character"},
        {"submit_event(None, 'c')", "TypeError: function takes exactly 3 arguments (2 given)"},
        {"submit_event(None, 'c', {}, 1)",
         "TypeError: function takes exactly 3 arguments (4 given)"},
        {"submit_event(None, 'c', event={})",
         "TypeError: submit_event() takes no keyword arguments"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void an_event_is_left_as_it_was(void **state)
{
    static const struct row rows[] = {
        {"e = dict(msg_title='t', timestamp=1.5, tags=['a', 1], api_key='k', other=None)\n"
         "before = dict(e, tags=list(e['tags']))\n"
         "submit_event(None, 'c', e)\n"
         "assert e == before",
         "event 'c' 't' - 0 - - - - - - [ 'a' ]"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void an_event_survives_being_changed_while_it_is_read(void **state)
{
    static const struct row rows[] = {
        {"class Thief:\n"
         "    def __index__(self):\n"
         "        e.clear()\n"
         "        return 5\n"
         "e = dict(msg_title='title ' + 'x' * 3, host='host ' + 'y' * 3, timestamp=Thief())\n"
         "submit_event(None, 'c', e)",
         "event 'c' 'title xxx' - 5 - 'host yyy' - - - - [-]"},
        {"class Tags(Length):\n"
         "    def __getitem__(self, i):\n"
         "        e.clear()\n"
         "        return ['tag ' + 'z' * 3][i]\n"
         "e = dict(msg_title='title ' + 'x' * 3, tags=Tags(1))\n"
         "submit_event(None, 'c', e)",
         "event 'c' 'title xxx' - 0 - - - - - - [ 'tag zzz' ]"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void an_event_platform_event_reaches_the_sink(void **state)
{
    static const struct row rows[] = {
        {"platform('raw')", "platform 'c' 3:726177 'dbm-samples'"},
        {"platform(b'a\\0b\\xff')", "platform 'c' 4:610062ff 'dbm-samples'"},
        {"platform('\\u00e9\\0')", "platform 'c' 3:c3a900 'dbm-samples'"},
        {"platform('', '')", "platform 'c' 0: ''"},
        {"platform(b'', 'raw-event')", "platform 'c' 0: 'raw-event'"},
        {"platform(Octets(b'o'), Text('t'))", "platform 'c' 1:6f 't'"},
        {"platform(memoryview(b'view'))",
         "TypeError: argument 3 must be read-only bytes-like object, not memoryview"},
        {"platform(bytearray(b'x'))",
         "TypeError: argument 3 must be read-only bytes-like object, not bytearray"},
        {"platform(None)", "TypeError: a bytes-like object is required, not 'NoneType'"},
        {"platform(1)", "TypeError: a bytes-like object is required, not 'int'"},
        {"platform({})", "TypeError: a bytes-like object is required, not 'dict'"},
        {"platform('\\ud800')",
         "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud800' in position 0: "
         "surrogates not allowed"},
        {"platform('r', 1)", "TypeError: argument 4 must be str, not int"},
        {"platform('r', b't')", "TypeError: argument 4 must be str, not bytes"},
        {"platform('r', None)", "TypeError: argument 4 must be str, not None"},
        {"platform('r', 'a\\0b')", "ValueError: embedded null character"},
        {"submit_event_platform_event(None, 1, 'r', 't')",
         "TypeError: argument 2 must be str, not int"},
        {"submit_event_platform_event(None, 'c')",
         "TypeError: function takes exactly 4 arguments (2 given)"},
        {"submit_event_platform_event(None, 'c', 'r', event_type='t')",
         "TypeError: submit_event_platform_event() takes no keyword arguments"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

/* The memory is asked for but never touched. */
static void an_event_platform_event_has_a_limit(void **state)
{
    static const struct row rows[] = {
        {"platform(bytes(2**31))", "ValueError: event is too large"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void without_a_sink_arguments_are_checked_all_the_same(void **state)
{
    static const struct row rows[] = {
        {"event()", ""},
        {"platform('')", ""},
        {"submit_event(None, 'c', 1)", "TypeError: event must be a dict"},
        {"event(tags=1)", "TypeError: tags must be a sequence"},
        {"platform(1)", "TypeError: a bytes-like object is required, not 'int'"},
    };

    (void)state;
    py_runtime()->sink = (struct adder_sink){0};
    python_rows(rows, ARRAY_LEN(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_reaches_the_sink),
        cmocka_unit_test(an_event_is_left_as_it_was),
        cmocka_unit_test(an_event_survives_being_changed_while_it_is_read),
        cmocka_unit_test(an_event_platform_event_reaches_the_sink),
        cmocka_unit_test(an_event_platform_event_has_a_limit),
        cmocka_unit_test(without_a_sink_arguments_are_checked_all_the_same),
    };

    return cmocka_run_group_tests(tests, start, python_tear_down);
}
