/* adder run: the agent. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "cli/command.h"
#include "cli/paths.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"

/* Lines of the log at once, and each second. */
enum { LOG_BURST = 2000, LOG_RATE = 200 };

struct run_conf {
    const char *config, *confd, *python, *venv, *run_dir, *listen;
    struct words checks, pythonpath;
    const char *log_level;
    bool foreground;
};

static const struct option run_options[] = {
    {.name = "config",
     .letter = 'c',
     .type = OPTION_TEXT,
     .offset = offsetof(struct run_conf, config),
     .value = "FILE",
     .help = "Read the agent's settings from this file, see adder.yaml(5). "
             "Else " CONFIG_FILE_DEFAULT ", if it is there.",
     .completion = COMPLETE_FILES},
    {.name = "confd",
     .type = OPTION_TEXT,
     .offset = offsetof(struct run_conf, confd),
     .value = "DIR",
     .help =
         "Run what is configured in this folder: NAME.yaml and NAME.d/*.yaml. Else as "
         "$ADDER_CONFD or adder.yaml says, else " CONFD_DEFAULT ". If that is not there, the "
         "checks of this machine run that ship with adder.",
     .completion = COMPLETE_FOLDERS},
    {.name = "checks",
     .type = OPTION_LIST,
     .offset = offsetof(struct run_conf, checks),
     .value = "DIR",
     .help = "Look for checks in this folder, before those of $ADDER_CHECKS or adder.yaml and "
             "those that ship with adder. May be given several times.",
     .completion = COMPLETE_FOLDERS},
    {.name = "pythonpath",
     .type = OPTION_LIST,
     .offset = offsetof(struct run_conf, pythonpath),
     .value = "DIR",
     .help = "Let Python import modules from this folder. May be given several times.",
     .completion = COMPLETE_FOLDERS},
    {.name = "python",
     .type = OPTION_TEXT,
     .offset = offsetof(struct run_conf, python),
     .value = "VER|PATH",
     .help = "Use this Python: a version such as 3.11, or an interpreter. Else that of the "
             "virtual environment, else the newest there is.",
     .completion = COMPLETE_FILES},
    {.name = "venv",
     .type = OPTION_TEXT,
     .offset = offsetof(struct run_conf, venv),
     .value = "DIR",
     .help = "Use the packages of this virtual environment. Else of venv-X.Y beside the "
             "backend of Python X.Y, else of the one it was built with.",
     .completion = COMPLETE_FOLDERS},
    {.name = "run-dir",
     .type = OPTION_TEXT,
     .offset = offsetof(struct run_conf, run_dir),
     .value = "DIR",
     .help = "Keep in this folder what is to outlive the agent, such as what checks put into "
             "the persistent cache. Else as $ADDER_RUN_DIR or adder.yaml says, else "
             "/var/lib/adder, or ~/.local/state/adder of a user who is not root.",
     .completion = COMPLETE_FOLDERS},
    {.name = "listen",
     .type = OPTION_TEXT,
     .offset = offsetof(struct run_conf, listen),
     .value = "ADDR:PORT|unix:PATH",
     .help = "Serve metrics, the page and the API here; port 0 is any that is free. Else as "
             "$ADDER_LISTEN or adder.yaml says, else " CONFIG_LISTEN_DEFAULT "."},
    {.name = "foreground",
     .type = OPTION_FLAG,
     .offset = offsetof(struct run_conf, foreground),
     .help = "Changes nothing: adder always stays in the foreground."},
    {.name = "log-level",
     .letter = 'l',
     .type = OPTION_TEXT,
     .offset = offsetof(struct run_conf, log_level),
     .value = "LEVEL",
     .help = "Show log messages from this level on, on standard error: trace, debug, info, "
             "warning, error, critical or off. Else as adder.yaml says, else info.",
     .completion = COMPLETE_LEVELS},
};

/* What runs when nothing is configured: the checks of this machine that need no settings. */
static const char *const fallback[] = {"cpu", "load",    "memory", "swap",         "disk",
                                       "io",  "network", "uptime", "file_handles", NULL};

/* ---- Settings --------------------------------------------------------------------------- */

/* What the command line says goes before the file. */
static int override(char **setting, const char *given, struct adder_error *err)
{
    char *copy;

    if (given == NULL)
        return 0;
    copy = mem_strdup(given);
    if (copy == NULL)
        return err_nomem(err);
    mem_free(*setting);
    *setting = copy;
    return 0;
}

static int override_all(struct config *c, const struct run_conf *given, struct adder_error *err)
{
    if (override(&c->confd, given->confd, err) < 0 ||
        override(&c->python, given->python, err) < 0 ||
        override(&c->venv, given->venv, err) < 0 ||
        override(&c->run_dir, given->run_dir, err) < 0 ||
        override(&c->listen, given->listen, err) < 0)
        return -1;
    if (given->log_level != NULL && (c->log_level = log_level_of(given->log_level)) < 0)
        return err_set(err, ADDER_INVALID, "--log-level: there is no level '%s'",
                       given->log_level);
    return 0;
}

static int read_settings(const struct run_conf *given, struct config **ret,
                         struct adder_error *err)
{
    struct config_remarks remarks = {NULL, 0};
    const char *path = given->config != NULL ? given->config : CONFIG_FILE_DEFAULT;

    if (config_read(given->config, ret, &remarks, err) < 0)
        return -1;
    for (size_t i = 0; i < remarks.count; i++)
        LOG_WARN("%s:%u:%u: %s", path, remarks.items[i].line, remarks.items[i].column,
                 remarks.items[i].message);
    config_remarks_free(&remarks);
    return config_read_token(*ret, err) < 0 ? -1 : override_all(*ret, given, err);
}

/* ---- The nursery's command line --------------------------------------------------------- */

static int add_option(struct words *argv, const char *option, const char *value,
                      struct adder_error *err)
{
    if (value == NULL)
        return 0;
    return words_add(argv, option, err) < 0 ? -1 : words_add(argv, value, err);
}

static int add_options(struct words *argv, const char *option, char *const *values,
                       struct adder_error *err)
{
    for (; values != NULL && *values != NULL; values++)
        if (add_option(argv, option, *values, err) < 0)
            return -1;
    return 0;
}

static int nursery_argv(const struct run_conf *given, const struct config *c,
                        struct words *argv, struct adder_error *err)
{
    static char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

    if (len < 0)
        return err_set(err, ADDER_SYSTEM, "/proc/self/exe cannot be read: is /proc mounted?");
    program[len] = '\0';
    if (words_add(argv, program, err) < 0 || words_add(argv, "nursery", err) < 0 ||
        add_option(argv, "--config", given->config, err) < 0 ||
        add_option(argv, "--python", c->python, err) < 0 ||
        add_option(argv, "--venv", c->venv, err) < 0 ||
        add_option(argv, "--log-level", log_level_name(c->log_level), err) < 0)
        return -1;
    if (add_options(argv, "--checks", (char *const *)given->checks.items, err) < 0 ||
        add_options(argv, "--checks", c->checks, err) < 0 ||
        add_options(argv, "--pythonpath", (char *const *)given->pythonpath.items, err) < 0)
        return -1;
    return add_options(argv, "--pythonpath", c->python_path, err);
}

/* ---- Running ---------------------------------------------------------------------------- */

/* Where to look, for whoever has started it by hand. */
static void log_address(const struct agent_options *options, const char *address)
{
    bool prometheus = options->config->outputs.prometheus;

    if (strncmp(address, "http", strlen("http")) != 0)
        LOG_INFO("adder " ADDER_VERSION " listens %s%s", *address != '\0' ? "on " : "nowhere",
                 address);
    else
        LOG_INFO("adder " ADDER_VERSION ": the page is at %s%s%s%s", address,
                 prometheus ? ", metrics for Prometheus at " : "", prometheus ? address : "",
                 prometheus ? "/metrics" : "");
}

static int run_agent(const struct agent_options *options, struct adder_error *err)
{
    struct agent *a = NULL;
    int rc;

    if (!options->confd_chosen && !file_is_folder(options->config->confd))
        LOG_INFO("there is no %s: the checks of this machine run that come with adder",
                 options->config->confd);
    if (agent_new(options, &a, err) < 0)
        return -1;
    log_address(options, agent_address(a));
    rc = agent_run(a, err);
    agent_free(a);
    return rc;
}

static int run(const struct program *p, void *conf, const struct words *operands)
{
    const struct run_conf *given = conf;
    CLEANUP(config_freep) struct config *c = NULL;
    CLEANUP(words_free) struct words argv = {NULL, 0};
    struct agent_options options = {.fallback = fallback};
    struct adder_error err;

    (void)p;
    (void)operands;
    signal(SIGPIPE, SIG_IGN);
    if (read_settings(given, &c, &err) < 0)
        return complain("run", &err);
    log_set_level(c->log_level);
    log_set_json(c->log_json);
    log_set_rate(LOG_BURST, LOG_RATE);
    options.confd_chosen = c->confd != NULL;
    if (override(&c->confd, c->confd == NULL ? CONFD_DEFAULT : NULL, &err) < 0)
        return complain("run", &err);
    options.config = c;
    if (nursery_argv(given, c, &argv, &err) < 0)
        return complain("run", &err);
    options.nursery = (const char *const *)argv.items;
    return run_agent(&options, &err) < 0 ? complain("run", &err) : EXIT_FINE;
}

const struct command command_agent = {
    .name = "run",
    .operands = "",
    .summary = "run the agent",
    .about =
        "Runs all configured checks on their schedule, and serves what they measure: /metrics "
        "for Prometheus, a status page, and a JSON API. Checks run in worker processes. One "
        "that crashes, hangs or takes too much is stopped, and runs on in a process of its own "
        "until it behaves; the others lose nothing.\n"
        "\n"
        "Changes in the configuration folder take effect by themselves, or with SIGHUP. "
        "SIGTERM "
        "and Ctrl-C end the agent within five seconds, after the runs under way.\n"
        "\n"
        "Exit status: 0 it was told to end, 1 it could not go on, 2 bad usage or a bad "
        "configuration.",
    .examples = "adder run\n"
                "adder run --config adder.yaml --confd conf.d\n"
                "adder run --listen unix:/run/adder/adder.sock",
    .options = {NULL, 0, run_options, ARRAY_LEN(run_options)},
    .conf_size = sizeof(struct run_conf),
    .run = run,
};
