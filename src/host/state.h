/*
 * state.h - what a struct host consists of; for the files that answer for it.
 */
#ifndef ADDER_HOST_STATE_H
#define ADDER_HOST_STATE_H

#include <pthread.h>

#include "host/cache.h"
#include "host/command.h"
#include "host/containers.h"
#include "host/host.h"
#include "host/settings.h"

struct host {
    struct settings *settings;
    struct cache *cache;
    struct commands *commands;
    struct container_filter *containers; /* NULL: its settings do not hold */
    double started;                      /* seconds since the epoch, whole */
    pthread_mutex_t names;               /* guards the two names */
    char *hostname;                      /* NULL: not found yet */
    char *cluster_name;                  /* NULL: not asked for yet */
};

/* The cluster's name, "" when it has none, with its final NUL for the caller to mem_free();
 * NULL when memory is out. Found once; nothing found is kept as well. */
char *host_cluster_name(struct host *h);

#endif
