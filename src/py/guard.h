/*
 * guard.h - callbacks that run without the GIL, kept from outliving the runtime.
 *
 * Stopping clears what checks ask for with the GIL held, so a thread that a check left behind
 * finds nothing there. But it may be inside one of these at that moment.
 */
#ifndef ADDER_PY_GUARD_H
#define ADDER_PY_GUARD_H

#include "py/python.h"

/* Replaces those of the functions marked "GIL free" that are there by ones that hold the
 * runtime up while they run, and answer ADDER_STATE, or nothing, when it is down. At most one
 * table at a time. */
void guard_facts(struct adder_facts *facts);

#endif
