#include "collect/conf_file.h"

#include <stdio.h>

#include "collect/check_id.h"
#include "collect/options.h"
#include "collect/template.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

enum { SECTION_MAX = 2 * YAML_BYTES_MAX }; /* bytes of a section as text */

/* A document on its way to instances. Sections that are absent or null are NULL. */
struct conf {
    const struct reporter *r;
    struct conf_source *source;
    struct adder_error *err;
    struct value *root;
    struct value *init_config, *instances, *logs, *identifiers; /* borrowed from the document */
    char *init_text;                                            /* "" when absent */
    struct adder_str *texts;  /* of the instances, NUL-terminated; absent: not usable */
    struct adder_str *usable; /* of those that are */
    size_t usable_count;
    char *given_init; /* as init_text, without the mapping `adder` */
    char *own_init;   /* that mapping, NULL: none */
    size_t first;     /* index of the first instance */
    uint64_t digest;
};

static void conf_clear(struct conf *c)
{
    size_t count = c->texts != NULL ? c->instances->list.count : 0;

    for (size_t i = 0; i < count; i++)
        mem_free((char *)c->texts[i].ptr);
    mem_free(c->texts);
    mem_free(c->usable);
    mem_free(c->init_text);
    mem_free(c->given_init);
    mem_free(c->own_init);
}

/* ---- What the document is -------------------------------------------------------------- */

static const char *const known_keys[] = {
    "init_config",    "instances",
    "logs",           "jmx_metrics",
    "ad_identifiers", "advanced_ad_identifiers",
    "cluster_check",  "ignore_autodiscovery_tags",
    "docker_images",  "service_discovery",
    "discovery",
};

static bool is_known(struct adder_str key)
{
    for (size_t i = 0; i < ARRAY_LEN(known_keys); i++)
        if (str_is(key, known_keys[i]))
            return true;
    return false;
}

static int remark_unknown_keys(struct conf *c, const struct value *root)
{
    for (size_t i = 0; i < root->map.count; i++) {
        const struct value *key = root->map.pairs[i].key;
        struct adder_str name = value_string(key);

        if (is_known(name))
            continue;
        if (report_warning(c->r, key, c->err, "the key '%.*s' means nothing here",
                           name.len < 100 ? (int)name.len : 100,
                           name.ptr != NULL ? name.ptr : "") < 0)
            return -1;
    }
    return 0;
}

static struct value *section(const struct value *root, const char *key)
{
    struct value *v = (struct value *)value_get(root, key);

    return v != NULL && v->type != VALUE_NULL ? v : NULL;
}

static bool is_empty(const struct value *v)
{
    return v == NULL || (v->type == VALUE_LIST && v->list.count == 0);
}

static bool is_true(const struct value *v)
{
    return v != NULL && v->type == VALUE_BOOL && v->boolean;
}

/* Reports a section that is neither absent nor a list. */
static int need_list(struct conf *c, const struct value *v, const char *key, bool *fine)
{
    if (v == NULL || v->type == VALUE_LIST)
        return 0;
    *fine = false;
    return report_error(c->r, v, c->err, "'%s' must be a list (found: %s)", key,
                        value_type_name(v->type));
}

/* Whether the document has something to say and its lists are lists. */
static int check_sections(struct conf *c, const struct value *root, bool *fine)
{
    if (need_list(c, c->instances, "instances", fine) < 0 ||
        need_list(c, c->identifiers, "ad_identifiers", fine) < 0)
        return -1;
    if (!*fine)
        return 0;
    if (section(root, "docker_images") != NULL && c->identifiers == NULL) {
        *fine = false;
        return report_error(c->r, section(root, "docker_images"), c->err,
                            "the 'docker_images' section is deprecated, please use "
                            "'ad_identifiers' instead");
    }
    if (is_empty(c->instances) && c->logs == NULL && section(root, "jmx_metrics") == NULL) {
        *fine = false;
        return report_error(c->r, NULL, c->err,
                            "Configuration file contains no valid instances");
    }
    return 0;
}

/* Remarks on a document that the Agent does not schedule by itself either. */
static int check_scheduled(struct conf *c, const struct value *root, bool *scheduled)
{
    const char *why = NULL;

    if (c->source->auto_conf || !is_empty(c->identifiers) ||
        !is_empty(section(root, "advanced_ad_identifiers")))
        why =
            "a template for discovered containers and services, which adder does not discover";
    else if (is_true(section(root, "cluster_check")))
        why = "a cluster check, which a cluster agent would hand out";
    if (why == NULL)
        return 0;
    *scheduled = false;
    return report_warning(c->r, NULL, c->err, "not used: %s", why);
}

/* ---- Variables and secrets ------------------------------------------------------------- */

/* Replaces variables in init_config, a mapping, and the instances in turn. The first that
 * cannot be replaced ends it: what comes after stays as written, and is used so. */
static int resolve(struct conf *c)
{
    struct adder_error why;
    int rc = 0;

    if (c->init_config != NULL)
        rc = template_resolve(&c->init_config, &why);
    for (size_t i = 0; rc == 0 && i < c->instances->list.count; i++)
        rc = template_resolve(&c->instances->list.items[i], &why);
    if (rc == 0)
        return 0;
    err_wrap(&why, "variables are left as they are");
    return report_failure(c->r, &why, true, c->err);
}

static int remark_secret(void *ctx, const struct value *key, struct value **string)
{
    struct conf *c = ctx;
    struct adder_str name = value_string(key);

    if (!is_secret((*string)->text))
        return 0;
    return report_warning(c->r, *string, c->err,
                          "'%.*s' is a secret, which is not looked up here: the check gets the "
                          "text ENC[...]",
                          name.len < 100 ? (int)name.len : 100,
                          name.ptr != NULL ? name.ptr : "");
}

static int remark_secrets(struct conf *c)
{
    if (c->init_config != NULL && strings_each(&c->init_config, remark_secret, c) != 0)
        return -1;
    return strings_each(&c->instances, remark_secret, c) != 0 ? -1 : 0;
}

/* Replaces secrets, whose handles may hold variables. *fine becomes false, and why is reported,
 * when one cannot be had: the check must not try the text ENC[...] as a password. Strings alone
 * are replaced, so lists and mappings stay where they are. */
static int resolve_secrets(struct conf *c, bool *fine)
{
    const struct configs_hooks *hooks = c->r->to->hooks;
    struct adder_error why;

    if (hooks == NULL || hooks->secrets == NULL)
        return remark_secrets(c);
    if (hooks->secrets(hooks->ctx, &c->root, &why) < 0) {
        *fine = false;
        return report_failure(c->r, &why, false, c->err);
    }
    c->logs = section(c->root, "logs");
    return 0;
}

/* ---- Texts ----------------------------------------------------------------------------- */

static int write_text(const struct value *v, struct adder_str *ret, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf out;
    size_t len;
    char *text;

    buf_init(&out, SECTION_MAX);
    if (yaml_write(v, &out, err) < 0)
        return -1;
    len = out.len;
    text = buf_detach(&out);
    if (text == NULL)
        return err_nomem(err);
    *ret = (struct adder_str){text, len};
    return 0;
}

/* Writes an instance. A null one is an empty mapping; what is no mapping is reported. */
static int write_instance(struct conf *c, size_t i)
{
    static const struct value nothing = {.type = VALUE_MAP};
    const struct value *v = c->instances->list.items[i];

    if (v->type == VALUE_NULL)
        v = &nothing;
    if (v->type != VALUE_MAP)
        return report_error(c->r, v, c->err, "instance %zu: must be a mapping (found: %s)",
                            c->first + i, value_type_name(v->type));
    if (write_text(v, &c->texts[i], c->err) < 0)
        return -1;
    c->usable[c->usable_count++] = c->texts[i];
    return 0;
}

static int write_texts(struct conf *c)
{
    struct adder_str init = {NULL, 0};
    size_t count = c->instances->list.count;

    c->texts = mem_zalloc((count + 1) * sizeof(*c->texts));
    c->usable = mem_zalloc((count + 1) * sizeof(*c->usable));
    if (c->texts == NULL || c->usable == NULL)
        return err_nomem(c->err);
    if (c->init_config != NULL && write_text(c->init_config, &init, c->err) < 0)
        return -1;
    c->init_text = init.ptr != NULL ? (char *)init.ptr : mem_strdup("");
    if (c->init_text == NULL)
        return err_nomem(c->err);
    for (size_t i = 0; i < count; i++)
        if (write_instance(c, i) < 0)
            return -1;
    return 0;
}

/* The logs section as the Agent keeps it, which is part of the digest: the text of a mapping
 * with the one key. */
static int write_logs(struct conf *c, struct adder_str *ret)
{
    CLEANUP(value_freep) struct value *key = NULL;
    struct value_pair pair = {NULL, c->logs};
    struct value map = {.type = VALUE_MAP, .map = {&pair, 1}};

    *ret = (struct adder_str){NULL, 0};
    if (c->logs == NULL)
        return 0;
    pair.key = key = value_new_text(VALUE_STRING, str_of("logs"));
    return key != NULL ? write_text(&map, ret, c->err) : err_nomem(c->err);
}

static int digest(struct conf *c, bool ignore_tags)
{
    AUTOFREE char *owned = NULL;
    struct digest_input in = {
        .name = str_of(c->source->check),
        .instances = c->usable,
        .instance_count = c->usable_count,
        .init_config = str_of(c->init_text),
        .ignore_autodiscovery_tags = ignore_tags,
    };

    if (write_logs(c, &in.logs) < 0)
        return -1;
    owned = (char *)in.logs.ptr;
    return config_digest(&in, &c->digest, c->err);
}

/* ---- Instances ------------------------------------------------------------------------- */

/* Takes our own mapping out of an instance or init_config, once the id has been made of the
 * whole. *usable becomes false, and why is reported, when it makes no sense. */
struct own {
    char *text;  /* the mapping, NULL: none */
    char *given; /* what is left, for the check */
};

static void own_clear(struct own *o)
{
    mem_free(o->text);
    mem_free(o->given);
}

static int take_text(const struct value *v, char **ret, struct adder_error *err)
{
    struct adder_str text = {NULL, 0};

    if (write_text(v, &text, err) < 0)
        return -1;
    *ret = (char *)text.ptr;
    return 0;
}

static int judge_own(const struct conf *c, const struct value *mapping, bool *usable)
{
    const struct configs_hooks *hooks = c->r->to->hooks;
    struct adder_error why;

    if (hooks == NULL || hooks->own == NULL || hooks->own(hooks->ctx, mapping, &why) == 0)
        return 0;
    *usable = false;
    return report_failure(c->r, &why, false, c->err);
}

/* `whole` is the text of `from` with the mapping. */
static int take_own(const struct conf *c, struct value *from, const char *whole,
                    struct own *ret, bool *usable)
{
    CLEANUP(value_freep) struct value *mapping = NULL;

    if (from != NULL && from->type == VALUE_MAP)
        mapping = value_take(from, "adder");
    if (mapping == NULL) {
        ret->given = mem_strdup(whole);
        return ret->given != NULL ? 0 : err_nomem(c->err);
    }
    if (take_text(mapping, &ret->text, c->err) < 0 || take_text(from, &ret->given, c->err) < 0)
        return -1;
    return judge_own(c, mapping, usable);
}

/* The same of init_config, which all instances share. */
static int take_own_init(struct conf *c, bool *usable)
{
    struct own own = {NULL, NULL};
    int rc = take_own(c, c->init_config, c->init_text, &own, usable);

    c->own_init = own.text;
    c->given_init = own.given;
    return rc;
}

static int add_instance(struct conf *c, size_t i, struct common_options *o, struct own *own)
{
    struct instance instance = {
        .check = mem_strdup(c->source->check),
        .id = check_id(c->source->check, o->name, c->digest, c->texts[i], str_of(c->init_text)),
        .source = mem_strdup(c->source->source),
        .index = c->first + i,
        .init_config = mem_strdup(c->given_init),
        .instance = TAKE(own->given),
        .own_init = mem_strdup(c->own_init),
        .own = TAKE(own->text),
        .interval_s = o->interval_s,
        .service = TAKE(o->service),
        .empty_default_hostname = o->empty_default_hostname,
        .no_index = o->no_index,
    };

    if (instance.check != NULL && instance.id != NULL && instance.source != NULL &&
        instance.init_config != NULL && (c->own_init == NULL || instance.own_init != NULL))
        return configs_add(c->r->to, &instance, c->err);
    instance_clear(&instance);
    return err_nomem(c->err);
}

static int load_instance(struct conf *c, size_t i)
{
    char label[32];
    struct options_source from = {c->r, c->source->check, label, c->init_config,
                                  c->instances->list.items[i]};
    CLEANUP(own_clear) struct own own = {NULL, NULL};
    struct common_options o = {.interval_s = 0};
    bool usable = true;
    int rc;

    if (c->texts[i].ptr == NULL)
        return 0;
    if (c->r->to->instance_count == CONF_INSTANCES_MAX)
        return err_set(c->err, ADDER_LIMIT, "more than %d instances", CONF_INSTANCES_MAX);
    snprintf(label, sizeof(label), "instance %zu", c->first + i);
    if (common_options_read(&from, &o, &usable, c->err) < 0)
        return -1;
    if (!usable)
        return 0;
    rc = take_own(c, c->instances->list.items[i], c->texts[i].ptr, &own, &usable);
    if (rc == 0 && usable)
        rc = add_instance(c, i, &o, &own);
    common_options_clear(&o);
    return rc;
}

static int load_instances(struct conf *c)
{
    bool usable = true;

    c->first = c->r->to->next_index;
    c->r->to->next_index += c->instances->list.count;
    if (resolve(c) < 0 || resolve_secrets(c, &usable) < 0)
        return -1;
    if (!usable)
        return 0;
    if (write_texts(c) < 0 ||
        digest(c, is_true(section(c->root, "ignore_autodiscovery_tags"))) < 0 ||
        take_own_init(c, &usable) < 0)
        return -1;
    for (size_t i = 0; i < c->instances->list.count && usable; i++)
        if (load_instance(c, i) < 0)
            return -1;
    return 0;
}

static int load(struct conf *c)
{
    struct options_source from = {c->r, c->source->check, "init_config", c->init_config, NULL};
    bool fine = true, scheduled = true;

    if (remark_unknown_keys(c, c->root) < 0 || check_sections(c, c->root, &fine) < 0)
        return -1;
    if (fine && common_options_check_init(&from, &fine, c->err) < 0)
        return -1;
    if (!fine || is_empty(c->instances))
        return 0;
    c->source->found = true;
    if (check_scheduled(c, c->root, &scheduled) < 0)
        return -1;
    return scheduled ? load_instances(c) : 0;
}

int conf_load(const struct reporter *r, struct conf_source *source, struct value *root,
              struct adder_error *err)
{
    CLEANUP(conf_clear) struct conf c = {
        .r = r,
        .source = source,
        .err = err,
        .root = root,
        .init_config = section(root, "init_config"),
        .instances = section(root, "instances"),
        .logs = section(root, "logs"),
        .identifiers = section(root, "ad_identifiers"),
    };

    if (root->type == VALUE_NULL)
        return 0;
    if (root->type != VALUE_MAP)
        return report_error(r, root, err, "a mapping with 'instances' is needed (found: %s)",
                            value_type_name(root->type));
    return load(&c);
}

int conf_parse(const struct reporter *r, struct adder_str text, struct value **ret,
               struct adder_error *err)
{
    struct adder_error strict, lenient;

    *ret = NULL;
    if (yaml_parse(text, YAML_AGENT | YAML_STRICT, ret, &strict) == 0)
        return 0;
    if (strict.code == ADDER_NOMEM)
        return err_nomem(err);
    if (yaml_parse(text, YAML_AGENT, ret, &lenient) < 0)
        return report_failure(r, lenient.code == ADDER_NOMEM ? &lenient : &strict, false, err);
    return report_failure(r, &strict, true, err);
}
