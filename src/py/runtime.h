/*
 * runtime.h - the one runtime of the process, as the rest of py/ sees it.
 */
#ifndef ADDER_PY_RUNTIME_H
#define ADDER_PY_RUNTIME_H

#include "py/python.h"

/*
 * One object per process, since the interpreter is. Builtin modules keep its address in their
 * module state. While the runtime is down `sink` and `facts` hold NULLs only, so a thread that
 * a check left behind submits to nobody. Read and written with the GIL held.
 */
struct py_runtime {
    struct adder_sink sink;
    void *sink_ctx;
    struct adder_facts facts;
    void *facts_ctx;
};

struct py_runtime *py_runtime(void);

/* The `user` of the check with this id: the one running on this thread when it matches (cheap),
 * else whichever live check has it, else NULL. */
void *py_user(struct adder_str check_id);

/* The `user` of the check running on this thread, or NULL. */
void *py_user_here(void);

/* Our own log record, through facts.log. Not even formatted when the setting `log_level` (info
 * when unset) excludes it. Says nothing on a thread without the GIL. */
void py_log(int level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* What checks derive from, datadog_checks.base.AgentCheck, and its own load_config or NULL.
 * Borrowed; there from the first start on. */
PyObject *py_base_class(void);
PyObject *py_base_load_config(void);

/* ---- What the backend offers (adder.h says how). None needs the GIL. -------------------- */

int runtime_start(const struct adder_runtime_options *options, struct adder_error *err);
void runtime_stop(void);
const struct adder_python *runtime_python(void); /* NULL when down */
int runtime_exec(const char *code, struct adder_error *err);
int runtime_integrations(struct adder_reply *ret, struct adder_error *err);
int runtime_modules(struct adder_reply *ret, struct adder_error *err);

#endif
