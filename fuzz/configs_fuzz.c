/*
 * configs_fuzz.c - any bytes as a configuration file: it becomes instances and problems, whose
 * texts can be read again.
 */
#include <stdlib.h>

#include "collect/conf_file.h"
#include "core/str.h"
#include "core/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a check gets must be YAML to Python's reader: a mapping. */
static void read_again(const char *text)
{
    CLEANUP(value_freep) struct value *v = NULL;
    struct adder_error err;

    if (yaml_parse(str_of(text), YAML_STRICT, &v, &err) < 0 || v->type != VALUE_MAP)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(configs_freep) struct configs *c = configs_new();
    CLEANUP(value_freep) struct value *root = NULL;
    struct reporter reporter = {c, "/conf.d/fuzz.yaml"};
    struct conf_source source = {"fuzz", "file:/conf.d/fuzz.yaml", false, false};
    struct adder_error err;

    setenv("FUZZ", "0x10", 1);
    if (conf_parse(&reporter, (struct adder_str){(const char *)data, size}, &root, &err) < 0)
        return 0;
    if (root != NULL && conf_load(&reporter, &source, root, &err) < 0 &&
        err.code != ADDER_LIMIT)
        abort();
    for (size_t i = 0; i < c->instance_count; i++)
        read_again(c->instances[i].instance);
    return 0;
}
