/*
 * sql_options.h - what checks may ask of obfuscate_sql().
 */
#ifndef ADDER_OBFUSCATE_SQL_OPTIONS_H
#define ADDER_OBFUSCATE_SQL_OPTIONS_H

#include "obfuscate/sql_lex.h"

enum sql_mode {
    SQL_MODE_OLD, /* obfuscates and normalises in the Agent's older style */
    SQL_MODE_OBFUSCATE,
    SQL_MODE_NORMALIZE,
    SQL_MODE_BOTH,
};

struct sql_options {
    struct sql_dialect dialect;
    enum sql_mode mode;
    bool table_names, collect_commands, collect_comments, collect_procedures;
    bool replace_digits;
    bool keep_sql_alias;
    bool dollar_quoted_func;
    bool return_json_metadata;
    bool remove_space_between_parentheses;
    bool keep_null, keep_boolean, keep_positional_parameter;
    bool keep_trailing_semicolon, keep_identifier_quotation;
};

/* Reads the options' JSON text; "" is {}. Unknown keys are ignored. ADDER_INVALID. */
int sql_options_parse(struct adder_str json, struct sql_options *ret, struct adder_error *err);

#endif
