#include "py/backend.h"

#include "py/python.h"

#include "py/check.h"
#include "py/fork.h"
#include "py/gil.h"
#include "py/memory.h"
#include "py/runtime.h"

const struct backend adder_backend = {
    .abi = BACKEND_ABI,
    .version = BACKEND_PYTHON_VERSION,
    .interpreter = BACKEND_PYTHON,
    .home = BACKEND_PYTHON_HOME,
    .venv = BACKEND_VENV,
    .start = runtime_start,
    .stop = runtime_stop,
    .python = runtime_python,
    .exec = runtime_exec,
    .integrations = runtime_integrations,
    .modules = runtime_modules,
    .fork = runtime_fork,
    .gil_lock = gil_lock,
    .gil_unlock = gil_unlock,
    .check_new = check_new,
    .check_free = check_free,
    .check_info = check_info,
    .check_run = check_run,
    .check_interrupt = check_interrupt,
    .check_cancel = check_cancel,
    .check_warnings = check_warnings,
    .check_diagnoses = check_diagnoses,
    .memory = memory_process,
    .check_memory = check_memory,
};
