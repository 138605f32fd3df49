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

/*
 * Every literal of the query becomes '?', also in text that is cut off; comments go. `options`
 * is JSON text, ptr NULL or "" is {}: `dbms` (mssql, postgresql, mysql, oracle, sqlite,
 * snowflake; anything else reads what any of them writes), `obfuscation_mode` ("" for the
 * Agent's older style, "obfuscate_only", "obfuscate_and_normalize", and "normalize_only", which
 * hides nothing) and the booleans of sql_options.h. With `return_json_metadata` the result is
 *   {"query": ..., "metadata": {"Size", "tables_csv", "commands", "comments", "procedures"}}.
 *
 * What stands in double quotes is a string to MySQL, a name to the others. With no `dbms` it is
 * one by what stands before it: f("x") keeps it, as in the Agent; a = "x" does not.
 *
 * Errors, in the Agent's words where it has them: `invalid obfuscation mode: X`; in the older
 * style `result is empty` and, for text that is cut off, `at position N: unexpected EOF in
 * string`.
 */
int obfuscate_sql(struct adder_str query, struct adder_str options, struct buf *out,
                  struct adder_error *err);

/* A plan of EXPLAIN as JSON; conditions in it are obfuscated as SQL. "" for an empty plan.
 * `normalize` also hides costs and row counts. */
int obfuscate_sql_plan(struct adder_str plan, bool normalize, struct buf *out,
                       struct adder_error *err);

/* A command as JSON, with the values of its own keys (find, collection, sort, ...) kept. One
 * that is cut off, or no JSON, ends in "..." where it stops being JSON. */
int obfuscate_mongodb(struct adder_str command, struct buf *out, struct adder_error *err);

#endif
