/*
 * file.h - whole files, and where they are.
 */
#ifndef ADDER_CORE_FILE_H
#define ADDER_CORE_FILE_H

#include <limits.h>

#include "core/base.h"

/* Reads a file of at most `max` bytes. *ret is the caller's for mem_free(), NUL-terminated,
 * its length in *ret_len. ADDER_NOT_FOUND when there is none, ADDER_LIMIT when it is larger,
 * else ADDER_SYSTEM. Messages begin with the path. */
int file_read(const char *path, size_t max, char **ret, size_t *ret_len,
              struct adder_error *err);

/* Replaces a file's contents in one step (temporary file, fsync, rename), mode 0600. */
int file_write(const char *path, struct adder_str text, struct adder_error *err);

/* The path from the root, without "./" at its start and slashes at its end; as it is when there
 * is no current folder. The caller's; NULL when memory is out. */
char *file_absolute(const char *path);

/* Makes a folder and those above it that are missing, mode 0700. It may be there already. */
int file_make_folder(const char *path, struct adder_error *err);

/* Whether there is a folder, symbolic links followed. */
bool file_is_folder(const char *path);

/* The folder of the program that runs, symbolic links followed; also when its file has been
 * replaced meanwhile. ADDER_SYSTEM when it cannot be told, which takes a system without /proc.
 */
int file_program_folder(char ret[PATH_MAX], struct adder_error *err);

#endif
