/*
 * sanitizers_testing.h - what the sanitizers must know of test programs in which Python runs.
 */
#ifndef ADDER_PY_SANITIZERS_TESTING_H
#define ADDER_PY_SANITIZERS_TESTING_H

#include "core/base.h"

/* Python stays until the process ends and keeps its objects where the leak checker does not
 * look for pointers, also those to accounts. */
ADDER_API const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libpython\nleak:.cpython-\nleak:account_new\n";
}

/* Tests ask for more memory than there is. */
#define SANITIZER_OPTIONS "allocator_may_return_null=1"
ADDER_API const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return SANITIZER_OPTIONS;
}
ADDER_API const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return SANITIZER_OPTIONS;
}

#endif
