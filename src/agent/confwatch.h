/*
 * confwatch.h - noticing that the configuration folder has changed (inotify, by way of libuv).
 */
#ifndef ADDER_AGENT_CONFWATCH_H
#define ADDER_AGENT_CONFWATCH_H

#include <uv.h>

#include "core/base.h"

enum {
    CONFWATCH_FOLDERS_MAX = 1000, /* NAME.d folders that are watched; changes in others are seen
                                     with SIGHUP */
    CONFWATCH_SETTLE_MS = 500,    /* of quiet until a change is told: editors write in steps */
};

struct confwatch;

/* Watches `folder` and the NAME.d folders in it; a folder that is not there is looked for with
 * each confwatch_again(). `changed` is called from the loop. */
int confwatch_new(uv_loop_t *loop, const char *folder, void (*changed)(void *ctx), void *ctx,
                  struct confwatch **ret, struct adder_error *err);
void confwatch_free(struct confwatch *w); /* the loop lets go later; NULL is fine */

/* Looks at which folders there are, after they have been read. */
void confwatch_again(struct confwatch *w);

#endif
