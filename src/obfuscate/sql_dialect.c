#include <string.h>
#include <strings.h>

#include "core/str.h"
#include "obfuscate/sql_lex.h"

/* The first is for databases that are not known, and so reads whatever any of them writes. */
static const struct sql_dialect dialects[] = {
    {.name = "",
     .hash = SQL_HASH_GUESS,
     .backslash = SQL_BACKSLASH_GUESS,
     .dollar_strings = true},
    {.name = "mssql",
     .hash = SQL_HASH_NAME,
     .backslash = SQL_BACKSLASH_PLAIN,
     .brackets = true,
     .nested_comments = true},
    {.name = "postgresql",
     .hash = SQL_HASH_OPERATOR,
     .backslash = SQL_BACKSLASH_PLAIN,
     .dollar_strings = true,
     .nested_comments = true,
     .question_operator = true},
    {.name = "mysql",
     .hash = SQL_HASH_COMMENT,
     .backslash = SQL_BACKSLASH_ESCAPES,
     .double_is_string = true},
    {.name = "oracle", .hash = SQL_HASH_NAME, .backslash = SQL_BACKSLASH_PLAIN},
    {.name = "sqlite",
     .hash = SQL_HASH_COMMENT,
     .backslash = SQL_BACKSLASH_PLAIN,
     .brackets = true},
    {.name = "snowflake",
     .hash = SQL_HASH_COMMENT,
     .backslash = SQL_BACKSLASH_ESCAPES,
     .dollar_strings = true},
};

static const struct {
    const char *alias, *name;
} aliases[] = {
    {"sqlserver", "mssql"}, {"sql server", "mssql"},    {"postgres", "postgresql"},
    {"mariadb", "mysql"},   {"redshift", "postgresql"},
};

static bool same_word(struct adder_str a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.ptr, b, a.len) == 0;
}

const struct sql_dialect *sql_dialect_find(struct adder_str name)
{
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
        if (same_word(name, aliases[i].alias))
            name = str_of(aliases[i].name);
    for (size_t i = 0; i < ARRAY_LEN(dialects); i++)
        if (same_word(name, dialects[i].name))
            return &dialects[i];
    return &dialects[0];
}
