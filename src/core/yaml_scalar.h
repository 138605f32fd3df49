/*
 * yaml_scalar.h - what a scalar's text means. Only for core/yaml*.c.
 *
 * Two readers matter: PyYAML's safe loader (YAML 1.1), by which Python code reads YAML, and
 * go-yaml v2, by which the Agent reads configuration files and decides what to quote.
 */
#ifndef ADDER_CORE_YAML_SCALAR_H
#define ADDER_CORE_YAML_SCALAR_H

#include "core/yaml_node.h"

enum { YAML_INT_DIGITS_MAX = 4300 }; /* decimal digits of an integer: CPython's own limit */

/* The tag PyYAML's implicit resolvers give an unquoted text. */
enum yaml_tag yaml_resolve(struct adder_str text);

/* The value of a text under `tag`, as PyYAML's constructors make it. Texts are NUL-terminated.
 * *ret is the caller's. ADDER_INVALID when it is no such value, ADDER_LIMIT, ADDER_NOMEM. */
int yaml_scalar(enum yaml_tag tag, struct adder_str text, struct value **ret,
                struct adder_error *err);

/* Those of them that have files of their own. */
int yaml_make_int(struct adder_str text, struct value **ret, struct adder_error *err);
int yaml_make_float(struct adder_str text, struct value **ret, struct adder_error *err);
int yaml_make_time(struct adder_str text, struct value **ret, struct adder_error *err);

/* Says that `text` is no `what`. Returns -1. */
int yaml_not_a(struct adder_error *err, const char *what, struct adder_str text);

/* Finds a date, with or without a time of day: VALUE_TIME, VALUE_DATE, or VALUE_NULL for a
 * text that is neither. `strict`: month and day of a lone date have two digits. Fields are not
 * checked for their range. */
enum value_type yaml_match_time(struct adder_str text, bool strict, struct value_time *ret);

/* Decimal text to double, whatever the locale. */
double yaml_strtod(const char *text);

/*
 * The tag go-yaml v2 gives an unquoted text. For null, bool, int and float *ret is its value,
 * where a VALUE_BIGINT is an unsigned number in `integer` and has no `text`.
 */
enum yaml_tag yaml_agent_resolve(struct adder_str text, struct value *ret);

#endif
