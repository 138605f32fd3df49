/* adder nursery: the process of a running agent that holds a warm Python, and the workers that
 * are forked from it. Started by the agent alone. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/paths.h"
#include "cli/session.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"
#include "work/warm.h"
#include "work/worker.h"

enum {
    SOCKET = 3,                      /* the descriptor that leads to the supervisor */
    WARM_FILE_MAX = 4 * 1024 * 1024, /* bytes */
};

#define SETTINGS_DEFAULT "/etc/adder/adder.yaml"

struct nursery_conf {
    const char *config, *python, *venv, *run_dir, *warm;
    struct words checks, pythonpath;
    int log_level;
};

static const struct option options[] = {
    {.name = "config",
     .type = OPTION_TEXT,
     .offset = offsetof(struct nursery_conf, config),
     .value = "FILE",
     .help = "Settings of the agent, which checks ask for. Else " SETTINGS_DEFAULT "."},
    {.name = "checks",
     .type = OPTION_LIST,
     .offset = offsetof(struct nursery_conf, checks),
     .value = "DIR",
     .help = "Look for checks in this folder."},
    {.name = "pythonpath",
     .type = OPTION_LIST,
     .offset = offsetof(struct nursery_conf, pythonpath),
     .value = "DIR",
     .help = "Let Python import modules from this folder."},
    {.name = "python",
     .type = OPTION_TEXT,
     .offset = offsetof(struct nursery_conf, python),
     .value = "VER|PATH",
     .help = "Use this Python."},
    {.name = "venv",
     .type = OPTION_TEXT,
     .offset = offsetof(struct nursery_conf, venv),
     .value = "DIR",
     .help = "Use the packages of this virtual environment."},
    {.name = "run-dir",
     .type = OPTION_TEXT,
     .offset = offsetof(struct nursery_conf, run_dir),
     .value = "DIR",
     .help = "Folder of what checks keep."},
    {.name = "warm",
     .type = OPTION_TEXT,
     .offset = offsetof(struct nursery_conf, warm),
     .value = "FILE",
     .help = "Import the modules in this file, one a line, before workers need them."},
    {.name = "log-level",
     .letter = 'l',
     .type = OPTION_LEVEL,
     .offset = offsetof(struct nursery_conf, log_level),
     .value = "LEVEL",
     .fallback = "info",
     .help = "Show log messages from this level on."},
};

/* What the runtime is made of. */
struct nursery_parts {
    struct texts folders, modules;
    struct host *host;
    struct adder_runtime *rt;
};

/* ---- Settings --------------------------------------------------------------------------- */

/* The file as a mapping. One that nobody asked for need not exist. */
static int read_settings(const char *path, struct value **ret, struct adder_error *err)
{
    AUTOFREE char *text = NULL;
    struct value *v = NULL;
    size_t len = 0;
    int rc = file_read(path != NULL ? path : SETTINGS_DEFAULT, YAML_TEXT_MAX, &text, &len, err);

    if (rc < 0 && (path != NULL || err->code != ADDER_NOT_FOUND))
        return -1;
    if (rc == 0 && yaml_parse((struct adder_str){text, len}, YAML_AGENT, &v, err) < 0)
        return err_wrap(err, "%s", path != NULL ? path : SETTINGS_DEFAULT);
    if (v == NULL || v->type != VALUE_MAP) {
        value_free(v);
        v = value_new(VALUE_MAP);
    }
    *ret = v;
    return v != NULL ? 0 : err_nomem(err);
}

/* Sets a key of the mapping to a text, which goes before what it was. */
static int set_text(struct value *map, const char *key, const char *text,
                    struct adder_error *err)
{
    struct value_pair *pairs, pair;
    size_t count;

    value_free(value_take(map, key));
    count = map->map.count;
    pair.key = value_new_text(VALUE_STRING, str_of(key));
    pair.value = value_new_text(VALUE_STRING, str_of(text));
    pairs = mem_realloc(map->map.pairs, (count + 1) * sizeof(*pairs));
    if (pairs != NULL)
        map->map.pairs = pairs;
    if (pairs == NULL || pair.key == NULL || pair.value == NULL) {
        value_free(pair.key);
        value_free(pair.value);
        return err_nomem(err);
    }
    pairs[map->map.count++] = pair;
    return 0;
}

/* The base asks for the setting log_level, so that records nobody wants are not even made. */
static int start_host(const struct nursery_conf *conf, struct nursery_parts *p,
                      struct adder_error *err)
{
    CLEANUP(value_freep) struct value *settings = NULL;
    int level = conf->log_level < ADDER_LOG_CRITICAL ? conf->log_level : ADDER_LOG_CRITICAL;
    char name[256];
    struct adder_error ignored;

    if (read_settings(conf->config, &settings, err) < 0 ||
        set_text(settings, "log_level", log_level_name(level), err) < 0)
        return -1;
    if (host_new(&(struct host_options){.settings = settings, .run_dir = conf->run_dir},
                 &p->host, err) < 0)
        return -1;
    /* Found once, for all workers. */
    if (host_name(p->host, name, sizeof(name), &ignored) < 0)
        LOG_INFO("%s", ignored.message);
    return 0;
}

/* ---- Modules ---------------------------------------------------------------------------- */

/* A list that cannot be read only makes workers slower. */
static int read_modules(const char *path, struct texts *ret, struct adder_error *err)
{
    AUTOFREE char *text = NULL;
    struct adder_error ignored;
    size_t len;

    if (path == NULL)
        return 0;
    if (file_read(path, WARM_FILE_MAX, &text, &len, &ignored) < 0) {
        LOG_DEBUG("%s", ignored.message);
        return 0;
    }
    for (const char *at = text; *at != '\0' && ret->count < WARM_MODULES_MAX;) {
        size_t line = strcspn(at, "\n");

        if (line > 0 && texts_add(ret, at, line, err) < 0)
            return -1;
        at += line + (at[line] == '\n');
    }
    return 0;
}

/* ---- Running ---------------------------------------------------------------------------- */

static int start(const struct nursery_conf *conf, struct nursery_parts *p,
                 struct adder_error *err)
{
    struct adder_runtime_options runtime = {
        .python = conf->python,
        .venv = conf->venv,
        .python_path = conf->pythonpath.items,
        .sink = &worker_sink,
        .facts = &host_facts,
    };
    bool tracked;

    if (paths_checks(conf->checks.items, &p->folders, err) < 0 ||
        read_modules(conf->warm, &p->modules, err) < 0 || start_host(conf, p, err) < 0 ||
        host_setting_bool(p->host, "memtrack_enabled", &tracked, err) < 0)
        return -1;
    runtime.check_paths = (const char *const *)p->folders.items;
    runtime.facts_ctx = p->host;
    runtime.no_memory_tracking = !tracked;
    return adder_runtime_new(&runtime, &p->rt, err);
}

/* The command is of no use to anybody but the agent. What else was left open must not get to
 * what checks start. */
static int take_socket(struct adder_error *err)
{
    int type;
    socklen_t len = sizeof(type);

    if (getsockopt(SOCKET, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
        return err_set(err, ADDER_INVALID,
                       "this command is for the agent alone, which starts it; see 'adder run'");
    fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
    close_range(SOCKET + 1, ~0U, 0);
    return 0;
}

static int run(const struct program *program, void *given, const struct words *operands)
{
    const struct nursery_conf *conf = given;
    struct nursery_parts p = {.host = NULL};
    struct worker_start worker;
    struct adder_error err;
    int rc;

    (void)program;
    (void)operands;
    log_set_level(conf->log_level);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (take_socket(&err) < 0 || start(conf, &p, &err) < 0)
        session_leave(complain("nursery", &err));
    rc = nursery_run(&(struct nursery_options){.rt = p.rt,
                                               .socket = SOCKET,
                                               .modules = (const char *const *)p.modules.items},
                     &worker, &err);
    if (rc > 0)
        worker_run(p.rt, &worker);
    session_leave(rc < 0 ? complain("nursery", &err) : EXIT_FINE);
}

const struct command command_nursery = {
    .name = "nursery",
    .operands = "",
    .summary = "hold Python for the workers of a running agent",
    .about = "Started by 'adder run', with a socket as descriptor 3.",
    .options = {NULL, 0, options, ARRAY_LEN(options)},
    .conf_size = sizeof(struct nursery_conf),
    .hidden = true,
    .run = run,
};
