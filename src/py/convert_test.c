#include "py/modules_testing.h"

#include "py/convert.h"

/* The object of an expression, owned. */
static PyObject *object(const char *expression)
{
    PyObject *o = PyRun_String(expression, Py_eval_input, globals, globals);

    must(o != NULL);
    return o;
}

/* ---- Python to C ------------------------------------------------------------------------ */

static void text_is_a_str_or_bytes_up_to_its_first_nul(void **state)
{
    static const struct {
        const char *expression;
        const char *text; /* NULL: none */
        size_t whole;     /* bytes of py_utf8(); 0: none */
    } cases[] = {
        {"'plain'", "plain", 5},
        {"'\\u00e9'", "\xc3\xa9", 2},
        {"'\\u20ac'", "\xe2\x82\xac", 3},
        {"'\\U0001f600'", "\xf0\x9f\x98\x80", 4},
        {"'a\\0b'", "a", 3},
        {"'\\u00e9\\0b'", "\xc3\xa9", 4},
        {"b'raw\\xff'", "raw\xff", 0},
        {"b'a\\0b'", "a", 0},
        {"type('S', (str,), {})('sub')", "sub", 3},
        {"type('S', (str,), {})('s\\u00fcb')",
         "s\xc3\xbc"
         "b",
         4},
        {"type('B', (bytes,), {})(b'sub')", "sub", 0},
        {"'\\ud800'", NULL, 0},
        {"'\\U0001f600\\udfff'", NULL, 0},
        {"bytearray(b'x')", NULL, 0},
        {"memoryview(b'x')", NULL, 0},
        {"1", NULL, 0},
        {"None", NULL, 0},
        {"['x']", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        REF *o = object(cases[i].expression);
        struct adder_str text, whole;

        assert_int_equal(py_text(o, &text), cases[i].text != NULL);
        if (cases[i].text != NULL)
            assert_true(str_is(text, cases[i].text));
        assert_int_equal(py_utf8(o, &whole), cases[i].whole > 0);
        if (cases[i].whole > 0)
            assert_int_equal(whole.len, cases[i].whole);
        assert_null(PyErr_Occurred());
    }
}

static void tags_are_lent_not_copied(void **state)
{
    REF *list = object("['env:prod', b'raw']");
    struct py_tags tags;
    long before = mem_live();

    (void)state;
    assert_int_equal(py_tags(list, &tags), 0);
    assert_int_equal(mem_live(), before);
    assert_int_equal(tags.count, 2);
    assert_ptr_equal(tags.items[0].ptr, PyUnicode_AsUTF8(PyList_GET_ITEM(list, 0)));
    assert_ptr_equal(tags.items[1].ptr, PyBytes_AS_STRING(PyList_GET_ITEM(list, 1)));
    py_tags_end(&tags);
    py_tags_end(&tags);
}

static void tags_without_memory_are_an_error(void **state)
{
    REF *list = object("['t'] * 65");
    struct py_tags tags;
    long before = mem_live();

    (void)state;
    mem_fail_at(0);
    assert_int_equal(py_tags(list, &tags), -1);
    mem_fail_at(-1);
    hear_exception();
    assert_string_equal(heard.data, "RuntimeError: could not allocate memory for tags");
    assert_int_equal(mem_live(), before);
}

/* ---- C to Python ------------------------------------------------------------------------ */

static void yaml_without_memory_is_a_memory_error(void **state)
{
    static const char text[] = "{a: [1, 99999999999999999999, 1.5, yes, ~], b: !!binary YQ==}";
    bool failed = true;

    (void)state;
    for (long n = 0; failed; n++) {
        long before = mem_live();
        REF *value = NULL;

        mem_fail_at(n);
        value = py_from_yaml(str_of(text));
        failed = mem_failed();
        mem_fail_at(-1);
        if (value == NULL)
            assert_true(PyErr_ExceptionMatches(PyExc_MemoryError));
        else
            assert_false(failed);
        PyErr_Clear();
        assert_int_equal(mem_live(), before);
    }
}

static void what_is_no_yaml_is_a_value_error_that_says_where(void **state)
{
    (void)state;
    assert_null(py_from_yaml(str_of("a: 1\nb: [")));
    buf_clear(&heard);
    hear_exception();
    assert_non_null(strstr(heard.data, "ValueError: 3:1: "));
}

/* CPython refuses decimal texts of more than 4300 digits, PyYAML passes that on. */
static void an_integer_of_too_many_digits_is_a_value_error(void **state)
{
    char text[6001];

    (void)state;
    memset(text, '9', 6000);
    text[6000] = '\0';
    if (PyObject_HasAttrString(PyImport_AddModule("sys"), "get_int_max_str_digits")) {
        assert_null(py_from_yaml(str_of(text)));
        assert_true(PyErr_ExceptionMatches(PyExc_ValueError));
        PyErr_Clear();
    }
    text[4000] = '\0';
    {
        REF *value = py_from_yaml(str_of(text));

        assert_non_null(value);
        assert_true(PyLong_Check(value));
    }
}

/* ---- Replies ---------------------------------------------------------------------------- */

static void replies_are_copied_in_order(void **state)
{
    long before = mem_live();

    (void)state;
    for (int n = 0; n <= 17; n++) {
        CLEANUP(py_reply_end) struct py_reply r;
        REF *list = NULL, *last = NULL;
        char text[] = "reply 00";

        py_reply_start(&r);
        for (int i = 0; i < n; i++) {
            text[6] = (char)('0' + i / 10);
            text[7] = (char)('0' + i % 10);
            adder_reply(&r.reply, text, 8);
        }
        list = py_reply_list(&r);
        last = py_reply_str(&r);
        must(list != NULL && last != NULL);
        assert_int_equal(PyList_GET_SIZE(list), n);
        for (int i = 0; i < n; i++)
            assert_int_equal(strtol(PyUnicode_AsUTF8(PyList_GET_ITEM(list, i)) + 6, NULL, 10),
                             i);
        if (n == 0)
            assert_ptr_equal(last, Py_None);
        else
            assert_string_equal(PyUnicode_AsUTF8(last), text);
    }
    assert_int_equal(mem_live(), before);
}

static void a_reply_may_hold_anything(void **state)
{
    CLEANUP(py_reply_end) struct py_reply r;
    REF *list = NULL, *text = NULL;

    (void)state;
    py_reply_start(&r);
    adder_reply(&r.reply, NULL, 0);
    adder_reply(&r.reply, "a\0b", 3);
    adder_reply(&r.reply, "\xff\xc3\xa9", 3);
    list = py_reply_list(&r);
    text = list != NULL ? PyObject_ASCII(list) : NULL;
    must(text != NULL);
    assert_string_equal(PyUnicode_AsUTF8(text), "['', 'a\\x00b', '\\ufffd\\xe9']");
}

static void a_reply_lost_for_memory_is_a_memory_error(void **state)
{
    (void)state;
    for (long n = 0; n < 5; n++) {
        long before = mem_live();
        struct py_reply r;

        py_reply_start(&r);
        mem_fail_at(n);
        for (int i = 0; i < 3; i++)
            adder_reply(&r.reply, "x", 1);
        assert_true(mem_failed());
        mem_fail_at(-1);
        assert_true(r.failed);
        assert_null(py_reply_str(&r));
        assert_true(PyErr_ExceptionMatches(PyExc_MemoryError));
        PyErr_Clear();
        assert_null(py_reply_list(&r));
        assert_true(PyErr_ExceptionMatches(PyExc_MemoryError));
        PyErr_Clear();
        py_reply_end(&r);
        assert_int_equal(mem_live(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_a_str_or_bytes_up_to_its_first_nul),
        cmocka_unit_test(tags_are_lent_not_copied),
        cmocka_unit_test(tags_without_memory_are_an_error),
        cmocka_unit_test(yaml_without_memory_is_a_memory_error),
        cmocka_unit_test(what_is_no_yaml_is_a_value_error_that_says_where),
        cmocka_unit_test(an_integer_of_too_many_digits_is_a_value_error),
        cmocka_unit_test(replies_are_copied_in_order),
        cmocka_unit_test(a_reply_may_hold_anything),
        cmocka_unit_test(a_reply_lost_for_memory_is_a_memory_error),
    };

    return cmocka_run_group_tests(tests, python_set_up, python_tear_down);
}
