/*
 * check_id.h - the name of one configured check, the same as in the Agent.
 */
#ifndef ADDER_COLLECT_CHECK_ID_H
#define ADDER_COLLECT_CHECK_ID_H

#include "core/base.h"

/* What a configuration's digest covers. Texts are YAML as yaml_write() has it. */
struct digest_input {
    struct adder_str name; /* of the check */
    const struct adder_str *instances;
    size_t instance_count;
    struct adder_str init_config;
    const struct adder_str *ad_identifiers;
    size_t ad_identifier_count;
    struct adder_str logs;
    bool ignore_autodiscovery_tags;
};

/* The Agent's "fast digest": the first half of MurmurHash3 x64-128 over name, instances,
 * init_config, identifiers and logs, then "true" or "false", with nothing between them. */
int config_digest(const struct digest_input *in, uint64_t *ret, struct adder_error *err);

/* "CHECK:HASH" or "CHECK:NAME:HASH", where HASH is FNV-1 over the digest (8 bytes, the highest
 * first), instance and init_config, in hexadecimal without leading zeros. `name` is what the
 * instance calls itself, NULL or "" for nothing. The caller's; NULL when memory is out. */
char *check_id(const char *check, const char *name, uint64_t digest, struct adder_str instance,
               struct adder_str init_config);

#endif
