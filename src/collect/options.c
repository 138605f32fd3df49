#include "collect/options.h"

#include <math.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

enum { OPTION_TEXT_MAX = 64 * 1024 }; /* bytes of a service or name */

void common_options_clear(struct common_options *o)
{
    mem_free(o->service);
    mem_free(o->name);
}

/* ---- Types ----------------------------------------------------------------------------- */

/* Null is as good as absent. */
static bool is_given(const struct value *v)
{
    return v != NULL && v->type != VALUE_NULL;
}

static bool is_scalar(const struct value *v)
{
    return v->type != VALUE_LIST && v->type != VALUE_MAP && v->type != VALUE_SET &&
           v->type != VALUE_BYTES;
}

static bool is_bool(const struct value *v)
{
    return v->type == VALUE_BOOL;
}

static bool is_interval(const struct value *v)
{
    if (v->type == VALUE_FLOAT)
        return fabs(v->real) <= CONF_INTERVAL_MAX && v->real == trunc(v->real);
    return v->type == VALUE_INT && v->integer <= CONF_INTERVAL_MAX;
}

static bool is_scalar_list(const struct value *v)
{
    if (v->type != VALUE_LIST)
        return false;
    for (size_t i = 0; i < v->list.count; i++)
        if (!is_scalar(v->list.items[i]))
            return false;
    return true;
}

struct rule {
    const char *key;
    bool (*fits)(const struct value *v);
    const char *needs;
};

static const struct rule instance_rules[] = {
    {"min_collection_interval", is_interval, "whole seconds, at most 366 days"},
    {"empty_default_hostname", is_bool, "true or false"},
    {"no_index", is_bool, "true or false"},
    {"tags", is_scalar_list, "a list of strings"},
    {"service", is_scalar, "a string"},
    {"name", is_scalar, "a string"},
    {"namespace", is_scalar, "a string"},
    {"loader", is_scalar, "a string"},
    {"is_jmx", is_bool, "true or false"},
};

static const struct rule init_rules[] = {
    {"service", is_scalar, "a string"},
    {"loader", is_scalar, "a string"},
    {"is_jmx", is_bool, "true or false"},
};

static int check_types(const struct options_source *from, const struct value *section,
                       const struct rule *rules, size_t count, bool *usable,
                       struct adder_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct value *v = value_get(section, rules[i].key);

        if (!is_given(v) || rules[i].fits(v))
            continue;
        *usable = false;
        if (report_error(from->reporter, v, err, "%s: '%s' must be %s (found: %s)", from->label,
                         rules[i].key, rules[i].needs, value_type_name(v->type)) < 0)
            return -1;
    }
    return 0;
}

int common_options_check_init(const struct options_source *from, bool *usable,
                              struct adder_error *err)
{
    const struct value *init = from->init_config;

    if (is_given(init) && init->type != VALUE_MAP) {
        *usable = false;
        return report_error(from->reporter, init, err,
                            "'init_config' must be a mapping (found: %s)",
                            value_type_name(init->type));
    }
    return check_types(from, init, init_rules, ARRAY_LEN(init_rules), usable, err);
}

/* ---- Values ---------------------------------------------------------------------------- */

static int copy_text(struct adder_str text, char **ret, struct adder_error *err)
{
    if (text.len == 0)
        return 0;
    *ret = mem_strndup(text.ptr, text.len);
    return *ret != NULL ? 0 : err_nomem(err);
}

/* The text of a scalar, NULL when it is not given or "". Numbers and booleans read as the
 * Agent's writer has them, which is where the Agent reads them. */
static int text_of(const struct value *v, char **ret, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf text;

    buf_init(&text, OPTION_TEXT_MAX);
    *ret = NULL;
    if (!is_given(v))
        return 0;
    if (v->type == VALUE_STRING)
        return copy_text(v->text, ret, err);
    if (yaml_write(v, &text, err) < 0)
        return -1;
    return copy_text(str_trim((struct adder_str){text.data, text.len}), ret, err);
}

/* The first of two that is given and not "". */
static int first_text(const struct value *a, const struct value *b, char **ret,
                      struct adder_error *err)
{
    if (text_of(a, ret, err) < 0)
        return -1;
    return *ret != NULL ? 0 : text_of(b, ret, err);
}

/* What is given but no interval counts as absent, as in the Agent. */
static int read_interval(const struct options_source *from, unsigned *ret,
                         struct adder_error *err)
{
    const struct value *v = value_get(from->instance, "min_collection_interval");
    int64_t seconds;

    *ret = CONF_INTERVAL_DEFAULT;
    if (!is_given(v))
        return 0;
    seconds = v->type == VALUE_FLOAT ? (int64_t)v->real : v->integer;
    if (seconds <= 0)
        return report_warning(from->reporter, v, err,
                              "%s: 'min_collection_interval' is %lld, so the default of %d "
                              "seconds is used",
                              from->label, (long long)seconds, CONF_INTERVAL_DEFAULT);
    *ret = (unsigned)seconds;
    return 0;
}

static bool is_true(const struct value *v)
{
    return v != NULL && v->type == VALUE_BOOL && v->boolean;
}

static bool is_jmx_name(const char *check)
{
    static const char *const names[] = {"activemq", "activemq_58", "cassandra", "jmx",
                                        "kafka",    "presto",      "solr",      "tomcat"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(check, names[i]) == 0)
            return true;
    return false;
}

static int check_loader(const struct options_source *from, bool *usable,
                        struct adder_error *err)
{
    const struct value *given = value_get(from->instance, "is_jmx");
    AUTOFREE char *loader = NULL;

    if (first_text(value_get(from->instance, "loader"), value_get(from->init_config, "loader"),
                   &loader, err) < 0)
        return -1;
    if (!is_given(given))
        given = value_get(from->init_config, "is_jmx");
    if (loader != NULL && strcmp(loader, "python") != 0) {
        *usable = false;
        return report_error(from->reporter, from->instance, err,
                            "%s: there is no loader '%.100s', only 'python'", from->label,
                            loader);
    }
    if (is_true(given) || (is_jmx_name(from->check) && loader == NULL)) {
        *usable = false;
        return report_error(from->reporter, from->instance, err,
                            "%s: checks of the JMX kind are not supported", from->label);
    }
    return 0;
}

int common_options_read(const struct options_source *from, struct common_options *ret,
                        bool *usable, struct adder_error *err)
{
    const struct value *instance = from->instance;
    struct common_options o = {
        .empty_default_hostname = is_true(value_get(instance, "empty_default_hostname")),
        .no_index = is_true(value_get(instance, "no_index")),
    };

    if (check_types(from, instance, instance_rules, ARRAY_LEN(instance_rules), usable, err) < 0)
        return -1;
    if (!*usable)
        return 0;
    if (check_loader(from, usable, err) < 0)
        return -1;
    if (read_interval(from, &o.interval_s, err) < 0 ||
        first_text(value_get(instance, "service"), value_get(from->init_config, "service"),
                   &o.service, err) < 0 ||
        first_text(value_get(instance, "name"), value_get(instance, "namespace"), &o.name,
                   err) < 0) {
        common_options_clear(&o);
        return -1;
    }
    *ret = o;
    return 0;
}
