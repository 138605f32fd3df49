/*
 * yaml_build.h - from the nodes of a document to values. Only for core/yaml*.c.
 */
#ifndef ADDER_CORE_YAML_BUILD_H
#define ADDER_CORE_YAML_BUILD_H

#include "core/yaml_node.h"

/* `steps` counts values and merges, also those that end up nowhere, so that aliases of aliases
 * cost no more time than they may cost memory. */
struct builder {
    enum yaml_flags flags;
    struct adder_error *err;
    size_t steps, bytes;
    unsigned depth; /* of lists and mappings around the node being built */
};

/* All that return a value return one that is the caller's, or NULL with b->err set. */

struct value *yaml_build(struct builder *b, const struct yaml_node *n);

/* Of a node that is no alias and has this tag. */
struct value *yaml_build_scalar(struct builder *b, const struct yaml_node *n,
                                enum yaml_tag tag);
struct value *yaml_build_map(struct builder *b, const struct yaml_node *n, enum yaml_tag tag);

/* Counts a node against the limits. */
int yaml_count_step(struct builder *b, const struct yaml_node *n);

/* The tag given or, without one, that of the kind or of an unquoted text. */
enum yaml_tag yaml_tag_of(const struct builder *b, const struct yaml_node *n);

static inline const struct yaml_node *yaml_follow(const struct yaml_node *n)
{
    return n->kind == NODE_ALIAS ? n->target : n;
}

#endif
