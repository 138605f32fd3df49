/*
 * yaml.h - YAML text to a value tree and back.
 */
#ifndef ADDER_CORE_YAML_H
#define ADDER_CORE_YAML_H

#include "core/buf.h"
#include "core/value.h"

/* Limits on a document. Passing one is ADDER_LIMIT. */
enum {
    YAML_TEXT_MAX = 16 * 1024 * 1024,  /* bytes of text */
    YAML_DEPTH_MAX = 100,              /* nested lists and mappings */
    YAML_VALUES_MAX = 1000 * 1000,     /* values in the tree, after aliases are expanded */
    YAML_BYTES_MAX = 64 * 1024 * 1024, /* text in the tree, after aliases are expanded */
};

enum yaml_flags {
    YAML_LENIENT = 0,
    /* A mapping that has a key twice is an error (else the last one wins, as in PyYAML), and so
     * is a tag that YAML_AGENT passes over. */
    YAML_STRICT = 1,
    /* Scalars are typed as the Agent's reader (go-yaml v2) types them, where it differs: 1e3 is
     * a float, 0o17 an integer, y and n are booleans; dates, 190:20:30, << and = as values are
     * strings. A merge key overrides what stands before it. Anchors may be redefined. Tags of
     * lists and mappings and unknown ones say nothing: the value is a string, list or
     * mapping. */
    YAML_AGENT = 2,
};

/*
 * Reads the one document in `text`. Empty text yields a VALUE_NULL. Aliases and merge keys
 * (<<) are expanded. *ret is the caller's for value_free(). Errors name line and column as
 * "3:5: ..." and are ADDER_INVALID, ADDER_LIMIT or ADDER_NOMEM: not YAML, more than one
 * document, a tag that PyYAML's safe loader has no constructor for, an unhashable key.
 * Unlike in Python, an alias to what it stands in is an error, and the pairs of !!omap and
 * !!pairs are lists of two.
 */
int yaml_parse(struct adder_str text, enum yaml_flags flags, struct value **ret,
               struct adder_error *err);

/*
 * Writes `v` as the Agent's YAML writer does (go-yaml v2: block style, keys sorted, lists not
 * indented under their key, strings plain when they read back as the same string): what check
 * ids are computed over. Ends with a newline.
 */
int yaml_write(const struct value *v, struct buf *out, struct adder_error *err);

#endif
