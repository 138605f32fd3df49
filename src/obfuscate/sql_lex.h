/*
 * sql_lex.h - SQL text as tokens, for hiding what is literal in it.
 *
 * When in doubt a token is literal: the lexer never fails, and what it cannot end (a string
 * without its quote) is one token to the end of the text.
 */
#ifndef ADDER_OBFUSCATE_SQL_LEX_H
#define ADDER_OBFUSCATE_SQL_LEX_H

#include "core/base.h"
#include "obfuscate/sql_word.h"

enum sql_kind {
    SQL_END,
    SQL_WORD,     /* a keyword or a name, with its dots: a.b.* */
    SQL_QUOTED,   /* a name in quotes */
    SQL_DOUBLE,   /* in double quotes: a name, or a string to those databases that allow it */
    SQL_LITERAL,  /* string, number, {escape} */
    SQL_FUNCTION, /* $func$...$func$ */
    SQL_PLACE,    /* ? %s %(name)s */
    SQL_POSITION, /* $1 ?1 */
    SQL_BIND,     /* :name @name @@name */
    SQL_COMMENT,
    SQL_OPERATOR,
    SQL_PUNCT, /* one of ( ) [ ] { } , ; . */
};

/* Why a token is not whole. */
enum sql_fault {
    SQL_WHOLE,
    SQL_OPEN_STRING, /* the text ends in a string, or in a quoted name */
    SQL_OPEN_COMMENT,
    SQL_OPEN_ESCAPE, /* the text ends in {...} */
    SQL_STRAY_BYTE,  /* a backslash outside of strings */
};

struct sql_token {
    enum sql_kind kind;
    enum sql_fault fault;
    const struct sql_keyword *keyword; /* of a SQL_WORD, or NULL */
    struct adder_str text;             /* as it stands in the query */
    struct adder_str inner;            /* of QUOTED, DOUBLE, FUNCTION: without the quotes */
    bool spaced;                       /* white space stands before it */
};

/* What '#' begins. */
enum sql_hash {
    SQL_HASH_COMMENT,
    SQL_HASH_NAME,     /* #temporary */
    SQL_HASH_OPERATOR, /* #> #- */
    SQL_HASH_GUESS,    /* an operator before > and -, else a comment */
};

/* What a backslash in a string does. */
enum sql_backslash {
    SQL_BACKSLASH_PLAIN,
    SQL_BACKSLASH_ESCAPES,
    SQL_BACKSLASH_GUESS, /* to be decided over the whole query */
    /* It escapes, but this is not certain: a string in which it does lasts to the end. */
    SQL_BACKSLASH_DOUBT,
};

struct sql_dialect {
    const char *name; /* a value of the option `dbms` */
    enum sql_hash hash;
    enum sql_backslash backslash;
    bool brackets;          /* [name] */
    bool dollar_strings;    /* $tag$...$tag$ */
    bool double_is_string;  /* "string" */
    bool nested_comments;   /* in block comments */
    bool question_operator; /* ? ?| ?& after an operand */
};

/* The dialect of a `dbms`; the one for unknown ones when there is none of this name. */
const struct sql_dialect *sql_dialect_find(struct adder_str name);

struct sql_lexer {
    struct sql_dialect dialect;
    const char *text;
    size_t len, at;
    bool operand;    /* the token before is one: "-1" after it is a subtraction */
    bool saw_escape; /* a backslash stood before a quote in a string */
    bool escaped;    /* the last string would end elsewhere with other escapes */
    bool doubt;      /* something odd came after such a string */
};

/* Borrows the text. */
void sql_lex_init(struct sql_lexer *l, const struct sql_dialect *dialect,
                  struct adder_str text);

/* The next token; SQL_END at the end, again and again. */
struct sql_token sql_lex(struct sql_lexer *l);

/* Decides a SQL_BACKSLASH_GUESS for `text`. Returns what the first fault is when the text can
 * be read to its end neither way; the backslash is then SQL_BACKSLASH_DOUBT, or ESCAPES when
 * there is no backslash to doubt. */
enum sql_fault sql_lex_settle(struct sql_dialect *dialect, struct adder_str text);

#endif
