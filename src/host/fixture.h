/*
 * fixture.h - what the tests of this layer share: settings from YAML and an environment.
 */
#ifndef ADDER_HOST_FIXTURE_H
#define ADDER_HOST_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/str.h"
#include "core/testing.h"
#include "core/yaml.h"
#include "host/settings.h"

/* Makes "A=1\0B=2\0" (NULL: nothing) the environment. Every such text ends in two NULs, one of
 * them the compiler's. */
static inline void set_environment(const char *env)
{
    clearenv();
    setenv("PATH", "/usr/bin:/bin", 1);
    for (; env != NULL && *env != '\0'; env += strlen(env) + 1)
        putenv((char *)env);
}

/* The settings of a file with this text. The caller frees them. */
static inline struct settings *settings_of(const char *yaml, const char *env)
{
    CLEANUP(value_freep) struct value *file = NULL;
    struct settings *s = NULL;
    struct adder_error err;

    set_environment(env);
    assert_int_equal(yaml_parse(str_of(yaml), YAML_LENIENT, &file, &err), 0);
    assert_int_equal(settings_new(file, &s, &err), 0);
    return s;
}

/* Has stderr written to a file until caught_stderr(). Returns what that needs. */
static inline int catch_stderr(void)
{
    FILE *file = tmpfile();
    int copy = dup(STDERR_FILENO);

    assert_true(file != NULL && copy >= 0);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    fclose(file);
    return copy;
}

/* Gives what was written, cut at `size` - 1 bytes. */
static inline void caught_stderr(int copy, char *ret, size_t size)
{
    ssize_t len = pread(STDERR_FILENO, ret, size - 1, 0);

    dup2(copy, STDERR_FILENO);
    close(copy);
    assert_true(len >= 0);
    ret[len] = '\0';
}

/* A fresh folder, at most 63 bytes, removed by remove_folder(). */
static inline void make_test_folder(char ret[64])
{
    memcpy(ret, "/tmp/adder-test-XXXXXX", sizeof("/tmp/adder-test-XXXXXX"));
    assert_non_null(mkdtemp(ret));
}

#endif
