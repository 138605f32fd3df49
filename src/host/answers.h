/*
 * answers.h - settings put into the shape in which checks ask for them.
 */
#ifndef ADDER_HOST_ANSWERS_H
#define ADDER_HOST_ANSWERS_H

#include "core/buf.h"
#include "host/settings.h"

/* The setting `proxy` as the Agent resolves it, as YAML: variables of its own, then those every
 * program knows, then the file; the cloud metadata addresses are always exempt, unless
 * `use_proxy_for_cloud_metadata`. Adds nothing when there is nothing to say. */
int answer_proxy(const struct settings *s, struct buf *out, struct adder_error *err);

/* The host's tags as a JSON object: `tags`, `extra_tags` and `env`, values cut apart as
 * `tag_value_split_separator` says, sorted, each once. */
int answer_host_tags(const struct settings *s, struct buf *out, struct adder_error *err);

#endif
