#include "host/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"
#include "host/known.h"

struct settings {
    struct list env;       /* "KEY=VALUE" */
    struct value *file;    /* NULL: none */
    struct setting *known; /* of each known setting: the base asks for some with every run */
    size_t known_count;
};

/* ---- Environment ------------------------------------------------------------------------ */

static const char *const prefixes[] = {"ADDER_", "DD_"};

enum { NAME_SIZE = SETTINGS_KEY_MAX + 16 }; /* the longest prefix, a key, a NUL */

/* The name of a key's variable. */
static void variable_name(const char *prefix, const char *key, char ret[NAME_SIZE])
{
    size_t at = strlen(prefix);

    memcpy(ret, prefix, at);
    for (; *key != '\0' && at < NAME_SIZE - 1; key++)
        ret[at++] = *key == '.' ? '_' : (char)toupper((unsigned char)*key);
    ret[at] = '\0';
}

/* The index of a variable, or -1. */
static ssize_t find_variable(const struct list *env, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < env->count; i++)
        if (strncmp(env->items[i], name, len) == 0 && env->items[i][len] == '=')
            return (ssize_t)i;
    return -1;
}

const char *settings_env(const struct settings *s, const char *name)
{
    ssize_t at = find_variable(&s->env, name);

    return at < 0 ? NULL : s->env.items[at] + strlen(name) + 1;
}

const char *const *settings_environ(const struct settings *s)
{
    static const char *const none[] = {NULL};

    return s->env.items != NULL ? (const char *const *)s->env.items : none;
}

const char *settings_override(const struct settings *s, const char *key)
{
    char name[NAME_SIZE];

    if (strlen(key) > SETTINGS_KEY_MAX)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        const char *text;

        variable_name(prefixes[i], key, name);
        text = settings_env(s, name);
        if (text != NULL && *text != '\0')
            return text;
    }
    return NULL;
}

static int copy_environment(struct list *ret, struct adder_error *err)
{
    for (char **at = environ; at != NULL && *at != NULL; at++)
        if (list_add(ret, *at, strlen(*at), err) < 0)
            return -1;
    return 0;
}

/* ---- The text of a variable as YAML ----------------------------------------------------- */

void settings_quote(struct buf *out, struct adder_str text)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\x%02x", c);
        else
            buf_add_char(out, text.ptr[i]);
    }
    buf_add_char(out, '"');
}

static bool text_yaml(const char *text, struct buf *out)
{
    settings_quote(out, str_of(text));
    return true;
}

static bool int_yaml(const char *text, struct buf *out)
{
    long long n;
    char *end;

    errno = 0;
    n = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0')
        return false;
    buf_printf(out, "%lld", n);
    return true;
}

static bool bool_yaml(const char *text, struct buf *out)
{
    bool value;

    if (!known_bool(text, &value))
        return false;
    buf_add_str(out, value ? "true" : "false");
    return true;
}

static bool list_yaml(const char *text, struct buf *out)
{
    const char *separator = "";

    buf_add_char(out, '[');
    while (*(text += strspn(text, " ")) != '\0') {
        size_t len = strcspn(text, " ");

        buf_add_str(out, separator);
        settings_quote(out, (struct adder_str){text, len});
        separator = ", ";
        text += len;
    }
    buf_add_char(out, ']');
    return true;
}

static bool tree_yaml(const char *text, struct buf *out)
{
    buf_add_str(out, text);
    return true;
}

static bool (*const to_yaml[])(const char *text, struct buf *out) = {
    [SETTING_TEXT] = text_yaml, [SETTING_INT] = int_yaml,   [SETTING_BOOL] = bool_yaml,
    [SETTING_LIST] = list_yaml, [SETTING_TREE] = tree_yaml,
};

static int read_variable(const char *text, enum setting_kind kind, struct value **ret,
                         struct adder_error *err)
{
    CLEANUP(buf_free) struct buf b;

    buf_init(&b, YAML_TEXT_MAX);
    if (!to_yaml[kind](text, &b))
        return err_set(err, ADDER_INVALID, "'%s' does not fit", text);
    if (buf_check(&b, err) < 0)
        return -1;
    return yaml_parse((struct adder_str){b.data, b.len}, YAML_LENIENT, ret, err);
}

/* A variable without a type is YAML when it can be read as such, else text. */
static int read_unknown(const char *text, struct value **ret, struct adder_error *err)
{
    if (read_variable(text, SETTING_TREE, ret, err) == 0)
        return 0;
    if (err->code != ADDER_INVALID)
        return -1;
    return read_variable(text, SETTING_TEXT, ret, err);
}

/* Forgets the variables `text` could not be read from, so that asking cannot fail later. */
static int drop_unfit(struct settings *s, const struct known_setting *k, const char *prefix,
                      struct adder_error *err)
{
    struct value *v = NULL;
    char name[NAME_SIZE];
    const char *text;

    variable_name(prefix, k->key, name);
    text = settings_env(s, name);
    if (text == NULL || *text == '\0')
        return 0;
    if (read_variable(text, k->kind, &v, err) == 0) {
        value_free(v);
        return 0;
    }
    if (err->code != ADDER_INVALID)
        return -1;
    LOG_WARN("environment variable %s is ignored: %s", name, err->message);
    s->env.items[find_variable(&s->env, name)][strlen(name) + 1] = '\0';
    return 0;
}

/* ---- Finding --------------------------------------------------------------------------- */

void setting_clear(struct setting *v)
{
    value_free(v->owned);
    *v = (struct setting){0};
}

/* The whole key wins over its first part, as in the Agent. */
static const struct value *lookup(const struct value *map, const char *key)
{
    const struct value *v = value_get(map, key);
    const char *dot = strchr(key, '.');
    char first[SETTINGS_KEY_MAX + 1];

    if (v != NULL && v->type != VALUE_NULL)
        return v;
    if (dot == NULL)
        return NULL;
    memcpy(first, key, (size_t)(dot - key));
    first[dot - key] = '\0';
    v = value_get(map, first);
    return v != NULL ? lookup(v, dot + 1) : NULL;
}

static int own(struct setting *ret, struct value *v)
{
    *ret = (struct setting){.value = v, .owned = v};
    return 0;
}

/* Where the values of a key come from, the strongest first. */
static int find(const struct settings *s, const char *key, struct setting *ret,
                struct adder_error *err)
{
    const struct known_setting *k = known_find(key);
    const char *text = settings_override(s, key);
    struct value *v = NULL;

    *ret = (struct setting){0};
    if (text != NULL) {
        if (k != NULL ? read_variable(text, k->kind, &v, err) : read_unknown(text, &v, err))
            return err_wrap(err, "environment variable for %s", key);
        return own(ret, v);
    }
    ret->value = lookup(s->file, key);
    if (ret->value != NULL || k == NULL || k->fallback == NULL)
        return 0;
    if (yaml_parse(str_of(k->fallback), YAML_LENIENT, &v, err) < 0)
        return err_wrap(err, "%s", key);
    return own(ret, v);
}

/* ---- Life ------------------------------------------------------------------------------- */

static int copy_file(const struct value *file, struct value **ret, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf b;

    buf_init(&b, YAML_TEXT_MAX);
    if (file == NULL || file->type != VALUE_MAP)
        return 0;
    if (yaml_write(file, &b, err) < 0 || buf_check(&b, err) < 0)
        return -1;
    return yaml_parse((struct adder_str){b.data, b.len}, YAML_LENIENT, ret, err);
}

/* Finds the known settings, without the variables that do not fit. */
static int find_known(struct settings *s, struct adder_error *err)
{
    const struct known_setting *k;

    s->known = mem_zalloc(known_count() * sizeof(*s->known));
    if (s->known == NULL)
        return err_nomem(err);
    for (; (k = known_at(s->known_count)) != NULL; s->known_count++) {
        for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
            if (drop_unfit(s, k, prefixes[i], err) < 0)
                return -1;
        if (find(s, k->key, &s->known[s->known_count], err) < 0)
            return -1;
    }
    return 0;
}

int settings_new(const struct value *file, struct settings **ret, struct adder_error *err)
{
    CLEANUP(settings_freep) struct settings *s = mem_zalloc(sizeof(*s));

    if (s == NULL)
        return err_nomem(err);
    if (copy_environment(&s->env, err) < 0 || copy_file(file, &s->file, err) < 0 ||
        find_known(s, err) < 0)
        return err_wrap(err, "settings");
    *ret = TAKE(s);
    return 0;
}

void settings_free(struct settings *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->known_count; i++)
        setting_clear(&s->known[i]);
    mem_free(s->known);
    list_free(&s->env);
    value_free(s->file);
    mem_free(s);
}

/* ---- Asking ----------------------------------------------------------------------------- */

int settings_get(const struct settings *s, const char *key, struct setting *ret,
                 struct adder_error *err)
{
    const struct known_setting *k = known_find(key);

    *ret = (struct setting){0};
    if (strlen(key) > SETTINGS_KEY_MAX)
        return 0;
    if (k == NULL)
        return find(s, key, ret, err);
    ret->value = s->known[k - known_at(0)].value;
    return 0;
}

/* A scalar as text, "" for anything else. NULL when memory is out. */
static char *scalar_text(const struct value *v)
{
    switch (v != NULL ? v->type : VALUE_NULL) {
    case VALUE_STRING:
    case VALUE_BIGINT:
        return mem_strndup(v->text.ptr, v->text.len);
    case VALUE_INT:
        return mem_printf("%lld", (long long)v->integer);
    case VALUE_FLOAT:
        return mem_printf("%.17g", v->real);
    case VALUE_BOOL:
        return mem_strdup(v->boolean ? "true" : "false");
    default:
        return mem_strdup("");
    }
}

int settings_text(const struct settings *s, const char *key, char **ret,
                  struct adder_error *err)
{
    CLEANUP(setting_clear) struct setting v = {0};
    char *text;

    if (settings_get(s, key, &v, err) < 0)
        return -1;
    text = scalar_text(v.value);
    if (text == NULL)
        return err_nomem(err);
    *ret = text;
    return 0;
}

int settings_bool(const struct settings *s, const char *key, bool *ret, struct adder_error *err)
{
    AUTOFREE char *text = NULL;

    if (settings_text(s, key, &text, err) < 0)
        return -1;
    if (!known_bool(text, ret))
        *ret = false;
    return 0;
}

int settings_list(const struct settings *s, const char *key, struct list *ret,
                  struct adder_error *err)
{
    CLEANUP(setting_clear) struct setting v = {0};
    struct adder_str one;

    if (settings_get(s, key, &v, err) < 0)
        return -1;
    one = value_string(v.value);
    if (one.len > 0)
        return list_add(ret, one.ptr, one.len, err);
    if (v.value == NULL || v.value->type != VALUE_LIST)
        return 0;
    for (size_t i = 0; i < v.value->list.count; i++) {
        AUTOFREE char *item = scalar_text(v.value->list.items[i]);

        if (item == NULL)
            return err_nomem(err);
        if (*item != '\0' && list_add(ret, item, strlen(item), err) < 0)
            return -1;
    }
    return 0;
}
