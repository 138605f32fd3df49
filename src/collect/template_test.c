#include "collect/discover.h"

#include "collect/testing.h"

static void environment_variables_are_replaced(void **state)
{
    static const struct {
        const char *yaml, *expected;
    } cases[] = {
        {"'%%env_ADDER_TEXT%%'", "some: text"},
        {"'%%env_ADDER_INT%%'", "16"},
        {"'%%env_ADDER_OCTAL%%'", "8"},
        {"'%%env_ADDER_BOOL%%'", "true"},
        {"'%%env_ADDER_EMPTY%%'", "\"\""},
        {"'x%%env_ADDER_INT%%'", "x0x10"},
        {"'%%env_ADDER_INT%%%%env_ADDER_OCTAL%%'", "\"0x10010\""},
        {"'%%host%%:%%env_ADDER_OCTAL%%'", "'%%host%%:010'"},
        {"'%%port_0%%'", "'%%port_0%%'"},
        {"'50%% %%'", "50%% %%"},
        {"'%%%%'", "'%%%%'"},
    };

    (void)state;
    setenv("ADDER_TEXT", "some: text", 1);
    setenv("ADDER_INT", "0x10", 1);
    setenv("ADDER_OCTAL", "010", 1);
    setenv("ADDER_BOOL", "T", 1);
    setenv("ADDER_EMPTY", "", 1);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOFREE char *text = mem_printf("instances: [{a: %s}]", cases[i].yaml);
        CLEANUP(configs_freep) struct configs *c = NULL;
        AUTOFREE char *expected = mem_printf("a: %s\n", cases[i].expected);
        struct adder_error err;

        put("c.yaml", text);
        assert_int_equal(configs_read(root, NULL, NULL, &c, &err), 0);
        assert_int_equal(c->problem_count, 0);
        if (i == 0)
            assert_string_equal(c->instances[0].instance, "a: 'some: text'\n");
        else
            assert_string_equal(c->instances[0].instance, expected);
    }
}

static void a_text_is_replaced_as_a_whole_or_not_at_all(void **state)
{
    (void)state;
    setenv("ADDER_SET", "1", 1);
    unsetenv("ADDER_UNSET");
    put("c.yaml", "init_config: {a: ['%%env_ADDER_SET%%']}\n"
                  "instances:\n"
                  "- {a: '%%env_ADDER_SET%%'}\n"
                  "- {a: '%%env_ADDER_SET%%', b: '%%env_ADDER_UNSET%%'}\n"
                  "- {a: '%%env_ADDER_SET%%'}\n");
    put("d.yaml", "instances: [{a: '%%env%%'}]");
    assert_finds(
        "c /c.yaml[0] a:\n- 1\n| a: 1\n|\n"
        "c /c.yaml[1] a:\n- 1\n| a: '%%env_ADDER_SET%%'\nb: '%%env_ADDER_UNSET%%'\n|\n"
        "c /c.yaml[2] a:\n- 1\n| a: '%%env_ADDER_SET%%'\n|\n"
        "d /d.yaml[0] | a: '%%env%%'\n|\n"
        "warning /c.yaml:0:0: variables are left as they are: the environment variable "
        "'ADDER_UNSET' is not set\n"
        "warning /d.yaml:0:0: variables are left as they are: '%%env%%' lacks the name "
        "of a variable\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFD_TEST(environment_variables_are_replaced),
        CONFD_TEST(a_text_is_replaced_as_a_whole_or_not_at_all),
    };

    return cmocka_run_group_tests_name("template", tests, make_top, remove_top);
}
