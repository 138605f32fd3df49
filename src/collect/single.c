#include "collect/conf_file.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

/* A document with the two sections, which it takes over. */
static int assemble(struct value *init_config, struct value *instance, struct value **ret)
{
    CLEANUP(value_freep) struct value *init = init_config;
    CLEANUP(value_freep) struct value *only = instance;
    CLEANUP(value_freep) struct value *root = value_new(VALUE_MAP);
    CLEANUP(value_freep) struct value *list = value_new(VALUE_LIST);
    CLEANUP(value_freep) struct value *init_key =
        value_new_text(VALUE_STRING, str_of("init_config"));
    CLEANUP(value_freep) struct value *list_key =
        value_new_text(VALUE_STRING, str_of("instances"));

    if (root == NULL || list == NULL || init_key == NULL || list_key == NULL)
        return -1;
    list->list.items = mem_alloc(sizeof(struct value *));
    root->map.pairs = mem_alloc(2 * sizeof(struct value_pair));
    if (list->list.items == NULL || root->map.pairs == NULL)
        return -1;
    list->list.items[list->list.count++] = TAKE(only);
    root->map.pairs[root->map.count++] = (struct value_pair){TAKE(init_key), TAKE(init)};
    root->map.pairs[root->map.count++] = (struct value_pair){TAKE(list_key), TAKE(list)};
    *ret = TAKE(root);
    return 0;
}

static int parse(const char *text, const char *what, struct value **ret,
                 struct adder_error *err)
{
    if (yaml_parse(str_of(text), YAML_AGENT, ret, err) < 0)
        return err_wrap(err, "%s", what);
    return 0;
}

static int parse_both(const char *init_config, const char *instance, struct value **ret,
                      struct adder_error *err)
{
    CLEANUP(value_freep) struct value *init = NULL;
    CLEANUP(value_freep) struct value *only = NULL;

    if (parse(init_config, "init_config", &init, err) < 0 ||
        parse(instance, "instance", &only, err) < 0)
        return -1;
    return assemble(TAKE(init), TAKE(only), ret) < 0 ? err_nomem(err) : 0;
}

/* Fails with the first problem that is an error, when there is no instance. */
static int need_instance(const struct configs *c, struct adder_error *err)
{
    if (c->instance_count > 0)
        return 0;
    for (size_t i = 0; i < c->problem_count; i++)
        if (!c->problems[i].warning)
            return err_set(err, ADDER_INVALID, "%s", c->problems[i].message);
    return err_set(err, ADDER_INVALID, "no instance");
}

int configs_single(const char *check, const char *init_config, const char *instance,
                   const char *source, struct configs **ret, struct adder_error *err)
{
    CLEANUP(configs_freep) struct configs *c = configs_new();
    CLEANUP(value_freep) struct value *root = NULL;
    struct conf_source from = {check, source, false, false};
    struct reporter reporter = {c, source};

    if (c == NULL)
        return err_nomem(err);
    if (parse_both(init_config, instance, &root, err) < 0 ||
        conf_load(&reporter, &from, root, err) < 0 || need_instance(c, err) < 0)
        return -1;
    *ret = TAKE(c);
    return 0;
}
