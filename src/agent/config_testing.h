/*
 * config_testing.h - what the tests of adder.yaml share.
 */
#ifndef ADDER_AGENT_CONFIG_TESTING_H
#define ADDER_AGENT_CONFIG_TESTING_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/config.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/testing.h"

#define PATH "/etc/adder.yaml" /* as messages call the text */

/* Tests see none of the variables that we were started with. */
static inline int clear_environment(void **state)
{
    (void)state;
    for (char **at = environ; *at != NULL;) {
        AUTOFREE char *name = mem_strndup(*at, strcspn(*at, "="));

        if (strncmp(name, "ADDER_", 6) == 0 || strncmp(name, "DD_", 3) == 0)
            unsetenv(name);
        else
            at++;
    }
    return 0;
}

/* What is remarked on, one a line. */
static inline void assert_remarks(const char *yaml, const char *expected)
{
    CLEANUP(config_remarks_free) struct config_remarks remarks = {NULL, 0};
    CLEANUP(config_freep) struct config *c = NULL;
    CLEANUP(buf_free) struct buf got;
    struct adder_error err;

    buf_init(&got, 100000);
    buf_add_str(&got, "");
    if (config_parse(str_of(yaml), PATH, &c, &remarks, &err) < 0)
        fail_msg("%s: %s", yaml, err.message);
    for (size_t i = 0; i < remarks.count; i++)
        buf_printf(&got, "%u:%u: %s\n", remarks.items[i].line, remarks.items[i].column,
                   remarks.items[i].message);
    assert_string_equal(got.data, expected);
}

#define TEST(fn) cmocka_unit_test_setup(fn, clear_environment)

#endif
