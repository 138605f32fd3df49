/*
 * backend.h - what a backend, adder-pyX.Y.so, offers: the calls of adder.h for one version of
 * CPython. The front in embed/ opens it and forwards. Includes no Python.h.
 */
#ifndef ADDER_PY_BACKEND_H
#define ADDER_PY_BACKEND_H

#include "adder.h"

#define BACKEND_ABI    3 /* raised with every change of this struct or of adder.h's */
#define BACKEND_SYMBOL "adder_backend"

struct py_check; /* a check inside the backend */

struct backend {
    int abi;
    const char *version;     /* "3.11" */
    const char *interpreter; /* it was built with */
    const char *home;
    const char *venv; /* its default, may not exist */
    int (*start)(const struct adder_runtime_options *options, struct adder_error *err);
    void (*stop)(void);
    const struct adder_python *(*python)(void);
    int (*exec)(const char *code, struct adder_error *err);
    int (*integrations)(struct adder_reply *ret, struct adder_error *err);
    int (*modules)(struct adder_reply *ret, struct adder_error *err);
    int (*fork)(bool orphan, int64_t *ret, struct adder_error *err);
    int (*gil_lock)(struct adder_gil *gil, struct adder_error *err);
    void (*gil_unlock)(struct adder_gil *gil);
    int (*check_new)(const struct adder_check_config *config, struct py_check **ret,
                     struct adder_error *err);
    void (*check_free)(struct py_check *check);
    const struct adder_check_info *(*check_info)(const struct py_check *check);
    int (*check_run)(struct py_check *check, enum adder_run_mode mode, struct adder_error *err);
    int (*check_interrupt)(struct py_check *check, const char *why, bool *ret,
                           struct adder_error *err);
    int (*check_cancel)(struct py_check *check, struct adder_error *err);
    int (*check_warnings)(struct py_check *check, struct adder_reply *ret,
                          struct adder_error *err);
    int (*check_diagnoses)(struct py_check *check, struct adder_reply *ret,
                           struct adder_error *err);
    void (*memory)(struct adder_memory *ret);
    void (*check_memory)(const struct py_check *check, struct adder_memory *ret);
};

/* The one object a backend exports, as BACKEND_SYMBOL. */
extern ADDER_API const struct backend adder_backend;

#endif
