/*
 * yaml_emit.h - texts and order of what yaml_write() writes. Only for core/yaml*.c.
 */
#ifndef ADDER_CORE_YAML_EMIT_H
#define ADDER_CORE_YAML_EMIT_H

#include "core/yaml.h"

enum {
    YAML_FLOAT_TEXT = 64, /* bytes that hold any double */
    YAML_TIME_TEXT = 64,  /* bytes that hold any date and time */
};

/* Below, equal to or above zero as go-yaml v2 orders the keys of a mapping (sorter.go): numbers
 * and booleans by value, then strings, in which runs of digits count as numbers and letters
 * come after everything else. */
int yaml_key_order(const struct value *a, const struct value *b);

/* The shortest decimal that reads back as `x`, as Go's FormatFloat(x, 'g', -1, 64) has it. */
void yaml_format_float(double x, char ret[YAML_FLOAT_TEXT]);

/* A VALUE_DATE or VALUE_TIME: RFC 3339, without a zone for a time that has none. */
void yaml_format_time(const struct value *v, char ret[YAML_TIME_TEXT]);

/* Base64 in lines of 70 letters when it is longer than that. The caller's; NULL when memory is
 * out. */
char *yaml_encode_base64(struct adder_str bytes);

/* Whether a text is a number to the base 60 to YAML 1.1, such as 12:30:45. */
bool yaml_is_base60(struct adder_str text);

#endif
