/*
 * sql_word.h - the keywords that matter, and what for.
 */
#ifndef ADDER_OBFUSCATE_SQL_WORD_H
#define ADDER_OBFUSCATE_SQL_WORD_H

#include "core/base.h"

enum sql_word_flag {
    SQL_COMMAND = 1,       /* collected as a command */
    SQL_LATER_COMMAND = 2, /* only with an obfuscation mode */
    SQL_TABLE_NEXT = 4,    /* a table's name follows */
    SQL_LATER_TABLE = 8,   /* only with an obfuscation mode */
    SQL_PROCEDURE_NEXT = 16,
    SQL_TRANSPARENT = 32, /* may stand between one of those and the name: IF NOT EXISTS */
    SQL_CLAUSE = 64,      /* ends a list of tables */
    SQL_VALUE_NEXT = 128, /* what is in double quotes after it is a string */
    SQL_LIST_NEXT = 256,  /* so are those in the parentheses after it */
    SQL_IS_NULL = 512,
    SQL_IS_BOOLEAN = 1024,
    SQL_STATEMENT = 2048, /* begins a statement, so is no alias */
    SQL_IS_AS = 4096,
    SQL_IS_SAVEPOINT = 8192,
    SQL_IS_WITH = 16384,
    SQL_IS_FROM = 32768,
    SQL_NAMES_KEY = 65536, /* UPDATE after it names no table: ON DUPLICATE KEY, FOR */
};

struct sql_keyword {
    const char *name; /* lower case */
    unsigned flags;
};

/* NULL when `word` is none, in any case. */
const struct sql_keyword *sql_keyword_find(struct adder_str word);

/* How a string begins: the word before its quote. */
enum sql_prefix {
    SQL_PREFIX_NONE,
    SQL_PREFIX_PLAIN,
    SQL_PREFIX_ESCAPES, /* E'...': the backslash escapes whatever the dialect */
    SQL_PREFIX_ORACLE,  /* q'[...]' */
};
enum sql_prefix sql_prefix_of(struct adder_str word);

#endif
