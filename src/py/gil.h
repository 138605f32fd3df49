/*
 * gil.h - the life of the runtime, and the GIL: every entry into the backend takes both with
 * one call, and stopping waits for whoever is inside.
 *
 * A thread that is inside may enter again whatever else happens, so nesting never waits for a
 * stop that waits for the nest. None of these needs the GIL.
 */
#ifndef ADDER_PY_GIL_H
#define ADDER_PY_GIL_H

#include "py/python.h"

/* Enters: holds the runtime up and takes the GIL. Nests. ADDER_STATE, and nothing held, when
 * the runtime is down or on its way there; ADDER_INVALID when `gil` is locked already. The
 * thread must end with gil_unlock(). */
int gil_lock(struct adder_gil *gil, struct adder_error *err);

/* Enters whether or not the runtime is up: for whoever starts or stops it, once Python runs. */
void gil_force(struct adder_gil *gil);

/* Does nothing for one that is not locked, or that another thread locked. */
void gil_unlock(struct adder_gil *gil);

/* Holds the runtime up without taking the GIL. False, and nothing held, when it is down. The
 * thread must end with gil_let_go(). */
bool gil_hold(void);
void gil_let_go(void);

/* Whether this thread is inside and holds the GIL at this moment. */
bool gil_is_here(void);

/* Lets threads in. Only when down. */
void gil_open(void);
bool gil_is_open(void);

/* Keeps new threads out and waits until all others have left. False when it was closed, or is
 * being closed, already. A gil_unlock() the calling thread still owes stays valid. */
bool gil_close(void);

/* Counts calls of gil_open(): what belongs to an earlier runtime has another number. */
unsigned long gil_generation(void);

#endif
