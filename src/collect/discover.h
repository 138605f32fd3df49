/*
 * discover.h - conf.d as the Agent's: which checks are configured, with what.
 */
#ifndef ADDER_COLLECT_DISCOVER_H
#define ADDER_COLLECT_DISCOVER_H

#include "core/base.h"
#include "core/value.h"

enum {
    CONF_FILE_MAX = 4 * 1024 * 1024, /* bytes of one file */
    CONF_FILES_MAX = 10000,          /* files in one conf.d */
    CONF_INSTANCES_MAX = 100000,     /* instances in all */
    CONF_PROBLEMS_MAX = 1000,        /* problems listed */
    CONF_INTERVAL_DEFAULT = 15,      /* seconds between runs */
    CONF_INTERVAL_MAX = 366 * 24 * 60 * 60,
};

/* One instance of a check. Texts are YAML as the Agent's writer would have them. */
struct instance {
    char *check;       /* "disk" */
    char *id;          /* "disk:67cc0574430a16ba" */
    char *source;      /* "file:/etc/adder/conf.d/disk.d/conf.yaml" */
    size_t index;      /* among all of its check, from 0: what messages and --instance mean */
    char *init_config; /* "" when absent; without the mapping `adder`, as the next */
    char *instance;
    char *own_init, *own; /* those mappings, which are for us and not for the check, as YAML;
                             NULL: none. The id is of the whole texts. */
    /* What the agent itself reads of it, and of init_config. */
    unsigned interval_s; /* min_collection_interval, default 15 */
    char *service;       /* instance's, else init_config's, else NULL */
    bool empty_default_hostname, no_index;
};

/* A file or instance that could not be used, or a remark about one. */
struct config_problem {
    char *path;
    unsigned line, column; /* 0: not known */
    bool warning;          /* else an error: the file or instance is not used */
    char *message;
};

struct configs {
    struct instance *instances; /* in the order of check name, file, index */
    size_t instance_count;
    struct config_problem *problems;
    size_t problem_count;
    /* While reading. */
    size_t next_index;                 /* that of the check's next instance */
    const struct configs_hooks *hooks; /* may be NULL */
};

/* What whoever reads knows of configuration and this layer does not. All may be NULL. */
struct configs_hooks {
    /* Judges a mapping `adder`. The message may begin with "line:column: ". */
    int (*own)(void *ctx, const struct value *mapping, struct adder_error *err);
    /* Replaces secrets in a document that is used, once its variables have been: strings, but
     * neither lists nor mappings. Likewise. Without it they are remarked on. */
    int (*secrets)(void *ctx, struct value **document, struct adder_error *err);
    void *ctx;
};

/*
 * Reads what `path` holds: a folder like conf.d (NAME.yaml, NAME.yml, NAME.d/, each with
 * *.yaml, *.yml, *.yaml.default, …) or one file, which may be a pipe or a device. `check`: only
 * this one, NULL for all; for a single file it names the check (NULL: from the file's name).
 * One bad file does not hide the others: it becomes a problem. Fails only when `path` itself
 * cannot be read.
 *
 * Instances of a check are numbered through its files. One that is not used keeps its number,
 * so that others do not change theirs when it is mended.
 *
 * As in the Agent, files whose names end in .default count only while their check has no other
 * valid file, and %%env_NAME%% is replaced. What needs parts of the Agent that adder lacks
 * (autodiscovery templates, cluster checks, JMX) is remarked on.
 */
int configs_read(const char *path, const char *check, const struct configs_hooks *hooks,
                 struct configs **ret, struct adder_error *err);

/* One instance made of the given texts (NULL: none, as {}), as if it were a file's only one.
 * Fails when they cannot be used; remarks about them are problems whose path is `source`. */
int configs_single(const char *check, const char *init_config, const char *instance,
                   const char *source, struct configs **ret, struct adder_error *err);

void configs_free(struct configs *c); /* NULL is fine */
DEFINE_CLEANUP(struct configs *, configs_free);

#endif
