/*
 * config_fuzz.c - any bytes as adder.yaml, whose limits are also those of a check, and as the
 * text of each kind of variable of the environment: they are read or refused, and nothing
 * leaks.
 */
#include <stdlib.h>

#include "agent/config_impl.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Numbers that limits make no sense without. */
static void check_limits(struct limits l)
{
    limits_complete(&l, NULL, 15);
    if (!(l.grace_s > 0) || l.batch_bytes == 0 || l.batch_bytes > LIMITS_BATCH_MAX ||
        l.good_runs == 0 || !(l.timeout_s >= 0 && l.timeout_s <= LIMITS_DURATION_MAX_S))
        abort();
}

static void read_file(struct adder_str text)
{
    struct config_remarks remarks = {NULL, 0};
    struct config *c = NULL;
    struct adder_error err;

    if (config_parse(text, "fuzz.yaml", &c, &remarks, &err) == 0) {
        if (c->listen == NULL || c->check_runners == 0 || c->tree->type != VALUE_MAP)
            abort();
        check_limits(c->limits);
    } else if (err.code == ADDER_NOMEM) {
        abort();
    }
    config_free(c);
    config_remarks_free(&remarks);
}

/* Room for the field of any type. */
union field {
    struct limits limits;
    struct {
        double *items;
        size_t count;
    } percentiles;
};

static void read_variable(enum config_type type, const char *text)
{
    CLEANUP(value_freep) struct value *v = NULL;
    union field field = {.limits = {.said = 0}};
    struct adder_error err;

    if (config_read_text(type, text, &v, &err) < 0)
        return;
    if (config_read_value(type, v, &field, &err) == 0 && type == CONFIG_LIMITS)
        check_limits(field.limits);
    config_free_value(type, &field);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTOFREE char *text = mem_strndup((const char *)data, size);
    long before = mem_live();

    if (text == NULL)
        abort();
    /* A command that a file names is not to be run. */
    setenv("ADDER_SECRET_BACKEND_COMMAND", "none", 1);
    read_file((struct adder_str){(const char *)data, size});
    for (enum config_type type = 0; type < CONFIG_TYPES; type++)
        if (str_utf8_prefix(str_of(text)) == strlen(text))
            read_variable(type, text);
    if (mem_live() != before)
        abort();
    return 0;
}
