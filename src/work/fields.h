/*
 * fields.h - how a message lies in a frame, as tables that writing and reading share.
 *
 * A frame is a struct frame_head, the message's key, and the fields of its type in the order of
 * the table, without padding:
 *   BYTES   as in memory: numbers, and structures of numbers without padding
 *   REAL    a double that is finite
 *   BOOL    one byte, 0 or 1
 *   CHOICE  uint32, below `size`
 *   TEXT    uint32 length, bytes; length LENGTH_ABSENT: absent, no bytes
 *   ERROR   uint32 code and, unless it is 0, the two texts
 *   TEXTS   uint32 count, each as TEXT
 */
#ifndef ADDER_WORK_FIELDS_H
#define ADDER_WORK_FIELDS_H

#include "work/message.h"

enum {
    FRAME_MAGIC = 0x01574441, /* "ADW", version 1: to be changed with the tables */
    MESSAGE_TYPES = MESSAGE_CRASH + 1,
};

#define LENGTH_ABSENT UINT32_MAX

struct frame_head {
    uint32_t magic, type;
    uint32_t len; /* bytes that follow */
};

enum field_type {
    FIELD_END,
    FIELD_BYTES,
    FIELD_REAL,
    FIELD_BOOL,
    FIELD_CHOICE,
    FIELD_TEXT,
    FIELD_ERROR,
    FIELD_TEXTS,
};

struct field {
    enum field_type type;
    uint32_t offset; /* in struct message */
    uint32_t size;   /* bytes; of a choice, how many there are */
};

/* The fields of each type, ending with FIELD_END; NULL for what is no type. */
extern const struct field *const message_fields[MESSAGE_TYPES];

#endif
