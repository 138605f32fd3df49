#include "py/modules_testing.h"

static void external_tags(void *ctx, void *user, struct adder_str hostname,
                          struct adder_str source, struct adder_tags tags)
{
    (void)ctx, (void)user;
    hear("external");
    hear_text(hostname);
    hear_text(source);
    hear_tags(tags);
}

static int start(void **state)
{
    (void)state;
    python_start();
    py_runtime()->sink.external_tags = external_tags;
    prepare("from datadog_agent import *\n");
    return 0;
}

static int end(void **state)
{
    (void)state;
    python_end();
    return 0;
}

#define GOOD "('h', {'s': ['t']})"

static void external_tags_are_submitted_one_by_one(void **state)
{
    static const struct row rows[] = {
        {"set_external_tags([('h1', {'s1': ['a', 1, ['x'], 'b']}), "
         "('h2', {'s2': ['\\u00e9', b'c']})])",
         "external 'h1' 's1' [ 'a' 'b' ]; external 'h2' 's2' [ '\xc3\xa9' 'c' ]"},
        {"set_external_tags([(b'h', {b's': [1, 2]}, 'extra')])", "external 'h' 's' [ ]"},
        {"set_external_tags([('h', {'first': ['a'], 'second': ['b']})])",
         "external 'h' 'first' [ 'a' ]"},
        {"set_external_tags([('x', {}), " GOOD ", ('y', {})])", "external 'h' 's' [ 't' ]"},
        {"set_external_tags([])", ""},
        {"set_external_tags({})", "TypeError: tags must be a list"},
        {"set_external_tags(())", "TypeError: tags must be a list"},
        {"set_external_tags([{}, {}])",
         "TypeError: external host tags list must contain only tuples"},
        {"set_external_tags([" GOOD ", ['h', {}]])",
         "external 'h' 's' [ 't' ]; TypeError: external host tags list must contain only "
         "tuples"},
        {"set_external_tags([(123, {})])", "TypeError: hostname is not a valid string"},
        {"set_external_tags([()])", "TypeError: hostname is not a valid string"},
        {"set_external_tags([('\\ud800', {})])", "TypeError: hostname is not a valid string"},
        {"set_external_tags([('h',)])",
         "TypeError: second elem of the host tags tuple must be a dict"},
        {"set_external_tags([('h', ('s', []))])",
         "TypeError: second elem of the host tags tuple must be a dict"},
        {"set_external_tags([" GOOD ", ('h', {1: []})])",
         "external 'h' 's' [ 't' ]; TypeError: source_type is not a valid string"},
        {"set_external_tags([('h', {'s': {}})])",
         "TypeError: dict value must be a list of tags"},
        {"set_external_tags([('h', {'s': ('t',)})])",
         "TypeError: dict value must be a list of tags"},
        {"set_external_tags()", "TypeError: function takes exactly 1 argument (0 given)"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void tags_survive_being_changed_while_they_are_read(void **state)
{
    static const struct row rows[] = {
        {"class Tags(list):\n"
         "    def __iter__(self):\n"
         "        hosts.clear()\n"
         "        sources.clear()\n"
         "        return iter(['tag ' + 'z' * 3])\n"
         "sources = {'source ' + 'x' * 3: Tags('t')}\n"
         "hosts = [('host ' + 'y' * 3, sources), (1, 2)]\n"
         "set_external_tags(hosts)",
         "external 'host yyy' 'source xxx' [ 'tag zzz' ]"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void without_a_sink_arguments_are_checked_all_the_same(void **state)
{
    static const struct row rows[] = {
        {"set_external_tags([" GOOD "])", ""},
        {"set_external_tags(1)", "TypeError: tags must be a list"},
        {"set_external_tags([1])",
         "TypeError: external host tags list must contain only tuples"},
    };

    (void)state;
    py_runtime()->sink.external_tags = NULL;
    python_rows(rows, ARRAY_LEN(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(external_tags_are_submitted_one_by_one),
        cmocka_unit_test(tags_survive_being_changed_while_they_are_read),
        cmocka_unit_test(without_a_sink_arguments_are_checked_all_the_same),
    };

    return cmocka_run_group_tests(tests, start, end);
}
