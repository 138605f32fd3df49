/*
 * obfuscate.h - takes literals out of SQL, execution plans and MongoDB commands.
 *
 * Pure functions of their arguments: no state, any thread. Results go to `out`, which is
 * appended to. Limits: input at most OBFUSCATE_INPUT_MAX bytes.
 */
#ifndef ADDER_OBFUSCATE_OBFUSCATE_H
#define ADDER_OBFUSCATE_OBFUSCATE_H

#include "core/buf.h"

enum { OBFUSCATE_INPUT_MAX = 4 * 1024 * 1024 };

/* `options`: JSON text of facts 1.2 (dbms, table_names, replace_digits, obfuscation_mode,
 * return_json_metadata, …); ptr NULL or "" is {}. */
int obfuscate_sql(struct adder_str query, struct adder_str options, struct buf *out,
                  struct adder_error *err);

/* A plan as JSON. "" for an empty plan. `normalize` also hides costs and row counts. */
int obfuscate_sql_plan(struct adder_str plan, bool normalize, struct buf *out,
                       struct adder_error *err);

int obfuscate_mongodb(struct adder_str command, struct buf *out, struct adder_error *err);

#endif
