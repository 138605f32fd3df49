/*
 * interrupt.h - ending a call of Python code from another thread, by an exception.
 *
 * All with the GIL held, so that a call that has ended, and the next one, are never hit.
 */
#ifndef ADDER_PY_INTERRUPT_H
#define ADDER_PY_INTERRUPT_H

#include "py/python.h"

/* The call that can be interrupted. Zero-initialise. */
struct interruptible {
    unsigned long thread; /* that is in the call; 0: none */
    bool hit;
};

/* Around the call, on the thread that makes it; what it left pending is kept. */
void interruptible_begin(struct interruptible *i);
void interruptible_end(struct interruptible *i);

/* Raises adder.Interrupted, which derives from BaseException, with this text in the call. True
 * when there was a call; false, with nothing pending or the reason why it failed, else. */
bool interruptible_hit(struct interruptible *i, const char *why);

/* Whether the pending exception is such a one. */
bool interrupted(void);

#endif
