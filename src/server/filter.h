/*
 * filter.h - the filters of /api/v1/tail.
 */
#ifndef ADDER_SERVER_FILTER_H
#define ADDER_SERVER_FILTER_H

#include "core/base.h"

/* Whether `text` holds `filter`; of a filter with '*' (any bytes) or '?' (one byte), whether
 * all of `text` fits it. An empty filter fits everything. Upper and lower case differ. Takes
 * at most the product of both lengths. */
bool filter_fits(struct adder_str filter, struct adder_str text);

#endif
