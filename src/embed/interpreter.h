/*
 * interpreter.h - which Python an interpreter is.
 */
#ifndef ADDER_EMBED_INTERPRETER_H
#define ADDER_EMBED_INTERPRETER_H

#include "core/venv.h"

/* How long an interpreter may take to say its version, milliseconds. */
enum { INTERPRETER_TIMEOUT_MS = 10 * 1000 };

/*
 * The version, "3.11", of the interpreter `path`. When it is that of a virtual environment,
 * pyvenv.cfg says it and *venv is its folder, the caller's for mem_free(); else *venv is NULL
 * and the interpreter is run to ask it. ADDER_NOT_FOUND when nothing runs there, ADDER_INVALID
 * when what runs is no Python.
 */
int interpreter_version(const char *path, char ret[VENV_VERSION_MAX], char **venv,
                        struct adder_error *err);

#endif
