#include "agent/config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config_impl.h"
#include "agent/secret.h"
#include "core/err.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

enum { VARIABLE_MAX = 128 }; /* bytes of a variable's name with its NUL */

/* A file on its way to a config. */
struct reading {
    struct config *to;
    const char *path;        /* as errors call it */
    struct secrets *secrets; /* NULL while the settings of the command itself are read */
    struct config_remarks *remarks;
    struct adder_error *err;
};

/* ---- Messages --------------------------------------------------------------------------- */

/* Puts the path before "line:column: ", which the message begins with if there is a place. */
static int fail_in_file(const struct reading *r)
{
    char message[ADDER_MESSAGE_MAX];

    memcpy(message, r->err->message, sizeof(message));
    return err_set(r->err, r->err->code, "%s:%s%s", r->path,
                   isdigit((unsigned char)message[0]) ? "" : " ", message);
}

/* ---- Values ----------------------------------------------------------------------------- */

/* The value of a key that may be dotted, which may also stand there in one piece. A null is as
 * good as nothing. */
static const struct value *look_up(const struct value *map, const char *key)
{
    const struct value *v = value_get(map, key);
    const char *dot = strchr(key, '.');
    char first[VARIABLE_MAX];

    if (v != NULL && v->type != VALUE_NULL)
        return v;
    if (dot == NULL || dot - key >= (ptrdiff_t)sizeof(first))
        return NULL;
    memcpy(first, key, (size_t)(dot - key));
    first[dot - key] = '\0';
    return look_up(value_get(map, first), dot + 1);
}

static const struct value *find_in_file(const struct reading *r, const struct config_key *k)
{
    const struct value *v = look_up(r->to->tree, k->name);

    return v == NULL && k->agent != NULL ? look_up(r->to->tree, k->agent) : v;
}

/* The variable that sets a key, its name in `ret`. An empty one counts as absent. */
static const char *find_variable(const char *key, char ret[VARIABLE_MAX])
{
    static const char *const prefixes[] = {"ADDER_", "DD_"};

    for (size_t i = 0; key != NULL && i < ARRAY_LEN(prefixes); i++) {
        size_t at = strlen(prefixes[i]);
        const char *text;

        memcpy(ret, prefixes[i], at);
        for (const char *c = key; *c != '\0' && at < VARIABLE_MAX - 1; c++)
            ret[at++] = *c == '.' ? '_' : (char)toupper((unsigned char)*c);
        ret[at] = '\0';
        text = getenv(ret);
        if (text != NULL && *text != '\0')
            return text;
    }
    return NULL;
}

/* Reads a value into the field of its key. What the key has no default for may be "" as well:
 * that is nothing, too. */
static int set(const struct reading *r, const struct config_key *k, const struct value *v)
{
    void *field = (char *)r->to + k->offset;

    if (config_read_value(k->type, v, field, r->err) < 0)
        return -1;
    if (k->type == CONFIG_TEXT && k->fallback == NULL && **(char **)field == '\0') {
        mem_free(*(char **)field);
        *(char **)field = NULL;
    }
    return 0;
}

static int set_from_variable(const struct reading *r, const struct config_key *k,
                             const char *name, const char *text)
{
    CLEANUP(value_freep) struct value *v = NULL;
    size_t valid = str_utf8_prefix(str_of(text));

    if (text[valid] != '\0')
        err_set(r->err, ADDER_INVALID, "bytes that are not UTF-8");
    else if (config_read_text(k->type, text, &v, r->err) == 0 &&
             (r->secrets == NULL || secrets_resolve(r->secrets, &v, r->err) == 0) &&
             set(r, k, v) == 0)
        return 0;
    return err_wrap(r->err, "environment variable %s", name);
}

static int set_from_file(const struct reading *r, const struct config_key *k,
                         const struct value *v)
{
    if (set(r, k, v) == 0)
        return 0;
    if (k->type != CONFIG_LIMITS)
        err_wrap(r->err, "%u:%u: %s", v->line, v->column, k->name);
    return fail_in_file(r);
}

static int set_fallback(const struct reading *r, const struct config_key *k)
{
    CLEANUP(value_freep) struct value *v = NULL;

    if (k->fallback == NULL)
        return 0;
    if (yaml_parse(str_of(k->fallback), YAML_AGENT, &v, r->err) < 0)
        return -1;
    return set(r, k, v);
}

static int read_key(const struct reading *r, const struct config_key *k)
{
    char name[VARIABLE_MAX];
    const char *text = find_variable(k->name, name);
    const struct value *v;

    if (text == NULL)
        text = find_variable(k->agent, name);
    if (text != NULL)
        return set_from_variable(r, k, name, text);
    v = find_in_file(r, k);
    return v != NULL ? set_from_file(r, k, v) : set_fallback(r, k);
}

/* ---- Secrets ---------------------------------------------------------------------------- */

static bool is_of_secrets(const struct config_key *k)
{
    return strncmp(k->name, "secret_", strlen("secret_")) == 0;
}

static int read_keys(const struct reading *r, bool of_secrets)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);

    for (size_t i = 0; i < count; i++)
        if (is_of_secrets(&keys[i]) == of_secrets && read_key(r, &keys[i]) < 0)
            return -1;
    return 0;
}

/* The settings of the command come first, for any other may be a secret. */
static int resolve(struct reading *r)
{
    struct secret_options options;

    if (read_keys(r, true) < 0)
        return -1;
    options = (struct secret_options){
        .command = r->to->secret_command,
        .arguments = (const char *const *)r->to->secret_arguments,
        .timeout_s = r->to->secret_timeout_s,
        .group_may_execute = r->to->secret_group_may_execute,
        .trim_newline = r->to->secret_trim_newline,
    };
    if (secrets_new(&options, &r->secrets, r->err) < 0)
        return -1;
    return secrets_resolve(r->secrets, &r->to->tree, r->err) < 0 ? fail_in_file(r) : 0;
}

/* ---- The whole -------------------------------------------------------------------------- */

/* Strictly first: what only a lenient reader takes is remarked on. */
static int parse(struct reading *r, struct adder_str text)
{
    struct adder_error strict;

    if (yaml_parse(text, YAML_AGENT | YAML_STRICT, &r->to->tree, &strict) < 0) {
        if (strict.code == ADDER_NOMEM)
            return err_nomem(r->err);
        if (yaml_parse(text, YAML_AGENT, &r->to->tree, r->err) < 0)
            return r->err->code == ADDER_NOMEM ? -1 : fail_in_file(r);
        if (config_remark_error(r->remarks, &strict, r->err) < 0)
            return -1;
    }
    if (r->to->tree->type == VALUE_NULL) {
        value_free(r->to->tree);
        r->to->tree = value_new(VALUE_MAP);
        return r->to->tree != NULL ? 0 : err_nomem(r->err);
    }
    if (r->to->tree->type == VALUE_MAP)
        return 0;
    err_set(r->err, ADDER_INVALID, "%u:%u: a mapping of settings is needed (found: %s)",
            r->to->tree->line, r->to->tree->column, value_type_name(r->to->tree->type));
    return fail_in_file(r);
}

/* Adds extra_tags and env to the tags. */
static int merge_tags(struct config *c, struct adder_error *err)
{
    AUTOFREE char *env = NULL;

    for (char **tag = c->extra_tags; tag != NULL && *tag != NULL; tag++)
        if (config_list_add(&c->tags, str_of(*tag), err) < 0)
            return -1;
    if (c->env == NULL)
        return 0;
    env = mem_printf("env:%s", c->env);
    return env != NULL ? config_list_add(&c->tags, str_of(env), err) : err_nomem(err);
}

static int read_all(struct reading *r, struct adder_str text)
{
    if (parse(r, text) < 0)
        return -1;
    if (config_remark_unknown(r->to->tree, r->remarks, r->err) < 0)
        return r->err->code == ADDER_NOMEM ? -1 : fail_in_file(r);
    if (resolve(r) < 0 || read_keys(r, false) < 0 || merge_tags(r->to, r->err) < 0)
        return -1;
    if (r->to->check_runners == 0) /* which lets the Agent choose */
        r->to->check_runners = CONFIG_RUNNERS_DEFAULT;
    return 0;
}

int config_parse(struct adder_str text, const char *path, struct config **ret,
                 struct config_remarks *remarks, struct adder_error *err)
{
    CLEANUP(config_freep) struct config *c = mem_zalloc(sizeof(*c));
    struct reading r = {.to = c, .path = path, .remarks = remarks, .err = err};
    int rc;

    if (c == NULL)
        return err_nomem(err);
    rc = read_all(&r, text);
    secrets_free(r.secrets);
    if (rc < 0)
        return -1;
    *ret = TAKE(c);
    return 0;
}

int config_read(const char *path, struct config **ret, struct config_remarks *remarks,
                struct adder_error *err)
{
    const char *file = path != NULL ? path : CONFIG_FILE_DEFAULT;
    AUTOFREE char *text = NULL;
    size_t len = 0;

    if (file_read(file, CONFIG_FILE_MAX, &text, &len, err) < 0 &&
        (path != NULL || err->code != ADDER_NOT_FOUND))
        return -1;
    return config_parse((struct adder_str){text, len}, file, ret, remarks, err);
}

int config_read_token(struct config *c, struct adder_error *err)
{
    AUTOFREE char *text = NULL;
    struct adder_str token;
    size_t len;

    if (c->token != NULL || c->token_file == NULL)
        return 0;
    if (file_read(c->token_file, CONFIG_TOKEN_MAX, &text, &len, err) < 0)
        return err_wrap(err, "api_token_file");
    token = str_trim((struct adder_str){text, len});
    if (token.len == 0)
        return err_set(err, ADDER_INVALID, "api_token_file: %s is empty", c->token_file);
    c->token = mem_strndup(token.ptr, token.len);
    return c->token != NULL ? 0 : err_nomem(err);
}

void config_free(struct config *c)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);

    if (c == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        config_free_value(keys[i].type, (char *)c + keys[i].offset);
    value_free(c->tree);
    mem_free(c);
}
