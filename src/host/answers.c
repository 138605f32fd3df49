#include "host/answers.h"

#include <string.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/text.h"

/* ---- Proxy ------------------------------------------------------------------------------ */

/* The variable every program knows, in capitals or not; NULL when there is none. */
static const char *common_variable(const struct settings *s, const char *const names[2])
{
    for (int i = 0; i < 2; i++) {
        const char *text = settings_env(s, names[i]);

        if (text != NULL && *text != '\0')
            return text;
    }
    return NULL;
}

static int proxy_url(const struct settings *s, const char *key, const char *const names[2],
                     char **ret, struct adder_error *err)
{
    const char *common = common_variable(s, names);

    if (common == NULL || settings_override(s, key) != NULL)
        return settings_text(s, key, ret, err);
    *ret = mem_strdup(common);
    return *ret != NULL ? 0 : err_nomem(err);
}

static int exempt_hosts(const struct settings *s, struct list *ret, struct adder_error *err)
{
    static const char *const names[2] = {"NO_PROXY", "no_proxy"};
    static const char *const metadata[] = {"169.254.169.254", "100.100.100.200"};
    const char *common = common_variable(s, names);
    bool cloud;

    if (common != NULL && settings_override(s, "proxy.no_proxy") == NULL) {
        if (list_split(ret, common, ",", err) < 0)
            return -1;
    } else if (settings_list(s, "proxy.no_proxy", ret, err) < 0) {
        return -1;
    }
    if (settings_bool(s, "use_proxy_for_cloud_metadata", &cloud, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(metadata) && !cloud; i++)
        if (list_add(ret, metadata[i], strlen(metadata[i]), err) < 0)
            return -1;
    return 0;
}

static void add_proxy(struct buf *out, const char *http, const char *https,
                      const struct list *exempt)
{
    buf_add_str(out, "http: ");
    settings_quote(out, str_of(http));
    buf_add_str(out, "\nhttps: ");
    settings_quote(out, str_of(https));
    buf_add_str(out, "\nno_proxy:");
    for (size_t i = 0; i < exempt->count; i++) {
        buf_add_str(out, "\n- ");
        settings_quote(out, str_of(exempt->items[i]));
    }
    buf_add_str(out, exempt->count > 0 ? "\n" : " []\n");
}

int answer_proxy(const struct settings *s, struct buf *out, struct adder_error *err)
{
    static const char *const http_names[2] = {"HTTP_PROXY", "http_proxy"};
    static const char *const https_names[2] = {"HTTPS_PROXY", "https_proxy"};
    AUTOFREE char *http = NULL, *https = NULL;
    CLEANUP(list_free) struct list exempt = {0};
    bool fips;

    if (settings_bool(s, "fips.enabled", &fips, err) < 0 || exempt_hosts(s, &exempt, err) < 0)
        return -1;
    if (proxy_url(s, "proxy.http", http_names, &http, err) < 0 ||
        proxy_url(s, "proxy.https", https_names, &https, err) < 0)
        return -1;
    if (fips) /* the FIPS proxy takes everything, others must not */
        http[0] = https[0] = '\0';
    if (*http != '\0' || *https != '\0' || exempt.count > 0)
        add_proxy(out, http, https, &exempt);
    return 0;
}

/* ---- Host tags -------------------------------------------------------------------------- */

/* Adds a tag, or one tag per piece of its value when its name has a separator. */
static int add_tag(struct list *tags, const char *tag, const struct value *separators,
                   struct adder_error *err)
{
    const char *colon = strchr(tag, ':');
    AUTOFREE char *name = mem_strndup(tag, colon != NULL ? (size_t)(colon - tag) : 0);
    struct adder_str separator;
    const char *at;

    if (name == NULL)
        return err_nomem(err);
    separator = value_string(value_get(separators, name));
    if (colon == NULL || separator.len == 0)
        return list_add(tags, tag, strlen(tag), err);
    for (at = colon + 1; at != NULL;) {
        const char *end = strstr(at, separator.ptr);
        int len = (int)(end != NULL ? (size_t)(end - at) : strlen(at));
        AUTOFREE char *piece = mem_printf("%s:%.*s", name, len, at);

        if (piece == NULL)
            return err_nomem(err);
        if (list_add(tags, piece, strlen(piece), err) < 0)
            return -1;
        at = end != NULL ? end + separator.len : NULL;
    }
    return 0;
}

static int add_environment(const struct settings *s, struct list *tags, struct adder_error *err)
{
    AUTOFREE char *env = NULL, *tag = NULL;

    if (settings_text(s, "env", &env, err) < 0)
        return -1;
    if (*env == '\0')
        return 0;
    tag = mem_printf("env:%s", env);
    return tag != NULL ? list_add(tags, tag, strlen(tag), err) : err_nomem(err);
}

static int gather_tags(const struct settings *s, struct list *tags, struct adder_error *err)
{
    CLEANUP(setting_clear) struct setting separators = {0};
    CLEANUP(list_free) struct list raw = {0};

    if (settings_get(s, "tag_value_split_separator", &separators, err) < 0 ||
        settings_list(s, "tags", &raw, err) < 0 ||
        settings_list(s, "extra_tags", &raw, err) < 0)
        return -1;
    for (size_t i = 0; i < raw.count; i++)
        if (add_tag(tags, raw.items[i], separators.value, err) < 0)
            return -1;
    if (add_environment(s, tags, err) < 0)
        return -1;
    list_sort_unique(tags);
    return 0;
}

int answer_host_tags(const struct settings *s, struct buf *out, struct adder_error *err)
{
    CLEANUP(list_free) struct list tags = {0};

    if (gather_tags(s, &tags, err) < 0)
        return -1;
    buf_add_str(out, "{\"system\":[");
    for (size_t i = 0; i < tags.count; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        text_json(out, str_of(tags.items[i]));
    }
    buf_add_str(out, "]}");
    return 0;
}
