/*
 * allocators.h - Python's own allocators, counted.
 *
 * MEM and OBJ blocks carry a header that names size and account. RAW blocks cannot, since some
 * predate us; they are counted by the size the C library gives them, for the process alone.
 */
#ifndef ADDER_PY_ALLOCATORS_H
#define ADDER_PY_ALLOCATORS_H

#include "py/python.h"

/* Once in a process, before Python starts. */
void allocators_hook(void);

/* Of the process. Any thread, no GIL. */
void allocators_report(struct adder_memory_python *ret);

#endif
