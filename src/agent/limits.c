#include "agent/limits.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <strings.h>

#include "core/closest.h"
#include "core/err.h"
#include "core/str.h"

#define FIELD(name) offsetof(struct limits, name)
#define COUNT_MAX   1e15

/* The default of a timeout depends on the interval. */
enum { TIMEOUT_INTERVALS = 4, TIMEOUT_LEAST_S = 60 };

static const struct limit_key keys[] = {
    {"timeout", LIMIT_DURATION, FIELD(timeout_s), "4 intervals, at least 60s", 0,
     LIMITS_DURATION_MAX_S, "How long a run may take."},
    {"grace", LIMIT_DURATION, FIELD(grace_s), "5s", 0.001, LIMITS_DURATION_MAX_S,
     "How long a run that took too long has to end by the exception raised in it, before its "
     "worker is killed."},
    {"cpu", LIMIT_DURATION, FIELD(cpu_s), "none", 0, LIMITS_DURATION_MAX_S,
     "CPU time of a run."},
    {"memory", LIMIT_SIZE, FIELD(memory_bytes), "512MiB", 0, (double)LIMITS_SIZE_MAX,
     "How much its worker may grow while it runs."},
    {"files", LIMIT_COUNT, FIELD(files), "1024", 0, COUNT_MAX,
     "Files and connections its worker may have open."},
    {"processes", LIMIT_COUNT, FIELD(processes), "64", 0, COUNT_MAX,
     "Processes it may have running."},
    {"threads", LIMIT_COUNT, FIELD(threads), "256", 0, COUNT_MAX,
     "Threads its worker may have."},
    {"samples", LIMIT_COUNT, FIELD(samples), "1000000", 0, COUNT_MAX,
     "Samples that one run may submit."},
    {"batch", LIMIT_SIZE, FIELD(batch_bytes), "64MiB", 1024, (double)LIMITS_BATCH_MAX,
     "What the samples of one run may take together."},
    {"contexts", LIMIT_COUNT, FIELD(contexts), "1000000", 0, COUNT_MAX,
     "Combinations of metric and tags it may have."},
    {"good_runs", LIMIT_COUNT, FIELD(good_runs), "10", 1, 1e9,
     "Good runs in a row after which a check leaves quarantine."},
    {"isolated", LIMIT_BOOL, FIELD(isolated), "false", 0, 0,
     "Whether it always runs in a worker of its own."},
};

_Static_assert(ARRAY_LEN(keys) <= 32, "struct limits.said has a bit for each key");

const struct limit_key *limits_keys(size_t *count)
{
    *count = ARRAY_LEN(keys);
    return keys;
}

/* ---- Values ---------------------------------------------------------------------------- */

static bool is_none(const struct value *v)
{
    struct adder_str text = str_trim(value_string(v));

    return text.len == 4 && strncasecmp(text.ptr, "none", 4) == 0;
}

/* A whole number; 1e6 is a float to YAML. */
static int parse_count(const struct value *v, uint64_t *ret, struct adder_error *err)
{
    double number = v->type == VALUE_FLOAT ? v->real : -1;

    if (v->type == VALUE_INT)
        number = (double)v->integer;
    if (!(number >= 0) || number > COUNT_MAX || number != trunc(number))
        return err_set(err, ADDER_INVALID, "a whole number is needed (found: %s)",
                       number < 0 && v->type == VALUE_INT ? "a negative number"
                                                          : value_type_name(v->type));
    *ret = (uint64_t)number;
    return 0;
}

/* Reads a value of the key's type into `field`; *number is what to compare with its bounds. */
static int parse_value(const struct limit_key *k, const struct value *v, void *field,
                       double *number, struct adder_error *err)
{
    static const struct value none = {.type = VALUE_INT};
    int rc;

    if (k->type == LIMIT_BOOL) {
        if (v->type != VALUE_BOOL)
            return err_set(err, ADDER_INVALID, "true or false is needed (found: %s)",
                           value_type_name(v->type));
        *(bool *)field = v->boolean;
        return 0;
    }
    if (is_none(v))
        v = &none;
    if (k->type == LIMIT_DURATION) {
        rc = limits_parse_duration(v, field, err);
        *number = rc == 0 ? *(double *)field : 0;
        return rc;
    }
    rc = k->type == LIMIT_SIZE ? limits_parse_size(v, field, err) : parse_count(v, field, err);
    *number = rc == 0 ? (double)*(uint64_t *)field : 0;
    return rc;
}

/* A bound as people write it. */
static void print_bound(const struct limit_key *k, double bound, char ret[LIMITS_TEXT])
{
    if (k->type == LIMIT_DURATION)
        limits_print_duration(bound, ret);
    else if (k->type == LIMIT_SIZE)
        limits_print_size(bound, ret);
    else
        snprintf(ret, LIMITS_TEXT, "%.0f", bound);
}

static int check_bounds(const struct limit_key *k, double number, struct adder_error *err)
{
    char bound[LIMITS_TEXT];

    if (k->type == LIMIT_BOOL || (number >= k->least && number <= k->most))
        return 0;
    print_bound(k, number < k->least ? k->least : k->most, bound);
    return err_set(err, ADDER_INVALID,
                   number < k->least ? "at least %s is needed" : "at most %s is possible",
                   bound);
}

/* ---- Mappings -------------------------------------------------------------------------- */

static size_t find(struct adder_str name)
{
    size_t i = 0;

    while (i < ARRAY_LEN(keys) && !str_is(name, keys[i].name))
        i++;
    return i;
}

static void set_said(struct limits *l, size_t i)
{
    l->said |= UINT32_C(1) << i;
}

static bool is_said(const struct limits *l, size_t i)
{
    return l->said >> i & 1;
}

static int unknown_key(const struct value *key, struct adder_error *err)
{
    struct adder_str name = key->text;
    struct closest meant = closest_to(name.ptr, name.len);

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        closest_offer(&meant, keys[i].name);
    err_set(err, ADDER_INVALID, "there is no such setting");
    if (meant.best[0] != '\0')
        err_set(err, ADDER_INVALID, "there is no such setting; did you mean '%s'?", meant.best);
    return err_wrap(err, "%u:%u: %.*s", key->line, key->column,
                    name.len < 64 ? (int)name.len : 64, name.ptr);
}

static int read_pair(const struct value_pair *pair, struct limits *ret, struct adder_error *err)
{
    struct adder_str name = value_string(pair->key);
    struct limits read = *ret;
    double number = 0;
    size_t i;

    if (name.ptr == NULL)
        return err_set(err, ADDER_INVALID, "%u:%u: the name of a setting is needed (found: %s)",
                       pair->key->line, pair->key->column, value_type_name(pair->key->type));
    i = find(name);
    if (i == ARRAY_LEN(keys))
        return unknown_key(pair->key, err);
    if (pair->value->type == VALUE_NULL)
        return 0;
    if (parse_value(&keys[i], pair->value, (char *)&read + keys[i].offset, &number, err) < 0 ||
        check_bounds(&keys[i], number, err) < 0)
        return err_wrap(err, "%u:%u: %s", pair->value->line, pair->value->column, name.ptr);
    set_said(&read, i);
    *ret = read;
    return 0;
}

int limits_read(const struct value *mapping, struct limits *ret, struct adder_error *err)
{
    struct limits read = *ret;

    if (mapping->type == VALUE_NULL)
        return 0;
    if (mapping->type != VALUE_MAP)
        return err_set(err, ADDER_INVALID,
                       "%u:%u: a mapping is needed, such as {timeout: 5s, memory: 200MiB} "
                       "(found: %s)",
                       mapping->line, mapping->column, value_type_name(mapping->type));
    for (size_t i = 0; i < mapping->map.count; i++)
        if (read_pair(&mapping->map.pairs[i], &read, err) < 0)
            return -1;
    *ret = read;
    return 0;
}

int limits_judge(void *ctx, const struct value *mapping, struct adder_error *err)
{
    struct limits limits = {.said = 0};

    (void)ctx;
    return limits_read(mapping, &limits, err);
}

/* ---- Defaults -------------------------------------------------------------------------- */

static void copy_field(size_t i, struct limits *to, const struct limits *from)
{
    static const size_t sizes[] = {
        [LIMIT_DURATION] = sizeof(double),
        [LIMIT_SIZE] = sizeof(uint64_t),
        [LIMIT_COUNT] = sizeof(uint64_t),
        [LIMIT_BOOL] = sizeof(bool),
    };

    memcpy((char *)to + keys[i].offset, (const char *)from + keys[i].offset,
           sizes[keys[i].type]);
    set_said(to, i);
}

static const struct limits built_in = {
    .grace_s = 5,
    .memory_bytes = UINT64_C(512) * 1024 * 1024,
    .files = 1024,
    .processes = 64,
    .threads = 256,
    .samples = 1000 * 1000,
    .batch_bytes = LIMITS_BATCH_MAX,
    .contexts = 1000 * 1000,
    .good_runs = 10,
};

void limits_complete(struct limits *l, const struct limits *defaults, double interval_s)
{
    struct limits last = built_in;

    last.timeout_s = fmax(TIMEOUT_INTERVALS * interval_s, TIMEOUT_LEAST_S);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (is_said(l, i))
            continue;
        copy_field(i, l, defaults != NULL && is_said(defaults, i) ? defaults : &last);
    }
}
