/*
 * testing.h - what unit tests include: cmocka, and making every allocation fail once.
 */
#ifndef ADDER_CORE_TESTING_H
#define ADDER_CORE_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"

/* Runs `fn` once per allocation it makes, failing that one. Each time it must free all it took
 * and return -1; at last, with nothing failing, 0. */
static inline void each_alloc_fails(int (*fn)(void))
{
    for (long n = 0;; n++) {
        long before = mem_live();
        bool failed;
        int rc;

        mem_fail_at(n);
        rc = fn();
        failed = mem_failed();
        mem_fail_at(-1);
        assert_int_equal(mem_live(), before);
        if (!failed) {
            assert_int_equal(rc, 0);
            return;
        }
        assert_int_equal(rc, -1);
    }
}

#endif
