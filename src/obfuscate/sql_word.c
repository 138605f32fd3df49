#include "obfuscate/sql_word.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/str.h"

enum { WORD_MAX = 16 }; /* bytes of the longest keyword, and a NUL */

/* Sorted by name. */
static const struct sql_keyword keywords[] = {
    {"all", SQL_CLAUSE},
    {"alter", SQL_COMMAND | SQL_STATEMENT},
    {"and", SQL_CLAUSE},
    {"any", 0},
    {"array", 0},
    {"as", SQL_IS_AS},
    {"asc", SQL_CLAUSE},
    {"begin", SQL_COMMAND | SQL_STATEMENT},
    {"between", SQL_VALUE_NEXT},
    {"by", SQL_CLAUSE},
    {"call", SQL_PROCEDURE_NEXT | SQL_STATEMENT},
    {"case", SQL_CLAUSE},
    {"collate", SQL_CLAUSE},
    {"commit", SQL_COMMAND | SQL_STATEMENT},
    {"create", SQL_COMMAND | SQL_STATEMENT},
    {"declare", SQL_STATEMENT},
    {"default", SQL_VALUE_NEXT},
    {"delete", SQL_COMMAND | SQL_STATEMENT},
    {"desc", SQL_CLAUSE},
    {"distinct", SQL_CLAUSE},
    {"div", SQL_CLAUSE},
    {"drop", SQL_COMMAND | SQL_STATEMENT},
    {"else", SQL_CLAUSE},
    {"end", SQL_CLAUSE},
    {"escape", SQL_CLAUSE},
    {"except", SQL_CLAUSE},
    {"exec", SQL_LATER_COMMAND | SQL_PROCEDURE_NEXT | SQL_STATEMENT},
    {"execute", SQL_LATER_COMMAND | SQL_PROCEDURE_NEXT | SQL_STATEMENT},
    {"exists", SQL_TRANSPARENT},
    {"explain", SQL_LATER_COMMAND | SQL_STATEMENT},
    {"false", SQL_IS_BOOLEAN},
    {"fetch", SQL_CLAUSE},
    {"for", SQL_CLAUSE | SQL_NAMES_KEY},
    {"from", SQL_TABLE_NEXT | SQL_IS_FROM},
    {"grant", SQL_COMMAND | SQL_STATEMENT},
    {"group", SQL_CLAUSE},
    {"having", SQL_CLAUSE},
    {"if", SQL_TRANSPARENT},
    {"ilike", SQL_VALUE_NEXT},
    {"in", SQL_LIST_NEXT},
    {"insert", SQL_COMMAND | SQL_STATEMENT},
    {"intersect", SQL_CLAUSE},
    {"into", SQL_TABLE_NEXT},
    {"is", SQL_CLAUSE},
    {"join", SQL_COMMAND | SQL_TABLE_NEXT},
    {"key", SQL_NAMES_KEY},
    {"lateral", SQL_TRANSPARENT},
    {"like", SQL_VALUE_NEXT},
    {"limit", SQL_CLAUSE | SQL_VALUE_NEXT},
    {"merge", SQL_LATER_COMMAND | SQL_STATEMENT},
    {"mod", SQL_CLAUSE},
    {"not", SQL_TRANSPARENT},
    {"null", SQL_IS_NULL},
    {"offset", SQL_CLAUSE},
    {"on", SQL_CLAUSE},
    {"only", SQL_TRANSPARENT},
    {"or", SQL_CLAUSE},
    {"order", SQL_CLAUSE},
    {"over", SQL_CLAUSE},
    {"proc", SQL_PROCEDURE_NEXT},
    {"procedure", SQL_PROCEDURE_NEXT},
    {"regexp", SQL_VALUE_NEXT},
    {"replace", 0},
    {"returning", SQL_CLAUSE},
    {"revoke", SQL_COMMAND | SQL_STATEMENT},
    {"rlike", SQL_VALUE_NEXT},
    {"savepoint", SQL_IS_SAVEPOINT},
    {"select", SQL_COMMAND | SQL_STATEMENT | SQL_CLAUSE},
    {"separator", SQL_CLAUSE},
    {"set", SQL_CLAUSE | SQL_STATEMENT},
    {"table", SQL_LATER_TABLE},
    {"then", SQL_CLAUSE | SQL_VALUE_NEXT},
    {"top", SQL_CLAUSE},
    {"true", SQL_IS_BOOLEAN},
    {"truncate", SQL_COMMAND | SQL_STATEMENT},
    {"union", SQL_CLAUSE},
    {"update", SQL_COMMAND | SQL_STATEMENT | SQL_TABLE_NEXT},
    {"using", SQL_CLAUSE},
    {"vacuum", SQL_LATER_COMMAND | SQL_STATEMENT},
    {"value", 0},
    {"values", SQL_LIST_NEXT | SQL_CLAUSE},
    {"when", SQL_CLAUSE},
    {"where", SQL_CLAUSE},
    {"with", SQL_STATEMENT | SQL_IS_WITH},
    {"xor", SQL_CLAUSE},
};

static int by_name(const void *key, const void *entry)
{
    return strcmp(key, ((const struct sql_keyword *)entry)->name);
}

const struct sql_keyword *sql_keyword_find(struct adder_str word)
{
    char lower[WORD_MAX];

    if (word.len >= sizeof(lower))
        return NULL;
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];

        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    lower[word.len] = '\0';
    return bsearch(lower, keywords, ARRAY_LEN(keywords), sizeof(keywords[0]), by_name);
}

enum sql_prefix sql_prefix_of(struct adder_str word)
{
    static const struct {
        const char *word;
        enum sql_prefix prefix;
    } prefixes[] = {
        {"n", SQL_PREFIX_PLAIN},   {"b", SQL_PREFIX_PLAIN},  {"x", SQL_PREFIX_PLAIN},
        {"e", SQL_PREFIX_ESCAPES}, {"q", SQL_PREFIX_ORACLE}, {"nq", SQL_PREFIX_ORACLE},
    };

    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (word.len == strlen(prefixes[i].word) &&
            strncasecmp(word.ptr, prefixes[i].word, word.len) == 0)
            return prefixes[i].prefix;
    return str_starts(word, "_") ? SQL_PREFIX_PLAIN : SQL_PREFIX_NONE; /* _utf8'...' */
}
