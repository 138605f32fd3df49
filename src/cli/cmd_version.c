/* adder version: which adder this is, and the Pythons that checks can run in. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/table.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

enum { BACKENDS_MAX = 32 }; /* there are not as many versions of Python */

struct version_conf {
    bool json;
};

static const struct option options[] = {
    {.name = "json",
     .letter = 'j',
     .type = OPTION_FLAG,
     .offset = offsetof(struct version_conf, json),
     .help = "Print a JSON document."},
};

struct backends {
    struct adder_backend_info items[BACKENDS_MAX];
    size_t count;
};

static void find_backends(struct backends *ret)
{
    ret->count = adder_backends(NULL, ret->items, BACKENDS_MAX);
    if (ret->count > BACKENDS_MAX)
        ret->count = BACKENDS_MAX;
}

/* Why the backend cannot run checks; absent when it can. Borrowed from `err`. */
static struct adder_str problem_of(const struct adder_backend_info *b, struct adder_error *err)
{
    return str_of(adder_backend_try(b, err) < 0 ? err->message : NULL);
}

static int print_json(const struct backends *b, struct out *o, struct adder_error *err)
{
    struct json_build build = {false};
    json_t *document = json_object(), *list = json_array();

    for (size_t i = 0; i < b->count; i++) {
        json_t *one = json_object();

        json_put(&build, one, "version", json_string(b->items[i].version));
        json_put(&build, one, "path", json_text(str_of(b->items[i].path)));
        json_put(&build, one, "problem", json_text(problem_of(&b->items[i], err)));
        json_push(&build, list, one);
    }
    json_put(&build, document, "version", json_string(ADDER_VERSION));
    json_put(&build, document, "pythons", list);
    return json_print(&build, document, o, err);
}

static int print_people(const struct backends *b, struct out *o, struct adder_error *err)
{
    static const struct table_column columns[] = {
        {"PYTHON", false, false}, {"BACKEND", false, false}, {"PROBLEM", false, true}};
    CLEANUP(table_freep) struct table *t = table_new(columns, ARRAY_LEN(columns));

    if (t == NULL)
        return err_nomem(err);
    out_print(o, INK_TITLE, "adder %s\n", ADDER_VERSION);
    for (size_t i = 0; i < b->count; i++) {
        table_add(t, INK_PLAIN, str_of(b->items[i].version));
        table_add(t, INK_PLAIN, str_of(b->items[i].path));
        table_add(t, INK_BAD, problem_of(&b->items[i], err));
    }
    if (b->count > 0)
        return table_print(t, o, 2, err);
    out_print(o, INK_WARN, "  There is no backend for any Python; checks cannot run.\n");
    return 0;
}

static int run(const struct program *p, void *conf, const struct words *operands)
{
    const struct version_conf *options_given = conf;
    AUTOFREE struct backends *backends = mem_zalloc(sizeof(*backends));
    struct adder_error err;
    struct out out;
    int rc;

    (void)p;
    (void)operands;
    if (backends == NULL) {
        err_nomem(&err);
        return complain("version", &err);
    }
    find_backends(backends);
    if (out_open(&out, &err) < 0)
        return complain("version", &err);
    rc = options_given->json ? print_json(backends, &out, &err)
                             : print_people(backends, &out, &err);
    if (rc < 0 || out_close(&out, &err) < 0)
        return complain("version", &err);
    return EXIT_FINE;
}

const struct command command_version = {
    .name = "version",
    .operands = "",
    .summary = "print the version, and the Pythons that checks can run in",
    .about =
        "Prints the version of adder and the Pythons it has a backend for, with what keeps "
        "one from being used, if anything does.",
    .options = {.rows = options, .count = ARRAY_LEN(options)},
    .conf_size = sizeof(struct version_conf),
    .run = run,
};
