/*
 * boot.h - starting the interpreter of this process, which happens once.
 */
#ifndef ADDER_PY_BOOT_H
#define ADDER_PY_BOOT_H

#include "py/python.h"

/* What to install for checks to have their base class, as pip takes it. */
#define BOOT_REQUIREMENT "'datadog-checks-base[deps]==38.5.0'"

/*
 * Starts Python as the options ask: isolated from the user's settings, in UTF-8 mode, without
 * signal handlers, with sys.executable a real interpreter. Everything that can be wrong is
 * looked at first, since CPython itself may end the process over it. Afterwards the GIL is
 * free. When Python runs already, checks that it is the one asked for. Not safe for several
 * threads at once. Errors are those of adder_runtime_new().
 */
int boot_python(const struct adder_runtime_options *options, struct adder_error *err);

/* How to run pip for the Python in use, for messages. "" before it started. */
const char *boot_pip(void);

#endif
