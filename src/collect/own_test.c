/* The mapping `adder`, which is for us and not for the check; secrets. */
#include "collect/template.h"
#include "collect/testing.h"

static int refuse_zero(void *ctx, const struct value *mapping, struct adder_error *err)
{
    const struct value *v = value_get(mapping, "timeout");

    (void)ctx;
    if (v == NULL || v->type != VALUE_INT || v->integer != 0)
        return 0;
    return err_set(err, ADDER_INVALID, "%u:%u: timeout: it cannot be 0", v->line, v->column);
}

static const struct configs_hooks hooks = {.own = refuse_zero};

static struct configs *read_text(const char *text)
{
    struct configs *c = NULL;
    struct adder_error err;

    put("c.yaml", text);
    assert_int_equal(configs_read(root, NULL, &hooks, &c, &err), 0);
    return c;
}

static void it_is_kept_apart_from_what_the_check_sees(void **state)
{
    CLEANUP(configs_freep) struct configs *c = NULL;
    const struct instance *i;

    (void)state;
    c = read_text("init_config: {a: 1, adder: {memory: 1k}}\n"
                  "instances: [{b: 2, adder: {timeout: 5s}}, {adder: }, {c: 3}]\n");
    assert_int_equal(c->problem_count, 0);
    assert_int_equal(c->instance_count, 3);
    i = c->instances;
    assert_string_equal(i[0].init_config, "a: 1\n");
    assert_string_equal(i[0].own_init, "memory: 1k\n");
    assert_string_equal(i[0].instance, "b: 2\n");
    assert_string_equal(i[0].own, "timeout: 5s\n");
    assert_string_equal(i[1].instance, "{}\n");
    assert_string_equal(i[2].instance, "c: 3\n");
    assert_null(i[2].own);
    assert_string_equal(i[2].own_init, "memory: 1k\n");
}

static void ids_are_of_the_whole_text(void **state)
{
    CLEANUP(configs_freep) struct configs *with = read_text("instances: [{adder: {a: 1}}]\n");
    CLEANUP(configs_freep) struct configs *without = read_text("instances: [{}]\n");

    (void)state;
    assert_string_equal(with->instances[0].instance, without->instances[0].instance);
    assert_string_not_equal(with->instances[0].id, without->instances[0].id);
}

static void one_that_makes_no_sense_is_told_with_its_place(void **state)
{
    CLEANUP(configs_freep) struct configs *c = NULL;
    AUTOFREE char *got = NULL;

    (void)state;
    c = read_text("instances:\n- adder: {timeout: 0}\n- b: 1\n");
    got = describe(c);
    assert_string_equal(got, "c /c.yaml[1] | b: 1\n|\n"
                             "error /c.yaml:2:20: timeout: it cannot be 0\n");
}

static void in_init_config_it_concerns_all_instances(void **state)
{
    CLEANUP(configs_freep) struct configs *c = NULL;
    AUTOFREE char *got = NULL;

    (void)state;
    c = read_text("init_config: {adder: {timeout: 0}}\ninstances: [{}, {}]\n");
    got = describe(c);
    assert_string_equal(got, "error /c.yaml:1:32: timeout: it cannot be 0\n");
}

/* ---- Secrets ---------------------------------------------------------------------------- */

static int refuse(void *ctx, struct value **document, struct adder_error *err)
{
    (void)ctx;
    (void)document;
    return err_set(err, ADDER_INVALID, "2:3: the secret is not to be had");
}

static int reveal(void *ctx, const struct value *key, struct value **string)
{
    struct value *v;

    (void)ctx;
    (void)key;
    if (!str_is((*string)->text, "ENC[db]"))
        return 0;
    v = value_new_text(VALUE_STRING, str_of("%%env_HANDLE%%"));
    assert_non_null(v);
    value_free(*string);
    *string = v;
    return 0;
}

static int reveal_all(void *ctx, struct value **document, struct adder_error *err)
{
    (void)err;
    return strings_each(document, reveal, ctx);
}

static void assert_reads_with(const struct configs_hooks *secretive, const char *text,
                              const char *expected)
{
    CLEANUP(configs_freep) struct configs *c = NULL;
    AUTOFREE char *got = NULL;
    struct adder_error err;

    put("c.yaml", text);
    assert_int_equal(configs_read(root, NULL, secretive, &c, &err), 0);
    got = describe(c);
    assert_string_equal(got, expected);
}

static void a_document_without_its_secrets_is_not_used(void **state)
{
    static const struct configs_hooks refusing = {.secrets = refuse};

    (void)state;
    assert_reads_with(&refusing, "instances: [{}]\n",
                      "error /c.yaml:2:3: the secret is not to be had\n");
}

static void what_is_not_used_needs_no_secrets(void **state)
{
    static const struct configs_hooks refusing = {.secrets = refuse};

    (void)state;
    assert_reads_with(&refusing, "cluster_check: true\ninstances: [{a: 'ENC[x]'}]\n",
                      "warning /c.yaml:0:0: not used: a cluster check, which a cluster agent "
                      "would hand out\n");
    assert_reads_with(&refusing, "logs: [{a: 'ENC[x]'}]\n", "");
}

/* A variable may be a part of a handle, but not of a secret. */
static void secrets_come_after_variables(void **state)
{
    static const struct configs_hooks revealing = {.secrets = reveal_all};

    (void)state;
    setenv("HANDLE", "db", 1);
    assert_reads_with(&revealing,
                      "init_config: {p: 'ENC[db]'}\nlogs: ENC[db]\n"
                      "instances: [{p: 'ENC[%%env_HANDLE%%]', q: ['ENC[db]', 'ENC[x]']}]\n",
                      "c /c.yaml[0] p: '%%env_HANDLE%%'\n| p: '%%env_HANDLE%%'\nq:\n- "
                      "'%%env_HANDLE%%'\n- ENC[x]\n|\n");
    unsetenv("HANDLE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFD_TEST(it_is_kept_apart_from_what_the_check_sees),
        CONFD_TEST(ids_are_of_the_whole_text),
        CONFD_TEST(one_that_makes_no_sense_is_told_with_its_place),
        CONFD_TEST(in_init_config_it_concerns_all_instances),
        CONFD_TEST(a_document_without_its_secrets_is_not_used),
        CONFD_TEST(what_is_not_used_needs_no_secrets),
        CONFD_TEST(secrets_come_after_variables),
    };

    return cmocka_run_group_tests_name("own", tests, make_top, remove_top);
}
