/*
 * config.h - adder.yaml: every key in one table, which also feeds configcheck, the manual page
 * and the example file.
 *
 * Environment over file over default, as in the Agent: ADDER_KEY, else DD_KEY. An unknown key
 * is a warning with the key it most likely means; a wrong type is an error with file, line,
 * column. A key of the Agent that means nothing here is neither: an Agent's datadog.yaml will
 * do.
 */
#ifndef ADDER_AGENT_CONFIG_H
#define ADDER_AGENT_CONFIG_H

#include "agent/limits.h"
#include "core/value.h"

#define CONFIG_FILE_DEFAULT   "/etc/adder/adder.yaml"
#define CONFIG_LISTEN_DEFAULT "127.0.0.1:23337" /* A-D-D-E-R on a telephone */

enum {
    CONFIG_FILE_MAX = 4 * 1024 * 1024, /* bytes */
    CONFIG_REMARKS_MAX = 100,          /* further ones are not told */
    CONFIG_TOKEN_MAX = 4096,           /* bytes of api_token_file */
    CONFIG_RUNNERS_DEFAULT = 4,
};

/* Strings are owned by the config; NULL where the key has no default and nothing was said. */
struct config {
    struct value *tree; /* the whole file, a mapping, secrets resolved, for host_new(): what
                           get_config() answers from */
    char *listen;       /* "": nowhere */
    char *token;        /* api_token */
    char *token_file;   /* api_token_file */
    char *confd, *run_dir, *python, *venv;
    char **checks, **python_path; /* NULL-terminated; NULL: none */
    char **tags;                  /* those of extra_tags, and env:ENV, among them */
    char **extra_tags, *env;
    unsigned workers;       /* 0: as many as the load asks for, up to the cores */
    unsigned check_runners; /* threads of a worker, default 4 */
    uint64_t worker_bytes;  /* worker_memory, default 512 MiB */
    int log_level;
    bool log_json;             /* log_format_json */
    double first_run_within_s; /* default 5: all checks have had their first run by then, or
                                  their interval, whichever comes first */
    struct limits limits;      /* `limits:`, defaults for all checks; not completed */
    char **aggregates;         /* histogram_aggregates */
    double *percentiles;       /* histogram_percentiles; directly before its count */
    size_t percentile_count;
    struct {
        bool prometheus; /* outputs.prometheus, default on */
        char *json_path; /* outputs.json.path; NULL: off */
        uint64_t json_rotate_bytes;
    } outputs;
    char *secret_command; /* secret_backend_command */
    char **secret_arguments;
    double secret_timeout_s; /* default 30 */
    bool secret_group_may_execute, secret_trim_newline;
};

/* What a value is, and the type of its field. */
enum config_type {
    CONFIG_TEXT,        /* char * */
    CONFIG_VERSION,     /* char *; an unquoted number will do */
    CONFIG_COUNT,       /* unsigned */
    CONFIG_BOOL,        /* bool */
    CONFIG_LIST,        /* char **; in the environment with spaces between, or as JSON */
    CONFIG_PATHS,       /* char **; in the environment with colons between */
    CONFIG_LEVEL,       /* int */
    CONFIG_DURATION,    /* double, seconds */
    CONFIG_SIZE,        /* uint64_t, bytes */
    CONFIG_AGGREGATES,  /* char ** */
    CONFIG_PERCENTILES, /* double *, and size_t behind it */
    CONFIG_LIMITS,      /* struct limits; in the environment as YAML */
    CONFIG_TYPES,
};

struct config_key {
    const char *name;  /* dotted */
    const char *agent; /* the Agent's name for it, which is understood too; NULL: the same */
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
void config_remarks_free(struct config_remarks *r); /* leaves it empty */

/*
 * Reads `path`; NULL: the default path, which need not exist. Unknown keys and the like become
 * remarks, which are the caller's also on failure. Secrets are resolved by the command that the
 * file, or the environment, names. Errors begin with "path:line:column: " where there is a
 * place, or name the variable of the environment.
 */
int config_read(const char *path, struct config **ret, struct config_remarks *remarks,
                struct adder_error *err);
void config_free(struct config *c); /* NULL is fine */
DEFINE_CLEANUP(struct config *, config_free);

/* The same for a text; `path` is what errors call it. */
int config_parse(struct adder_str text, const char *path, struct config **ret,
                 struct config_remarks *remarks, struct adder_error *err);

/* Fills `token` from the file that api_token_file names, without blanks around it, unless there
 * is an api_token. Apart from reading settings, as not everybody who asks an agent may read it.
 * An unreadable or empty file is an error. */
int config_read_token(struct config *c, struct adder_error *err);

/* Adds an adder.yaml with every key, its help and its default, all commented out. */
void config_example(struct buf *to);

#endif
