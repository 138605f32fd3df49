/*
 * host.h - answers to what checks ask (struct adder_facts), from this machine and the settings.
 */
#ifndef ADDER_HOST_HOST_H
#define ADDER_HOST_HOST_H

#include "core/base.h"
#include "core/value.h"

struct host;

/* The Agent version whose API for checks is spoken: checks compare what get_version() says with
 * Agent versions, and servers read it in the User-Agent. Our own version is ADDER_VERSION. */
#define HOST_AGENT_VERSION "7.58.0"

/* All may be zero or NULL; everything is copied. */
struct host_options {
    const struct value *settings; /* mapping: what get_config() answers from, dotted keys are
                                     looked up level by level; the environment (ADDER_KEY,
                                     DD_KEY) goes before */
    const char *run_dir;          /* persistent cache; NULL: setting run_path, else
                                     $XDG_STATE_HOME/adder, else /var/lib/adder as root,
                                     ~/.local/state/adder as anyone else */
};

/* The environment is read here and not again: neither get_config() nor commands see what checks
 * change in os.environ, as in the Agent. Errors: ADDER_NOMEM, ADDER_LIMIT. */
int host_new(const struct host_options *options, struct host **ret, struct adder_error *err);
/* Kills commands still running and waits for their callers to have returned; nothing else may
 * be under way in other threads. NULL is fine. */
void host_free(struct host *h);
DEFINE_CLEANUP(struct host *, host_free);

/* The folder of what is kept between runs; it need not exist. Valid as long as the host. */
const char *host_run_dir(const struct host *h);

/* Callbacks for adder_runtime_options.facts whose ctx is a struct host. */
extern const struct adder_facts host_facts;

/* The host's name, or ADDER_NOT_FOUND with what to do. Cached once found. */
int host_name(struct host *h, char *ret, size_t size, struct adder_error *err);

/* The setting `key` as a boolean; false when it is unset or none. Fails when memory is out. */
int host_setting_bool(const struct host *h, const char *key, bool *ret,
                      struct adder_error *err);

/* Kills the commands that checks have running; their callers get an error. */
void host_kill_commands(struct host *h);

#endif
