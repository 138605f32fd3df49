/*
 * check.h - one check: constructed, run, asked for what it has to say.
 *
 * The functions are those of struct backend; adder.h says what they promise. None needs the
 * GIL. A check of a runtime that has ended answers ADDER_STATE.
 */
#ifndef ADDER_PY_CHECK_H
#define ADDER_PY_CHECK_H

#include "py/backend.h"
#include "py/python.h"

int check_new(const struct adder_check_config *config, struct py_check **ret,
              struct adder_error *err);
void check_free(struct py_check *check);
const struct adder_check_info *check_info(const struct py_check *check);
int check_run(struct py_check *check, enum adder_run_mode mode, struct adder_error *err);
int check_interrupt(struct py_check *check, const char *why, bool *ret,
                    struct adder_error *err);
int check_cancel(struct py_check *check, struct adder_error *err);
int check_warnings(struct py_check *check, struct adder_reply *ret, struct adder_error *err);
int check_diagnoses(struct py_check *check, struct adder_reply *ret, struct adder_error *err);
void check_memory(const struct py_check *check, struct adder_memory *ret);

/* Drops the Python objects of checks that were freed while no runtime was up. GIL held. */
void check_drop_orphans(void);

#endif
