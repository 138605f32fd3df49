/*
 * containers.h - which containers the settings exclude.
 *
 * Entries are `image:PATTERN`, `name:PATTERN` or `kube_namespace:PATTERN`. Patterns are RE2 in
 * the Agent; here POSIX extended expressions, to which the common part of RE2 (\d, \w, (?:...),
 * lazy repetition, \A, \z) is translated.
 */
#ifndef ADDER_HOST_CONTAINERS_H
#define ADDER_HOST_CONTAINERS_H

#include "host/settings.h"

struct container_filter;

/* Reads `container_{include,exclude}` and `..._metrics`, the older `ac_{include,exclude}` when
 * those are empty, and `exclude_pause_container`. An entry of another kind is logged and
 * skipped. ADDER_INVALID for a pattern that does not hold. */
int container_filter_new(const struct settings *s, struct container_filter **ret,
                         struct adder_error *err);
void container_filter_free(struct container_filter *f);
DEFINE_CLEANUP(struct container_filter *, container_filter_free);

/* Inclusion wins over exclusion. Patterns match anywhere in the text. An absent or empty text
 * is excluded by nothing. A NULL filter, and one for which memory is out, excludes nothing. */
bool container_filter_excludes(const struct container_filter *f, struct adder_str name,
                               struct adder_str image, struct adder_str ns);

#endif
