/* adder top: which checks of a running agent take most. */
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/command.h"
#include "cli/status.h"
#include "core/err.h"

#define PAUSE_LEAST_S 0.1

struct top_conf {
    struct api_options api; /* first: its options are shared */
    const char *by;
    double pause_s;
    bool once;
};

static const struct option options[] = {
    {.name = "by",
     .letter = 'b',
     .type = OPTION_TEXT,
     .offset = offsetof(struct top_conf, by),
     .value = "WHAT",
     .fallback = "cpu",
     .help = "Sort by cpu (CPU time a second), memory (what the check holds), series, or time "
             "(that a run takes)."},
    {.name = "pause",
     .type = OPTION_SECONDS,
     .offset = offsetof(struct top_conf, pause_s),
     .value = "S",
     .fallback = "2",
     .help = "Look again after S seconds."},
    {.name = "once",
     .letter = '1',
     .type = OPTION_FLAG,
     .offset = offsetof(struct top_conf, once),
     .help = "Print all checks once and end, as where there is no terminal."},
};

static int key_of(const char *name, enum top_key *ret, struct adder_error *err)
{
    static const char *const names[] = {[TOP_CPU] = "cpu",
                                        [TOP_MEMORY] = "memory",
                                        [TOP_SERIES] = "series",
                                        [TOP_TIME] = "time"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *ret = (enum top_key)i;
            return 0;
        }
    return err_set(err, ADDER_INVALID, "--by %s: it is cpu, memory, series or time", name);
}

struct watching {
    struct api *api;
    struct out *out;
    enum top_key key;
    int terminal; /* descriptor of its own, to ask for the size of; -1: none, print once */
};

/* Checks that fit on the screen, below the other lines and above the cursor's. */
static size_t room(const struct watching *w)
{
    struct winsize size = {.ws_row = 0};

    if (w->terminal < 0 || ioctl(w->terminal, TIOCGWINSZ, &size) < 0 || size.ws_row == 0)
        return SIZE_MAX;
    return size.ws_row > TOP_LINES + 1 ? size.ws_row - TOP_LINES - 1U : 1;
}

static int show(const struct watching *w, struct adder_error *err)
{
    json_t *status = NULL;
    int rc;

    if (api_ask(w->api, "GET", "/api/v1/status", &status, err) < 0)
        return -1;
    if (w->terminal >= 0)
        fputs("\x1b[H\x1b[J", w->out->file); /* home, and clear from there (ECMA-48) */
    rc = status_print_top(w->out, status, w->key, room(w), err);
    json_decref(status);
    fflush(w->out->file);
    return rc;
}

static int watch(struct watching *w, const struct top_conf *given, struct adder_error *err)
{
    CLEANUP(api_freep) struct api *api = NULL;

    if (key_of(given->by, &w->key, err) < 0 || api_new(&given->api, &api, err) < 0)
        return -1;
    w->api = api;
    while (show(w, err) == 0) {
        if (w->terminal < 0)
            return 0;
        usleep((useconds_t)(fmax(given->pause_s, PAUSE_LEAST_S) * 1e6));
    }
    return -1;
}

static int run(const struct program *p, void *conf, const struct words *operands)
{
    const struct top_conf *given = conf;
    CLEANUP(out_abandon) struct out out = {.file = NULL};
    struct watching w = {.out = &out, .key = TOP_CPU, .terminal = -1};
    struct adder_error err;

    (void)p;
    (void)operands;
    if (!given->once && isatty(STDOUT_FILENO))
        w.terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0); /* closed with the process */
    if (out_open(&out, &err) < 0 || watch(&w, given, &err) < 0)
        return complain("top", &err);
    return out_close(&out, &err) < 0 ? complain("top", &err) : EXIT_FINE;
}

const struct command command_top = {
    .name = "top",
    .operands = "",
    .summary = "show which checks of a running agent take most",
    .about = "Prints the checks of a running agent, those first that take most. On a terminal "
             "it does so again and again until interrupted, and as many as fit.\n"
             "\n"
             "Exit status: 0 fine, 1 no agent answers, 2 bad usage.",
    .examples = "adder top\n"
                "adder top --by memory --once",
    .options = {api_options, API_OPTIONS, options, ARRAY_LEN(options)},
    .conf_size = sizeof(struct top_conf),
    .run = run,
};
