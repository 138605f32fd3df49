/*
 * option.h - options as data: one table feeds the parser, --help, man pages and completion.
 *
 * An option is in a command's table or it does not exist. Values go straight into the
 * command's own struct, whose fields have the types named at enum option_type.
 */
#ifndef ADDER_CLI_OPTION_H
#define ADDER_CLI_OPTION_H

#include "core/base.h"

enum {
    OPTION_WORDS_MAX = 10000, /* words on one command line */
};

/* What a value is and the field it goes to. */
enum option_type {
    OPTION_FLAG,    /* none; bool */
    OPTION_TEXT,    /* const char *, borrowed from argv */
    OPTION_PATH,    /* const char *, the table's own: made absolute, as checks may change the
                       current folder; "-" is standard input */
    OPTION_LIST,    /* may be given several times; struct words */
    OPTION_NUMBER,  /* 1 and up; unsigned */
    OPTION_SECONDS, /* 0 and up, may have a fraction; double */
    OPTION_LEVEL,   /* of the log, by name; int */
};

/* What completes a value. */
enum option_completion {
    COMPLETE_NOTHING,
    COMPLETE_FILES,
    COMPLETE_FOLDERS,
    COMPLETE_CHECKS, /* names of checks */
    COMPLETE_LEVELS,
    COMPLETE_SHELLS,
    COMPLETE_COMMANDS,
};

struct option {
    const char *name; /* "config" for --config */
    char letter;      /* 'c' for -c; 0: none */
    enum option_type type;
    size_t offset;        /* of the field in the command's struct */
    const char *value;    /* what help calls the value, "FILE|DIR"; NULL for flags */
    const char *fallback; /* the value when it is not given; NULL: the field stays zero */
    const char
        *variable;    /* of the environment, whose value goes before the fallback; NULL: none */
    const char *help; /* sentences, for help and man page alike */
    enum option_completion completion;
};

/* A command's own options and those it shares with others: the fields of `shared` are in a
 * struct that is the first member of the command's. */
struct option_table {
    const struct option *shared;
    size_t shared_count;
    const struct option *rows;
    size_t count;
};

/* The option number `i`, shared ones first, or NULL at the end. */
const struct option *option_at(const struct option_table *table, size_t i);

/* Words in a NULL-terminated list, borrowed from argv; `items` is NULL when there are none. */
struct words {
    const char **items;
    size_t count;
};

int words_add(struct words *w, const char *word, struct adder_error *err);
void words_free(struct words *w); /* leaves it empty */

/*
 * Reads `argv` (count words, without the command's name) into `conf`, zero before. Options
 * and operands may be mixed; "--" ends the options. "--help" and "-h" set *help wherever they
 * stand, and nothing else is looked at then. Errors are ADDER_INVALID, in words for whoever
 * typed it. Lists in `conf` and `operands` are to be freed whatever the outcome, by
 * options_free() and words_free().
 */
struct arguments {
    char *const *argv;
    size_t count;
};
int options_parse(const struct option_table *table, struct arguments args, void *conf,
                  struct words *operands, bool *help, struct adder_error *err);

/* Frees what options_parse() allocated in `conf`. */
void options_free(const struct option_table *table, void *conf);

#endif
