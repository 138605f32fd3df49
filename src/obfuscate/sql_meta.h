/*
 * sql_meta.h - what is collected from a query beside it.
 */
#ifndef ADDER_OBFUSCATE_SQL_META_H
#define ADDER_OBFUSCATE_SQL_META_H

#include "core/buf.h"
#include "core/map.h"
#include "obfuscate/sql_options.h"

/* Texts in the order they were found, as a piece of JSON or of CSV. */
struct sql_found {
    struct buf text;
    struct map *seen; /* NULL: repetitions are wanted */
    size_t count;
};

struct sql_meta {
    const struct sql_options *options;
    struct sql_found tables, commands, comments, procedures;
    size_t size;      /* bytes of all that was found, as the Agent counts them */
    bool no_memory;   /* sticky */
    struct map *ctes; /* names WITH gives; they are no tables */
    struct buf name;  /* of a table, or procedure, being put together from its parts */
    enum { SQL_NO_NAME, SQL_TABLE_NAME, SQL_PROCEDURE_NAME } naming, next;
    bool after_dot; /* the name goes on */
    bool with;      /* WITH was seen */
    bool key;       /* the word before makes UPDATE name no table */
    bool from;      /* in a list of tables, at `from_depth` */
    size_t depth, from_depth;
    struct adder_str before; /* the name just before AS, else absent */
    bool as;                 /* AS came after it */
};

int sql_meta_init(struct sql_meta *m, const struct sql_options *o, struct adder_error *err);
void sql_meta_free(struct sql_meta *m); /* for CLEANUP; a zeroed one is fine */

/* Takes note of a token, SQL_END included. */
void sql_meta_token(struct sql_meta *m, const struct sql_token *t);

/* Adds the metadata as a JSON object. */
int sql_meta_write(struct sql_meta *m, struct buf *out, struct adder_error *err);

#endif
