/*
 * config.h - adder.yaml: every key in one table, which also feeds configcheck, the manual page
 * and the example file.
 *
 * Environment over file over default, as in the Agent: ADDER_KEY, else DD_KEY. An unknown key
 * is a warning with the key it most likely means; a wrong type is an error with file, line,
 * column.
 */
#ifndef ADDER_AGENT_CONFIG_H
#define ADDER_AGENT_CONFIG_H

#include "agent/limits.h"
#include "core/value.h"

#define CONFIG_FILE_DEFAULT   "/etc/adder/adder.yaml"
#define CONFIG_LISTEN_DEFAULT "127.0.0.1:23337" /* A-D-D-E-R on a telephone */

/* Strings are owned by the config; NULL where the key has no default and nothing was said. */
struct config {
    struct value *tree; /* the whole file, for host_new(): what get_config() answers from */
    char *listen;
    char *token;      /* api_token */
    char *token_file; /* api_token_file */
    char *confd, *run_dir, *python, *venv;
    char **checks, **python_path, **tags; /* NULL-terminated; NULL: none */
    unsigned workers;                     /* 0: as many as the load asks for, up to the cores */
    unsigned check_runners;               /* threads of a worker, default 4 */
    int log_level;
    bool log_json;             /* log_format_json */
    double first_run_within_s; /* default 5: all checks have had their first run by then, or
                                  their interval, whichever comes first */
    struct limits limits;      /* `limits:`, defaults for all checks */
    char **aggregates;         /* histogram_aggregates */
    double *percentiles;       /* histogram_percentiles */
    size_t percentile_count;
    struct {
        bool prometheus; /* outputs.prometheus, default on */
        char *json_path; /* outputs.json.path; NULL: off */
        uint64_t json_rotate_bytes;
    } outputs;
    char *secret_command; /* secret_backend_command */
    char **secret_arguments;
    double secret_timeout_s; /* default 30 */
};

enum config_type {
    CONFIG_TEXT,
    CONFIG_COUNT,
    CONFIG_BOOL,
    CONFIG_LIST,
    CONFIG_LEVEL,
    CONFIG_DURATION,
    CONFIG_SIZE,
    CONFIG_NUMBERS,
    CONFIG_LIMITS,
};

struct config_key {
    const char *name; /* dotted */
    enum config_type type;
    size_t offset;        /* in struct config */
    const char *fallback; /* YAML text, NULL: none */
    const char *help;     /* sentences for the manual and the example file */
};
const struct config_key *config_keys(size_t *count);

/* Something about the file that is worth telling. */
struct config_remark {
    unsigned line, column;
    char *message;
};

struct config_remarks {
    struct config_remark *items;
    size_t count;
};
void config_remarks_free(struct config_remarks *r);

/* Reads `path`; NULL: the default path, which need not exist. Unknown keys and the like become
 * remarks. */
int config_read(const char *path, struct config **ret, struct config_remarks *remarks,
                struct adder_error *err);
void config_free(struct config *c); /* NULL is fine */
DEFINE_CLEANUP(struct config *, config_free);

/* Adds an adder.yaml with every key, its help and its default, all commented out. */
void config_example(struct buf *to);

#endif
