/* adder check: runs checks once, or a few times, and prints what they give. */
#include "cli/checking.h"

struct check_conf {
    struct session_options session; /* first: its options are shared */
    unsigned times;
    double pause_s;
    bool rate, json, samples;
};

static const struct option options[] = {
    {.name = "times",
     .letter = 't',
     .type = OPTION_NUMBER,
     .offset = offsetof(struct check_conf, times),
     .value = "N",
     .fallback = "1",
     .help = "Run each instance N times and print what the last run gave."},
    {.name = "pause",
     .type = OPTION_SECONDS,
     .offset = offsetof(struct check_conf, pause_s),
     .value = "S",
     .fallback = "1",
     .help = "Wait S seconds between two runs of an instance."},
    {.name = "rate",
     .letter = 'r',
     .type = OPTION_FLAG,
     .offset = offsetof(struct check_conf, rate),
     .help = "Run twice and print the second run, so that rates show: the same as --times 2."},
    {.name = "samples",
     .letter = 's',
     .type = OPTION_FLAG,
     .offset = offsetof(struct check_conf, samples),
     .help = "Print the samples as the check submitted them as well."},
    {.name = "json",
     .letter = 'j',
     .type = OPTION_FLAG,
     .offset = offsetof(struct check_conf, json),
     .help = "Print one JSON document and nothing else on standard output."},
};

static int present(struct checking *c, const struct targets *t, const struct result *r,
                   struct adder_error *err)
{
    const struct check_conf *conf = c->ctx;
    struct people_options people = {
        .hostname = c->session.hostname, .where = t->where, .samples = conf->samples};

    if (!c->json)
        return people_result(&c->out, &people, r, err);
    json_push(&c->build, c->instances, json_result(&c->build, r, conf->samples));
    return 0;
}

static int run(const struct program *p, void *conf, const struct words *operands)
{
    struct check_conf *given = conf;
    struct checking checking = {
        .command = "check",
        .options = &given->session,
        .probe = {.times = given->rate ? 2 : given->times, .pause_s = given->pause_s},
        .json = given->json,
        .present = present,
        .ctx = given,
    };

    (void)p;
    checking_run(&checking, operands);
}

const struct command command_check = {
    .name = "check",
    .operands = "NAME...",
    .summary = "run checks and print what they submit",
    .about =
        "Runs all configured instances of the named checks in this process and prints what "
        "they gave: series, service checks, events, metadata, warnings, errors with Python's "
        "traceback.\n"
        "\n"
        "Instances come from --config, else from NAME.yaml and NAME.d/*.yaml in the "
        "configuration folder; the conf.d of a Datadog Agent works as it is. Without any the "
        "check runs with an empty instance, if it allows that.\n"
        "\n"
        "Exit status: 0 all runs went well, 1 a check failed, 2 bad usage or a bad "
        "configuration.",
    .examples = "adder check cpu load memory\n"
                "adder check disk --rate\n"
                "adder check mine --checks . --config mine.yaml\n"
                "adder check http_check --instance 'example\\.org' --json",
    .options = {session_options, SESSION_OPTIONS, options, ARRAY_LEN(options)},
    .conf_size = sizeof(struct check_conf),
    .operands_min = 1,
    .operands_max = OPTION_WORDS_MAX,
    .completion = COMPLETE_CHECKS,
    .run = run,
};
