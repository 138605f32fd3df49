#include "host/containers.h"

#include <string.h>

#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "host/pattern.h"

/* Images of the containers that only hold a pod's namespaces together. */
#define PAUSE_IMAGES "image:(^|/)(docker-)?pause(-[a-z0-9_]+)*([:@]|$)"
#define POD_IMAGES   "image:(^|/)(origin|ose)-pod([:@]|$)"

enum aspect { IMAGE, NAME, NAMESPACE, ASPECTS };

static const char *const aspect_prefix[ASPECTS] = {
    [IMAGE] = "image:",
    [NAME] = "name:",
    [NAMESPACE] = "kube_namespace:",
};

struct rule {
    enum aspect aspect;
    regex_t regex;
};

struct rules {
    struct rule *items;
    size_t count;
};

struct container_filter {
    struct rules include, exclude;
};

static void rules_free(struct rules *r)
{
    for (size_t i = 0; i < r->count; i++)
        regfree(&r->items[i].regex);
    mem_free(r->items);
    *r = (struct rules){0};
}

static int add_rule(struct rules *rules, const char *entry, struct adder_error *err)
{
    for (int i = 0; i < ASPECTS; i++) {
        struct rule *rule = &rules->items[rules->count];

        if (!str_starts(str_of(entry), aspect_prefix[i]))
            continue;
        rule->aspect = (enum aspect)i;
        if (pattern_compile(entry + strlen(aspect_prefix[i]), &rule->regex, err) < 0)
            return err_wrap(err, "%s", aspect_prefix[i]);
        rules->count++;
        return 0;
    }
    LOG_WARN("container filter '%s' is ignored: it begins with none of image:, name:, "
             "kube_namespace:",
             entry);
    return 0;
}

static int add_rules(struct rules *rules, const struct list *entries, struct adder_error *err)
{
    rules->items = mem_zalloc((entries->count + 1) * sizeof(*rules->items));
    if (rules->items == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < entries->count; i++)
        if (add_rule(rules, entries->items[i], err) < 0)
            return -1;
    return 0;
}

/* The entries of the first two settings, else those of the third. */
static int gather(const struct settings *s, const char *const keys[3], struct list *ret,
                  struct adder_error *err)
{
    if (settings_list(s, keys[0], ret, err) < 0 || settings_list(s, keys[1], ret, err) < 0)
        return -1;
    return ret->count == 0 ? settings_list(s, keys[2], ret, err) : 0;
}

static int add_pause_images(const struct settings *s, struct list *ret, struct adder_error *err)
{
    static const char *const images[] = {PAUSE_IMAGES, POD_IMAGES};
    bool wanted;

    if (settings_bool(s, "exclude_pause_container", &wanted, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(images) && wanted; i++)
        if (list_add(ret, images[i], strlen(images[i]), err) < 0)
            return -1;
    return 0;
}

int container_filter_new(const struct settings *s, struct container_filter **ret,
                         struct adder_error *err)
{
    static const char *const in[3] = {"container_include", "container_include_metrics",
                                      "ac_include"};
    static const char *const ex[3] = {"container_exclude", "container_exclude_metrics",
                                      "ac_exclude"};
    CLEANUP(container_filter_freep) struct container_filter *f = mem_zalloc(sizeof(*f));
    CLEANUP(list_free) struct list include = {0}, exclude = {0};

    if (f == NULL)
        return err_nomem(err);
    if (gather(s, in, &include, err) < 0 || gather(s, ex, &exclude, err) < 0 ||
        add_pause_images(s, &exclude, err) < 0)
        return -1;
    if (add_rules(&f->include, &include, err) < 0 || add_rules(&f->exclude, &exclude, err) < 0)
        return err_wrap(err, "container filter");
    *ret = TAKE(f);
    return 0;
}

void container_filter_free(struct container_filter *f)
{
    if (f == NULL)
        return;
    rules_free(&f->include);
    rules_free(&f->exclude);
    mem_free(f);
}

static bool any_matches(const struct rules *rules, char *const texts[ASPECTS])
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        const char *text = texts[rule->aspect];

        if (*text != '\0' && regexec(&rule->regex, text, 0, NULL, 0) == 0)
            return true;
    }
    return false;
}

bool container_filter_excludes(const struct container_filter *f, struct adder_str name,
                               struct adder_str image, struct adder_str ns)
{
    AUTOFREE char *image_text = mem_strndup(image.len > 0 ? image.ptr : "", image.len);
    AUTOFREE char *name_text = mem_strndup(name.len > 0 ? name.ptr : "", name.len);
    AUTOFREE char *ns_text = mem_strndup(ns.len > 0 ? ns.ptr : "", ns.len);
    char *const texts[ASPECTS] = {
        [IMAGE] = image_text, [NAME] = name_text, [NAMESPACE] = ns_text};

    if (f == NULL || image_text == NULL || name_text == NULL || ns_text == NULL)
        return false;
    return !any_matches(&f->include, texts) && any_matches(&f->exclude, texts);
}
