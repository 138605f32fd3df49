/* adder status: what a running agent does. */
#include <string.h>

#include "cli/api.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/status.h"
#include "core/err.h"

struct status_conf {
    struct api_options api; /* first: its options are shared */
    bool json;
};

static const struct option options[] = {
    {.name = "json",
     .letter = 'j',
     .type = OPTION_FLAG,
     .offset = offsetof(struct status_conf, json),
     .help = "Print one JSON document and nothing else on standard output."},
};

/* Whether a check fails, is in quarantine or cannot be loaded. */
static bool has_problem(const json_t *status)
{
    const json_t *check;
    size_t i;

    json_array_foreach(json_object_get(status, "checks"), i, check)
    {
        if (!json_is_null(json_object_get(check, "last_error")) ||
            json_is_true(json_object_get(check, "quarantined")))
            return true;
    }
    return false;
}

static int print_status(const struct status_conf *given, struct out *o, struct adder_error *err)
{
    CLEANUP(api_freep) struct api *api = NULL;
    struct json_build build = {false};
    json_t *status = NULL;
    int code, rc;

    if (api_new(&given->api, &api, err) < 0 ||
        api_ask(api, "GET", "/api/v1/status", &status, err) < 0)
        return -1;
    code = has_problem(status) ? EXIT_PROBLEM : EXIT_FINE;
    if (given->json)
        rc = json_print(&build, json_incref(status), o, err);
    else
        rc = status_print(o, status, err);
    json_decref(status);
    return rc < 0 ? -1 : code;
}

static int run(const struct program *p, void *conf, const struct words *operands)
{
    struct adder_error err;
    CLEANUP(out_abandon) struct out out = {.file = NULL};
    int code;

    (void)p;
    (void)operands;
    if (out_open(&out, &err) < 0)
        return complain("status", &err);
    code = print_status(conf, &out, &err);
    if (code < 0)
        return complain("status", &err);
    return out_close(&out, &err) < 0 ? complain("status", &err) : code;
}

const struct command command_status = {
    .name = "status",
    .operands = "",
    .summary = "show what a running agent does",
    .about =
        "Prints the checks of a running agent with their state, runs, errors and what they "
        "cost, then what is wrong: errors with Python's traceback, verdicts, mistakes in "
        "the configuration.\n"
        "\n"
        "Exit status: 0 all is well, 1 a check fails or is in quarantine, or no agent "
        "answers, 2 bad usage or a bad adder.yaml.",
    .examples = "adder status\n"
                "adder status --address unix:/run/adder/adder.sock --json",
    .options = {api_options, API_OPTIONS, options, ARRAY_LEN(options)},
    .conf_size = sizeof(struct status_conf),
    .run = run,
};
