/*
 * plan_keys.h - which parts of an execution plan say nothing about the data.
 */
#ifndef ADDER_OBFUSCATE_PLAN_KEYS_H
#define ADDER_OBFUSCATE_PLAN_KEYS_H

#include "core/base.h"

/* What becomes of the value of a key. */
enum plan_treatment {
    PLAN_HIDE, /* scalars become "?" */
    PLAN_KEEP,
    PLAN_KEEP_NAMES, /* kept, unless reading it as SQL finds something literal */
    PLAN_KEEP_COST,  /* kept, but hidden when plans are normalised */
    PLAN_READ_SQL,   /* strings are SQL */
};

enum plan_treatment plan_treatment_of(const char *key);

#endif
