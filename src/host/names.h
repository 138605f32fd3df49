/*
 * names.h - the names of this host and of its cluster.
 */
#ifndef ADDER_HOST_NAMES_H
#define ADDER_HOST_NAMES_H

#include "host/command.h"
#include "host/settings.h"

enum {
    HOSTNAME_MAX = 255,           /* bytes of a name, of host and cluster together too */
    HOSTNAME_FILE_MAX = 64 * 1024 /* bytes of a `hostname_file` */
};

/* Whether `name` may be a host's: RFC 1123 labels, not one of the names of "this machine".
 * ADDER_INVALID with the Agent's words. */
int hostname_check(const char *name, struct adder_error *err);

/* Asks the providers in the Agent's order: setting `hostname`, the file `hostname_file`,
 * `hostname -f` with `hostname_fqdn`, the operating system. Only the first two are checked, and
 * are passed over, with a warning, when they do not hold. ADDER_NOT_FOUND when none answers. */
int hostname_find(const struct settings *s, struct commands *c, char **ret,
                  struct adder_error *err);

/* The configured cluster name, "" when there is none or, with a log line, when it is no
 * valid one. The Agent gives it on Kubernetes only; we give it wherever it is configured, since
 * who configures it wants it. *ret is the caller's. */
int cluster_name_find(const struct settings *s, const char *hostname, char **ret,
                      struct adder_error *err);

#endif
