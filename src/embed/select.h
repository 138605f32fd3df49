/*
 * select.h - which backends there are, and which one the options ask for.
 */
#ifndef ADDER_EMBED_SELECT_H
#define ADDER_EMBED_SELECT_H

#include "core/base.h"
#include "py/backend.h"

enum { BACKENDS_MAX = 32 }; /* looked at in one folder */

/* The choice. Texts are from core/mem.h. */
struct selection {
    const struct backend *backend; /* opened, never closed again */
    char *venv; /* to be used; NULL: none, options.python is an interpreter */
};

/* Opens the backend that the options ask for. When they name no venv it is venv-X.Y in the
 * folder of the backend or, if there is none, the one the backend was built with. When they
 * name no version, backends that cannot be opened are passed over, which is said to facts->log.
 * Errors: ADDER_NOT_FOUND when there is no such backend or interpreter, ADDER_INVALID when the
 * request makes no sense or cannot be met. */
int select_backend(const struct adder_runtime_options *options, struct selection *ret,
                   struct adder_error *err);

#endif
