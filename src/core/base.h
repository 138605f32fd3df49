/*
 * base.h - the few macros every file may use.
 */
#ifndef ADDER_CORE_BASE_H
#define ADDER_CORE_BASE_H

#include "adder.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Checks the arguments of a printf-like function. */
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Calls `fn(&variable)` when the variable goes out of scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Yields the pointer and sets the variable to NULL: ownership leaves, visibly. */
#define TAKE(p)                 \
    ({                          \
        __typeof__(p) p_ = (p); \
        (p) = NULL;             \
        p_;                     \
    })

/* Defines void NAMEp(T *p), for CLEANUP, from void NAME(T p) that accepts NULL. */
#define DEFINE_CLEANUP(type, name)      \
    static inline void name##p(type *p) \
    {                                   \
        name(*p);                       \
    }                                   \
    _Static_assert(1, "needs a semicolon")

#endif
