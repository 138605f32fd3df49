/*
 * venv.h - what a Python virtual environment says of itself, read without running Python.
 */
#ifndef ADDER_CORE_VENV_H
#define ADDER_CORE_VENV_H

#include "core/base.h"

enum {
    VENV_CFG_MAX = 64 * 1024, /* bytes of pyvenv.cfg */
    VENV_VERSION_MAX = 16,    /* bytes of "3.11" with its NUL */
};

/*
 * Reads "3.11", the version of the Python in the virtual environment `folder`, from its
 * pyvenv.cfg: the key `version`, or `version_info` as virtualenv writes it. "" when neither is
 * there. ADDER_NOT_FOUND when there is no such folder, ADDER_INVALID when it is something
 * else than a virtual environment.
 */
int venv_version(const char *folder, char ret[VENV_VERSION_MAX], struct adder_error *err);

#endif
