/*
 * file.h - whole files.
 */
#ifndef ADDER_CORE_FILE_H
#define ADDER_CORE_FILE_H

#include "core/base.h"

/* Reads a file of at most `max` bytes. *ret is the caller's for mem_free(), NUL-terminated,
 * its length in *ret_len. ADDER_NOT_FOUND when there is none, ADDER_LIMIT when it is larger,
 * else ADDER_SYSTEM. Messages begin with the path. */
int file_read(const char *path, size_t max, char **ret, size_t *ret_len,
              struct adder_error *err);

/* Replaces a file's contents in one step (temporary file, fsync, rename), mode 0600. */
int file_write(const char *path, struct adder_str text, struct adder_error *err);

#endif
