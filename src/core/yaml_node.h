/*
 * yaml_node.h - a YAML document as it is written: nodes with tags, anchors looked up.
 *
 * The middle step of yaml_parse(): scalars have no type yet, merge keys are keys like any
 * other, an alias is a node that points to another. Only for core/yaml*.c.
 */
#ifndef ADDER_CORE_YAML_NODE_H
#define ADDER_CORE_YAML_NODE_H

#include "core/yaml.h"

enum yaml_kind { NODE_SCALAR, NODE_LIST, NODE_MAP, NODE_ALIAS };

/* The tags that PyYAML's safe loader has constructors for, and the two of special keys. */
enum yaml_tag {
    TAG_NONE, /* none given, or "!": follows from kind and text */
    TAG_NULL,
    TAG_BOOL,
    TAG_INT,
    TAG_FLOAT,
    TAG_STR,
    TAG_BINARY,
    TAG_TIMESTAMP,
    TAG_SEQ,
    TAG_MAP,
    TAG_SET,
    TAG_OMAP,
    TAG_PAIRS,
    TAG_MERGE, /* << */
    TAG_VALUE, /* = */
};

struct yaml_node {
    enum yaml_kind kind;
    enum yaml_tag tag;
    unsigned line, column;    /* from 1 */
    bool plain;               /* of a scalar: not quoted, its text decides its type */
    bool open;                /* of a list or mapping: its end was not read yet */
    struct yaml_node *first;  /* child; those of a mapping are key, value, key, value, … */
    struct yaml_node *last;   /* child */
    struct yaml_node *next;   /* sibling */
    struct yaml_node *target; /* of an alias: never an alias itself */
    struct yaml_node *older;  /* the node made before this one */
    size_t count;             /* children */
    size_t len;               /* of `text`, bytes */
    char text[];              /* of a scalar */
};

/* Reads `text` up to its end. *ret is the last node made, for yaml_nodes_free(); the root is
 * *root, NULL for a text without a document. Errors as yaml_parse(). */
int yaml_compose(struct adder_str text, enum yaml_flags flags, struct yaml_node **ret,
                 struct yaml_node **root, struct adder_error *err);

void yaml_nodes_free(struct yaml_node *newest); /* NULL is fine */
DEFINE_CLEANUP(struct yaml_node *, yaml_nodes_free);

/* Sets an error "line:column: text" at a node. Returns -1. */
int yaml_fail(struct adder_error *err, enum adder_code code, const struct yaml_node *at,
              const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
