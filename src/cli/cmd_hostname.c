/* adder hostname: the name under which this machine's metrics go out. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/json.h"
#include "core/err.h"
#include "core/log.h"
#include "core/str.h"
#include "host/host.h"

struct hostname_conf {
    bool json;
};

static const struct option options[] = {
    {.name = "json",
     .letter = 'j',
     .type = OPTION_FLAG,
     .offset = offsetof(struct hostname_conf, json),
     .help = "Print a JSON document."},
};

static int print(const struct hostname_conf *conf, const char *name, struct adder_error *err)
{
    struct json_build build = {false};
    struct out out;
    int rc = 0;

    if (out_open(&out, err) < 0)
        return -1;
    if (conf->json) {
        json_t *o = json_object();

        json_put(&build, o, "hostname", json_text(str_of(name)));
        rc = json_print(&build, o, &out, err);
    } else {
        fprintf(out.file, "%s\n", name);
    }
    return rc < 0 ? rc : out_close(&out, err);
}

static int run(const struct program *p, void *conf, const struct words *operands)
{
    CLEANUP(host_freep) struct host *host = NULL;
    struct adder_error err;
    char name[256];

    (void)p;
    (void)operands;
    log_set_level(ADDER_LOG_WARNING);
    if (host_new(&(struct host_options){0}, &host, &err) < 0 ||
        host_name(host, name, sizeof(name), &err) < 0) {
        complain("hostname", &err);
        return EXIT_PROBLEM;
    }
    return print(conf, name, &err) < 0 ? complain("hostname", &err) : EXIT_FINE;
}

const struct command command_hostname = {
    .name = "hostname",
    .operands = "",
    .summary = "print the name of this host",
    .about = "Prints the name that metrics of this machine carry.\n\n"
             "Exit status: 0, or 1 when no usable name is to be found.",
    .options = {.rows = options, .count = ARRAY_LEN(options)},
    .conf_size = sizeof(struct hostname_conf),
    .run = run,
};
