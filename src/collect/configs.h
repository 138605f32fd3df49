/*
 * configs.h - filling struct configs. For collect/, and for those who add to what it read.
 */
#ifndef ADDER_COLLECT_CONFIGS_H
#define ADDER_COLLECT_CONFIGS_H

#include "collect/discover.h"

struct configs *configs_new(void); /* NULL when memory is out */

/* Adds an instance and takes over what it points to, also on failure. */
int configs_add(struct configs *c, struct instance *instance, struct adder_error *err);

/* Adds the problems of `from`, before those of `to`; `from` has none any more. */
int configs_join(struct configs *to, struct configs *from, struct adder_error *err);

void instance_clear(struct instance *instance);

/* Where remarks about a file go. */
struct reporter {
    struct configs *to;
    const char *path;
};

/* Add a problem at `at`, which may be NULL. Problems beyond CONF_PROBLEMS_MAX are counted as
 * one. Both fail only when memory is out. */
int report_error(const struct reporter *r, const struct value *at, struct adder_error *err,
                 const char *fmt, ...) PRINTF_LIKE(4, 5);
int report_warning(const struct reporter *r, const struct value *at, struct adder_error *err,
                   const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Adds the failure in `why`, a message that begins with "line:column: " or not. ADDER_NOMEM is
 * no problem of the file: it is handed on in *err. */
int report_failure(const struct reporter *r, const struct adder_error *why, bool warning,
                   struct adder_error *err);

#endif
