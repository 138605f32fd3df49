/*
 * line_file.h - a file that takes whole lines, is rotated, and may be missing or full for a
 * while.
 */
#ifndef ADDER_OUT_LINE_FILE_H
#define ADDER_OUT_LINE_FILE_H

#include <limits.h>
#include <sys/types.h>

#include "core/base.h"

struct line_file {
    char path[PATH_MAX]; /* "": standard output */
    uint64_t rotate_bytes;
    unsigned rotate_keep;
    int fd;         /* -1: not open */
    bool is_stream; /* neither cut nor rotated: no regular file, or not ours */
    bool in_line;   /* a stream has the beginning of a line */
    dev_t device;   /* of a regular file */
    ino_t inode;
    uint64_t size; /* bytes */
};

/* Writes lines, each with its line feed, or the rest of one that a stream has begun to take.
 * Returns how many bytes of it are done with, which may be a part also when nothing is wrong:
 * a stream takes no more now. When it is wrong, *err says why, else err->code is ADDER_OK. */
size_t line_file_write(struct line_file *f, struct adder_str lines, struct adder_error *err);

void line_file_close(struct line_file *f);

#endif
