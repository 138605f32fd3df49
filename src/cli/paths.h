/*
 * paths.h - where this installation, or build tree, has its things.
 */
#ifndef ADDER_CLI_PATHS_H
#define ADDER_CLI_PATHS_H

#include "core/base.h"

enum { NAMES_MAX = 10000 }; /* names of checks looked at for completion and suggestions */

#define CONFD_DEFAULT "/etc/adder/conf.d"

/* Folders and the like; texts are the list's own. */
struct texts {
    char **items; /* NULL-terminated, NULL when there are none */
    size_t count;
};
int texts_add(struct texts *t, const char *text, size_t len, struct adder_error *err);
void texts_free(struct texts *t); /* leaves it empty */

/* Adds the folders that checks are looked for in: `given`, those of $ADDER_CHECKS (a list
 * with ":"), the folder of the checks that ship with adder. */
int paths_checks(const char *const *given, struct texts *ret, struct adder_error *err);

/* Warns of those that Python cannot import anything from: neither a folder nor an archive. */
void paths_warn(const char *const *folders);

/* The configuration folder: `given`, else $ADDER_CONFD, else CONFD_DEFAULT. *chosen tells
 * whether somebody asked for it, so that it ought to exist. */
const char *paths_confd(const char *given, bool *chosen);

/* Calls `fn` with the name of each check in these folders (a module or package in the folder
 * itself or in its adder_checks/), in no order. Folders that cannot be read are skipped. */
void paths_each_check(const struct texts *folders, void (*fn)(void *ctx, const char *name),
                      void *ctx);

#endif
