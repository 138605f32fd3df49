/* Values of adder.yaml and of the environment, by type. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config_impl.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"
#include "host/known.h"
#include "metrics/histogram.h"

enum {
    COUNT_MAX = 10000,
    LIST_MAX = 10000, /* items */
};

static int wrong_type(const struct value *v, const char *needs, struct adder_error *err)
{
    return err_set(err, ADDER_INVALID, "%s is needed (found: %s)", needs,
                   value_type_name(v->type));
}

/* ---- Lists ------------------------------------------------------------------------------ */

static size_t list_count(char *const *list)
{
    size_t count = 0;

    while (list != NULL && list[count] != NULL)
        count++;
    return count;
}

int config_list_add(char ***list, struct adder_str text, struct adder_error *err)
{
    size_t count = list_count(*list);
    char **items = mem_realloc(*list, (count + 2) * sizeof(char *));

    if (items == NULL)
        return err_nomem(err);
    *list = items;
    items[count + 1] = NULL;
    items[count] = mem_strndup(text.ptr, text.len);
    return items[count] != NULL ? 0 : err_nomem(err);
}

static void free_list(char **list)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        mem_free(list[i]);
    mem_free(list);
}

static bool is_scalar(const struct value *v)
{
    return v->type != VALUE_LIST && v->type != VALUE_MAP && v->type != VALUE_SET &&
           v->type != VALUE_NULL && v->type != VALUE_BYTES;
}

/* Adds a scalar, numbers and booleans as YAML has them. */
static int add_scalar(char ***list, const struct value *v, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf text;

    buf_init(&text, CONFIG_FILE_MAX);
    if (!is_scalar(v))
        return wrong_type(v, "a list of texts", err);
    if (v->type == VALUE_STRING)
        return config_list_add(list, v->text, err);
    if (yaml_write(v, &text, err) < 0)
        return -1;
    return config_list_add(list, str_trim((struct adder_str){text.data, text.len}), err);
}

static int read_list(const struct value *v, void *field, struct adder_error *err)
{
    char ***list = field;

    if (v->type != VALUE_LIST)
        return add_scalar(list, v, err);
    if (v->list.count > LIST_MAX)
        return err_set(err, ADDER_LIMIT, "more than %d items", LIST_MAX);
    *list = mem_zalloc(sizeof(char *));
    if (*list == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < v->list.count; i++)
        if (add_scalar(list, v->list.items[i], err) < 0)
            return -1;
    return 0;
}

/* A text alone is a list of its words, as in the Agent. */
static int read_words(const struct value *v, void *field, struct adder_error *err)
{
    CLEANUP(value_freep) struct value *words = NULL;

    if (v->type != VALUE_STRING)
        return read_list(v, field, err);
    if (config_read_text(CONFIG_LIST, v->text.ptr, &words, err) < 0)
        return -1;
    return read_list(words, field, err);
}

static int read_aggregates(const struct value *v, void *field, struct adder_error *err)
{
    struct histogram_options ignored;

    if (read_words(v, field, err) < 0)
        return -1;
    return histogram_options_set(&ignored, *(const char *const **)field, NULL, 0, err);
}

/* A number, or the text of one. */
static int to_number(const struct value *v, double *ret, struct adder_error *err)
{
    CLEANUP(value_freep) struct value *read = NULL;

    if (v->type == VALUE_STRING) {
        if (yaml_parse(v->text, YAML_AGENT, &read, err) == 0)
            v = read;
        else if (err->code == ADDER_NOMEM)
            return -1;
    }
    if (v->type != VALUE_INT && v->type != VALUE_FLOAT)
        return wrong_type(v, "a list of numbers", err);
    *ret = v->type == VALUE_INT ? (double)v->integer : v->real;
    return 0;
}

/* The field is a struct config's two, one behind the other. */
static int read_percentiles(const struct value *v, void *field, struct adder_error *err)
{
    double **items = field;
    size_t *count = (size_t *)(items + 1);
    struct histogram_options ignored;

    if (v->type != VALUE_LIST)
        return wrong_type(v, "a list of numbers", err);
    if (v->list.count > LIST_MAX)
        return err_set(err, ADDER_LIMIT, "more than %d items", LIST_MAX);
    *items = mem_alloc((v->list.count + 1) * sizeof(double));
    if (*items == NULL)
        return err_nomem(err);
    for (; *count < v->list.count; ++*count)
        if (to_number(v->list.items[*count], &(*items)[*count], err) < 0)
            return -1;
    return histogram_options_set(&ignored, NULL, *items, *count, err);
}

/* ---- Others ----------------------------------------------------------------------------- */

static int own(char *text, void *field, struct adder_error *err)
{
    *(char **)field = text;
    return text != NULL ? 0 : err_nomem(err);
}

/* What a number's text was is not known any more: 007 is 7. */
static int read_text(const struct value *v, void *field, struct adder_error *err)
{
    struct adder_str text = str_trim(value_string(v));

    if (v->type != VALUE_STRING)
        return err_set(err, ADDER_INVALID, "a text is needed%s (found: %s)",
                       is_scalar(v) ? ", in quotes" : "", value_type_name(v->type));
    return own(mem_strndup(text.ptr, text.len), field, err);
}

/* Unquoted, 3.10 is the number 3.1; there is no Python 3.1 to run checks with. */
static int read_version(const struct value *v, void *field, struct adder_error *err)
{
    if (v->type == VALUE_INT)
        return own(mem_printf("%lld", (long long)v->integer), field, err);
    if (v->type != VALUE_FLOAT)
        return read_text(v, field, err);
    return own(v->real == 3.1 ? mem_strdup("3.10") : mem_printf("%g", v->real), field, err);
}

static int read_count(const struct value *v, void *field, struct adder_error *err)
{
    if (v->type != VALUE_INT || v->integer < 0)
        return wrong_type(v, "a whole number", err);
    if (v->integer > COUNT_MAX)
        return err_set(err, ADDER_INVALID, "more than %d", COUNT_MAX);
    *(unsigned *)field = (unsigned)v->integer;
    return 0;
}

static int read_bool(const struct value *v, void *field, struct adder_error *err)
{
    if (v->type != VALUE_BOOL)
        return wrong_type(v, "true or false", err);
    *(bool *)field = v->boolean;
    return 0;
}

/* To YAML, off without quotes is false. */
static int read_level(const struct value *v, void *field, struct adder_error *err)
{
    const char *name = value_string(v).ptr;
    int level = -1;

    if (v->type == VALUE_BOOL && !v->boolean)
        name = "off";
    if (name != NULL)
        level = log_level_of(name);
    if (level < 0)
        return err_set(err, ADDER_INVALID,
                       "one of trace, debug, info, warn, error, critical, off is needed");
    *(int *)field = level;
    return 0;
}

static int read_duration(const struct value *v, void *field, struct adder_error *err)
{
    return limits_parse_duration(v, field, err);
}

static int read_size(const struct value *v, void *field, struct adder_error *err)
{
    return limits_parse_size(v, field, err);
}

static int read_limits(const struct value *v, void *field, struct adder_error *err)
{
    return limits_read(v, field, err);
}

/* ---- By type ---------------------------------------------------------------------------- */

static int (*const readers[])(const struct value *v, void *field, struct adder_error *err) = {
    [CONFIG_TEXT] = read_text,
    [CONFIG_VERSION] = read_version,
    [CONFIG_COUNT] = read_count,
    [CONFIG_BOOL] = read_bool,
    [CONFIG_LIST] = read_words,
    [CONFIG_PATHS] = read_list,
    [CONFIG_LEVEL] = read_level,
    [CONFIG_DURATION] = read_duration,
    [CONFIG_SIZE] = read_size,
    [CONFIG_AGGREGATES] = read_aggregates,
    [CONFIG_PERCENTILES] = read_percentiles,
    [CONFIG_LIMITS] = read_limits,
};
_Static_assert(ARRAY_LEN(readers) == CONFIG_TYPES, "every type has a reader");

int config_read_value(enum config_type type, const struct value *v, void *field,
                      struct adder_error *err)
{
    return readers[type](v, field, err);
}

void config_free_value(enum config_type type, void *field)
{
    if (type == CONFIG_TEXT || type == CONFIG_VERSION || type == CONFIG_PERCENTILES)
        mem_free(*(void **)field);
    if (type == CONFIG_LIST || type == CONFIG_PATHS || type == CONFIG_AGGREGATES)
        free_list(*(char ***)field);
}

/* ---- Environment ------------------------------------------------------------------------ */

/* What stands between the items of a list in the environment; NULL for what is no list. */
static const char *const separators[CONFIG_TYPES] = {
    [CONFIG_LIST] = " \t\r\n",
    [CONFIG_AGGREGATES] = " \t\r\n",
    [CONFIG_PERCENTILES] = " \t\r\n",
    [CONFIG_PATHS] = ":",
};

static int split(const char *text, const char *between, struct value **ret,
                 struct adder_error *err)
{
    CLEANUP(value_freep) struct value *list = value_new(VALUE_LIST);
    size_t most = strlen(text) / 2 + 1;

    if (list == NULL || (list->list.items = mem_alloc(most * sizeof(struct value *))) == NULL)
        return err_nomem(err);
    while (*(text += strspn(text, between)) != '\0') {
        struct adder_str word = {text, strcspn(text, between)};
        struct value *item = value_new_text(VALUE_STRING, word);

        if (item == NULL)
            return err_nomem(err);
        list->list.items[list->list.count++] = item;
        text += word.len;
    }
    *ret = TAKE(list);
    return 0;
}

static int to_bool(const char *text, struct value **ret, struct adder_error *err)
{
    bool boolean;

    if (!known_bool(text, &boolean))
        return err_set(err, ADDER_INVALID, "true or false is needed");
    *ret = value_new(VALUE_BOOL);
    if (*ret == NULL)
        return err_nomem(err);
    (*ret)->boolean = boolean;
    return 0;
}

int config_read_text(enum config_type type, const char *text, struct value **ret,
                     struct adder_error *err)
{
    struct adder_str trimmed = str_trim(str_of(text));

    if (separators[type] != NULL && !str_starts(trimmed, "["))
        return split(text, separators[type], ret, err);
    if (separators[type] != NULL || type == CONFIG_LIMITS || type == CONFIG_COUNT)
        return yaml_parse(trimmed, YAML_AGENT, ret, err);
    if (type == CONFIG_BOOL)
        return to_bool(text, ret, err);
    *ret = value_new_text(VALUE_STRING, trimmed);
    return *ret != NULL ? 0 : err_nomem(err);
}
