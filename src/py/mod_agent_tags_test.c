#include "py/modules_testing.h"

static void external_tags(void *ctx, void *user, struct adder_str hostname,
                          struct adder_str source, struct adder_tags tags)
{
    (void)ctx, (void)user;
    hear_call("external");
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

#define GOOD "('h', {'s': ['t']})"
#define TEN(i) \
    " '" i "0' '" i "1' '" i "2' '" i "3' '" i "4' '" i "5' '" i "6' '" i "7' '" i "8' '" i "9'"
#define SIXTY_FIVE \
    TEN("") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") " '60' '61' '62' '63' '64'"

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
        {"set_external_tags([('h\\0x', {'s\\0x': ['t\\0x', '', '\\ud800', None, "
         "bytearray(b'n')]})])",
         "external 'h' 's' [ 't' '' ]"},
        {"set_external_tags([('h', {'s': ['t']}), ('h', {'s': ['t', 't']})])",
         "external 'h' 's' [ 't' ]; external 'h' 's' [ 't' 't' ]"},
        {"set_external_tags([('h', {'s': [str(i) for i in range(65)]})])",
         "external 'h' 's' [" SIXTY_FIVE " ]"},
        {"set_external_tags([])", ""},
        {"set_external_tags(None)", "TypeError: tags must be a list"},
        {"set_external_tags({})", "TypeError: tags must be a list"},
        {"set_external_tags(())", "TypeError: tags must be a list"},
        {"set_external_tags([{}, {}])",
         "TypeError: external host tags list must contain only tuples"},
        {"set_external_tags([" GOOD ", ['h', {}]])",
         "external 'h' 's' [ 't' ]; TypeError: external host tags list must contain only "
         "tuples"},
        {"set_external_tags([(123, {})])", "TypeError: hostname is not a valid string"},
        {"set_external_tags([()])", "TypeError: hostname is not a valid string"},
        {"set_external_tags([(None, {})])", "TypeError: hostname is not a valid string"},
        /* The first thing that is wrong is what is said. */
        {"set_external_tags([(1, 2), 3])", "TypeError: hostname is not a valid string"},
        {"set_external_tags([('\\ud800', {})])", "TypeError: hostname is not a valid string"},
        {"set_external_tags([('h',)])",
         "TypeError: second elem of the host tags tuple must be a dict"},
        {"set_external_tags([('h', ('s', []))])",
         "TypeError: second elem of the host tags tuple must be a dict"},
        {"set_external_tags([" GOOD ", ('h', {1: []})])",
         "external 'h' 's' [ 't' ]; TypeError: source_type is not a valid string"},
        {"set_external_tags([('h', {'\\ud800': ['t']})])",
         "TypeError: source_type is not a valid string"},
        {"set_external_tags([('h', {1: ()})])", "TypeError: source_type is not a valid string"},
        {"set_external_tags([('h', {'s': {}})])",
         "TypeError: dict value must be a list of tags"},
        {"set_external_tags([('h', {'s': ('t',)})])",
         "TypeError: dict value must be a list of tags"},
        {"set_external_tags()", "TypeError: function takes exactly 1 argument (0 given)"},
        {"set_external_tags([], [])", "TypeError: function takes exactly 1 argument (2 given)"},
        {"set_external_tags(tags=[])",
         "TypeError: set_external_tags() takes no keyword arguments"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

/* Nothing written in Python runs meanwhile, so nothing can change under the reader. */
static void objects_are_read_as_what_they_are_made_from(void **state)
{
    static const struct row rows[] = {
        {"class Tags(list):\n"
         "    def __iter__(self): return iter(['theirs'])\n"
         "    def __getitem__(self, i): return 'theirs'\n"
         "    def __len__(self): return 7\n"
         "class Sources(dict):\n"
         "    def items(self): return [('theirs', [])]\n"
         "class Pair(tuple):\n"
         "    def __getitem__(self, i): return 'theirs'\n"
         "set_external_tags(Tags([Pair(('h', Sources(s=Tags(['t']))))]))",
         "external 'h' 's' [ 't' ]"},
    };

    (void)state;
    python_rows(rows, ARRAY_LEN(rows));
}

static void no_memory_is_an_exception(void **state)
{
    (void)state;
    mem_fail_at(0);
    assert_string_equal(python_run("set_external_tags([" GOOD ", ('h', {'s': ['t'] * 65})])"),
                        "external 'h' 's' [ 't' ]; MemoryError: unable to allocate memory, "
                        "bailing out");
    assert_true(mem_failed());
    mem_fail_at(-1);
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
        cmocka_unit_test(objects_are_read_as_what_they_are_made_from),
        cmocka_unit_test(no_memory_is_an_exception),
        cmocka_unit_test(without_a_sink_arguments_are_checked_all_the_same),
    };

    return cmocka_run_group_tests(tests, start, python_tear_down);
}
