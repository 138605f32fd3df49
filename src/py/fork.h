/*
 * fork.h - forking a process in which Python rests.
 */
#ifndef ADDER_PY_FORK_H
#define ADDER_PY_FORK_H

#include "py/python.h"

/* As adder_runtime_fork() in adder.h. Takes the GIL itself. */
int runtime_fork(bool orphan, int64_t *ret, struct adder_error *err);

#endif
