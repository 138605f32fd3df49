/*
 * conf_file.h - what one configuration file says. Only for collect/.
 */
#ifndef ADDER_COLLECT_CONF_FILE_H
#define ADDER_COLLECT_CONF_FILE_H

#include "collect/configs.h"

struct conf_source {
    const char *check;
    const char *source; /* of its instances: "file:/etc/adder/conf.d/disk.yaml" */
    bool auto_conf;     /* auto_conf.yaml: a template even without identifiers */
    bool found;         /* set when it holds instances of a check, used or not, and no error */
};

/* Adds the instances and problems of a document to r->to. `root` may be changed. Fails only for
 * lack of memory and limits; what was added by then stays. */
int conf_load(const struct reporter *r, struct conf_source *source, struct value *root,
              struct adder_error *err);

/* Parses a text as the Agent's reader does: strictly, with a remark when only a lenient reader
 * takes it. *ret is NULL when it cannot be read, which was reported then. */
int conf_parse(const struct reporter *r, struct adder_str text, struct value **ret,
               struct adder_error *err);

#endif
