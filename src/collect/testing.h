/*
 * testing.h - what tests of collect/ share: a conf.d that lives as long as one test.
 */
#ifndef ADDER_COLLECT_TESTING_H
#define ADDER_COLLECT_TESTING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect/discover.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/file.h"
#include "core/str.h"
#include "core/testing.h"

static char top[] = "/tmp/adder-discover-XXXXXX";
static char root[64]; /* the folder of the test under way */

static inline char *in_root(const char *name)
{
    return mem_printf("%s/%s", root, name);
}

static inline void remove_tree(const char *path)
{
    pid_t child = fork();

    if (child == 0)
        _exit(execlp("rm", "rm", "-rf", path, (char *)NULL));
    assert_true(child > 0);
    while (waitpid(child, NULL, 0) < 0)
        continue;
}

static inline int make_top(void **state)
{
    (void)state;
    return mkdtemp(top) != NULL ? 0 : -1;
}

static inline int remove_top(void **state)
{
    (void)state;
    remove_tree(top);
    return 0;
}

static inline int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "%s/conf.d", top);
    return mkdir(root, 0755);
}

static inline int remove_root(void **state)
{
    (void)state;
    remove_tree(root);
    return 0;
}

/* Writes a file, and the folder it stands in. */
static inline void put(const char *name, const char *text)
{
    AUTOFREE char *path = in_root(name);
    char *slash = strchr(path + strlen(root) + 1, '/');
    struct adder_error err;

    if (slash != NULL) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    assert_int_equal(file_write(path, str_of(text), &err), 0);
}

/* One line per instance and problem, paths without `root`. The caller's. */
static inline char *describe(const struct configs *c)
{
    struct buf b;

    buf_init(&b, 1024 * 1024);
    for (size_t i = 0; i < c->instance_count; i++) {
        const struct instance *n = &c->instances[i];

        buf_printf(&b, "%s %s[%zu] %s| %s|", n->check,
                   n->source + strlen("file:") + strlen(root), n->index, n->init_config,
                   n->instance);
        buf_add_char(&b, '\n');
    }
    for (size_t i = 0; i < c->problem_count; i++) {
        const struct config_problem *p = &c->problems[i];

        buf_printf(&b, "%s%s:%u:%u: %s\n", p->warning ? "warning " : "error ",
                   p->path + strlen(root), p->line, p->column, p->message);
    }
    return buf_detach(&b);
}

static inline void assert_reads(const char *path, const char *check, const char *expected)
{
    CLEANUP(configs_freep) struct configs *c = NULL;
    AUTOFREE char *got = NULL;
    struct adder_error err;

    assert_int_equal(configs_read(path, check, NULL, &c, &err), 0);
    got = describe(c);
    assert_string_equal(got, expected);
}

static inline void assert_finds(const char *expected)
{
    assert_reads(root, NULL, expected);
}

/* A test that has a conf.d of its own. */
#define CONFD_TEST(fn) cmocka_unit_test_setup_teardown(fn, make_root, remove_root)

#endif
