/*
 * sql_scan.h - what the scanners of the lexer share.
 *
 * A scanner looks at what comes next. It makes it the token and returns true, or returns false
 * and has changed nothing.
 */
#ifndef ADDER_OBFUSCATE_SQL_SCAN_H
#define ADDER_OBFUSCATE_SQL_SCAN_H

#include <ctype.h>

#include "obfuscate/sql_lex.h"

bool sql_scan_string(struct sql_lexer *l, struct sql_token *t);   /* '...' */
bool sql_scan_quoted(struct sql_lexer *l, struct sql_token *t);   /* "..." `...` [...] */
bool sql_scan_dollar(struct sql_lexer *l, struct sql_token *t);   /* $tag$...$tag$ */
bool sql_scan_escape(struct sql_lexer *l, struct sql_token *t);   /* {...} */
bool sql_scan_number(struct sql_lexer *l, struct sql_token *t);   /* 1.5e-3, a UUID */
bool sql_scan_position(struct sql_lexer *l, struct sql_token *t); /* $1 ?1 */
bool sql_scan_bind(struct sql_lexer *l, struct sql_token *t);     /* :name @name */
bool sql_scan_place(struct sql_lexer *l, struct sql_token *t);    /* ? %s %(name)s */

/* A string whose first `word` bytes are a word: N'...'. */
bool sql_scan_prefixed(struct sql_lexer *l, struct sql_token *t, size_t word);

/* The byte `ahead` of the next one, NUL past the end. */
static inline char sql_peek(const struct sql_lexer *l, size_t ahead)
{
    return l->len - l->at > ahead ? l->text[l->at + ahead] : '\0';
}

static inline bool sql_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

static inline bool sql_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What is not ASCII belongs to names. */
static inline bool sql_is_name_start(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static inline bool sql_is_name(const struct sql_lexer *l, char c)
{
    if (c == '#')
        return l->dialect.hash == SQL_HASH_NAME || l->dialect.hash == SQL_HASH_GUESS;
    return sql_is_name_start(c) || sql_is_digit(c) || c == '$';
}

/* Steps over a name, from `ahead` bytes on. Returns where it ends, counted likewise. */
static inline size_t sql_name_end(const struct sql_lexer *l, size_t ahead)
{
    while (l->len - l->at > ahead && sql_is_name(l, sql_peek(l, ahead)))
        ahead++;
    return ahead;
}

/* Makes the next `len` bytes the token. */
static inline bool sql_take(struct sql_lexer *l, struct sql_token *t, enum sql_kind kind,
                            size_t len)
{
    t->kind = kind;
    t->text = (struct adder_str){l->text + l->at, len};
    l->at += len;
    return true;
}

/* Makes all that is left the token. */
static inline bool sql_take_rest(struct sql_lexer *l, struct sql_token *t, enum sql_kind kind,
                                 enum sql_fault fault)
{
    t->fault = fault;
    return sql_take(l, t, kind, l->len - l->at);
}

#endif
