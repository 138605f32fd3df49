/*
 * runtime.h - the one runtime of the process, as the rest of py/ sees it.
 */
#ifndef ADDER_PY_RUNTIME_H
#define ADDER_PY_RUNTIME_H

#include "py/python.h"

/*
 * One object per process, since the interpreter is. Builtin modules keep its address in their
 * module state. While the runtime is down `sink` and `facts` hold NULLs only, so a thread that
 * a check left behind submits to nobody.
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

#endif
