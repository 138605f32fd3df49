/*
 * known.h - the Agent's settings that checks ask for, with their types and defaults.
 *
 * A default counts as set: get_config() answers it. A setting that is not here has no default,
 * and its variable is read as YAML.
 */
#ifndef ADDER_HOST_KNOWN_H
#define ADDER_HOST_KNOWN_H

#include "core/buf.h"

/* How the text of a variable is read. */
enum setting_kind {
    SETTING_TEXT,
    SETTING_INT,
    SETTING_BOOL, /* the words of Go's strconv.ParseBool */
    SETTING_LIST, /* separated by spaces */
    SETTING_TREE, /* YAML, so JSON too */
};

struct known_setting {
    const char *key;
    enum setting_kind kind;
    const char *fallback; /* YAML text; NULL: none */
};

/* NULL when `key` is not known. */
const struct known_setting *known_find(const char *key);

size_t known_count(void);

/* The settings in the table's order, by key; NULL after the last. */
const struct known_setting *known_at(size_t i);

/* Whether `word` is a boolean, and which. */
bool known_bool(const char *word, bool *ret);

#endif
