#include "cli/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/probe.h"
#include "cli/watch.h"
#include "core/closest.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/yaml.h"

const struct option session_options[SESSION_OPTIONS] = {
    {.name = "config",
     .letter = 'c',
     .type = OPTION_PATH,
     .offset = offsetof(struct session_options, config),
     .value = "FILE|DIR",
     .help = "Read instances from this file (- is standard input), or from this folder as from "
             "conf.d.",
     .completion = COMPLETE_FILES},
    {.name = "confd",
     .type = OPTION_PATH,
     .offset = offsetof(struct session_options, confd),
     .value = "DIR",
     .variable = "ADDER_CONFD",
     .help = "Folder with NAME.yaml and NAME.d/*.yaml, without --config. Else $ADDER_CONFD, "
             "else " CONFD_DEFAULT ".",
     .completion = COMPLETE_FOLDERS},
    {.name = "instance",
     .letter = 'i',
     .type = OPTION_TEXT,
     .offset = offsetof(struct session_options, instance),
     .value = "N|REGEX",
     .help = "Run only instance N, as configcheck numbers them, or those whose id or YAML text "
             "match."},
    {.name = "checks",
     .type = OPTION_LIST,
     .offset = offsetof(struct session_options, checks),
     .value = "DIR",
     .help = "Look for checks in this folder, before those of $ADDER_CHECKS and those that "
             "ship with adder. May be given several times.",
     .completion = COMPLETE_FOLDERS},
    {.name = "pythonpath",
     .type = OPTION_LIST,
     .offset = offsetof(struct session_options, pythonpath),
     .value = "DIR",
     .help = "Let Python import modules from this folder. May be given several times.",
     .completion = COMPLETE_FOLDERS},
    {.name = "python",
     .type = OPTION_TEXT,
     .offset = offsetof(struct session_options, python),
     .value = "VER|PATH",
     .help = "Use this Python: a version such as 3.11, or an interpreter. Else that of the "
             "virtual environment, else the newest there is.",
     .completion = COMPLETE_FILES},
    {.name = "venv",
     .type = OPTION_PATH,
     .offset = offsetof(struct session_options, venv),
     .value = "DIR",
     .help =
         "Use the packages of this virtual environment. Else of venv-X.Y beside the backend "
         "of Python X.Y, else of the one it was built with.",
     .completion = COMPLETE_FOLDERS},
    {.name = "log-level",
     .letter = 'l',
     .type = OPTION_LEVEL,
     .offset = offsetof(struct session_options, log_level),
     .value = "LEVEL",
     .fallback = "warning",
     .help = "Show log messages from this level on, on standard error: trace, debug, info, "
             "warning, error, critical or off.",
     .completion = COMPLETE_LEVELS},
};

static void stop(void *ctx)
{
    host_kill_commands(ctx);
}

/* The base asks for the setting log_level, so that records nobody wants are not even made. */
static int level_setting(int level, struct value **ret, struct adder_error *err)
{
    /* Python has no level for "off". */
    int highest = level < ADDER_LOG_CRITICAL ? level : ADDER_LOG_CRITICAL;
    char yaml[64];
    int len = snprintf(yaml, sizeof(yaml), "log_level: %s\n", log_level_name(highest));

    return yaml_parse((struct adder_str){yaml, (size_t)len}, YAML_STRICT, ret, err);
}

static int start_host(const struct session_options *options, struct session *s,
                      struct adder_error *err)
{
    CLEANUP(value_freep) struct value *settings = NULL;
    struct adder_error ignored;

    if (level_setting(options->log_level, &settings, err) < 0 ||
        host_new(&(struct host_options){.settings = settings}, &s->host, err) < 0)
        return -1;
    /* A machine without a usable name can run checks all the same. */
    if (host_name(s->host, s->hostname, sizeof(s->hostname), &ignored) < 0)
        LOG_INFO("%s", ignored.message);
    return 0;
}

int session_start(const struct session_options *options, struct session *ret,
                  struct adder_error *err)
{
    struct adder_runtime_options runtime = {
        .python = options->python,
        .venv = options->venv,
        .python_path = options->pythonpath.items,
        .sink = &ret->sink,
        .facts = &host_facts,
    };
    bool tracked;

    ret->sink = probe_sink();
    log_set_level(options->log_level);
    if (paths_checks(options->checks.items, &ret->folders, err) < 0 ||
        start_host(options, ret, err) < 0 || watch_start(stop, ret->host, err) < 0 ||
        host_setting_bool(ret->host, "memtrack_enabled", &tracked, err) < 0)
        return -1;
    watch_progress("starting Python");
    runtime.check_paths = (const char *const *)ret->folders.items;
    paths_warn(runtime.python_path);
    paths_warn(runtime.check_paths);
    runtime.facts_ctx = ret->host;
    runtime.no_memory_tracking = !tracked;
    return adder_runtime_new(&runtime, &ret->rt, err);
}

void session_free(struct session *s)
{
    watch_forget();
    adder_runtime_free(TAKE(s->rt));
    host_free(TAKE(s->host));
    texts_free(&s->folders);
}

static void offer(void *ctx, const char *name)
{
    closest_offer(ctx, name);
}

struct integrations {
    struct adder_reply reply; /* first: callbacks get its address */
    struct closest *closest;
};

/* Offers the check of an installed wheel: "datadog-active-directory" has active_directory. */
static void offer_wheel(struct adder_reply *self, const char *text, size_t len)
{
    struct closest *closest = ((struct integrations *)(void *)self)->closest;
    char name[CLOSEST_MAX + 1];
    const char *prefix = "datadog-";

    if (len <= strlen(prefix) || len - strlen(prefix) >= sizeof(name))
        return;
    len -= strlen(prefix);
    for (size_t i = 0; i < len; i++)
        name[i] = text[strlen(prefix) + i] == '-' ? '_' : text[strlen(prefix) + i];
    name[len] = '\0';
    closest_offer(closest, name);
}

void session_suggest(struct session *s, struct closest *closest)
{
    struct integrations wheels = {{offer_wheel}, closest};
    struct adder_error ignored;

    paths_each_check(&s->folders, offer, closest);
    if (adder_runtime_integrations(s->rt, &wheels.reply, &ignored) < 0)
        LOG_DEBUG("%s", ignored.message);
}

noreturn void session_leave(int code)
{
    fflush(stdout);
    fflush(stderr);
    _exit(code);
}
