/*
 * record.h - how a record lies in a batch, as tables that writing and reading share.
 *
 * A record is a struct record_head and then the fields of its type in the order of the table,
 * without padding, in the byte order of the machine: both ends are the same program.
 *   string  uint32 length, bytes; length LENGTH_ABSENT: absent, no bytes
 *   tags    uint32 count, each tag as a string; count LENGTH_ABSENT: absent
 *   number  its bytes
 *   bool    one byte, 0 or 1
 */
#ifndef ADDER_METRICS_RECORD_H
#define ADDER_METRICS_RECORD_H

#include "metrics/batch.h"

enum {
    RECORD_VERSION = 0xa1, /* to be changed with the tables or the layout */
    RECORD_TYPES = RECORD_ISSUE_RESOLVED + 1,
};

#define LENGTH_ABSENT   UINT32_MAX
#define RECORD_TIME_MAX 1e11 /* seconds since the epoch: the year 5138 */

struct record_head {
    uint8_t version, type;
    uint16_t zero;
    uint32_t size; /* bytes of the whole record with this head */
    double time;
};

enum field_type { FIELD_END, FIELD_STRING, FIELD_TAGS, FIELD_NUMBER64, FIELD_INT, FIELD_BOOL };

struct field {
    enum field_type type;
    uint32_t offset; /* bytes from the start of the submission's structure */
};

/* The fields of each record type, ending with FIELD_END. */
extern const struct field *const record_fields[RECORD_TYPES];

/* The structure of a record's submission: all members of the union start here. */
static inline void *record_body(struct record *r)
{
    return &r->metric;
}

#endif
