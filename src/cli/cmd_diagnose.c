/* adder diagnose: what the checks of a running agent say of themselves. */
#include <string.h>

#include "cli/api.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/text.h"
#include "core/err.h"
#include "core/str.h"

struct diagnose_conf {
    struct api_options api; /* first: its options are shared */
    bool json;
};

static const struct option options[] = {
    {.name = "json",
     .letter = 'j',
     .type = OPTION_FLAG,
     .offset = offsetof(struct diagnose_conf, json),
     .help = "Print one JSON document and nothing else on standard output."},
};

/* Results as the base package numbers them. */
enum { RESULT_ERROR = 3 };
static const struct {
    const char *word;
    enum ink ink;
} results[] = {{"PASS", INK_GOOD},
               {"FAIL", INK_BAD},
               {"WARNING", INK_WARN},
               [RESULT_ERROR] = {"ERROR", INK_BAD}};

static void print_text(struct out *o, const json_t *object, const char *key, const char *before,
                       const char *after)
{
    const json_t *value = json_object_get(object, key);
    CLEANUP(buf_free) struct buf b;

    buf_init(&b, API_LINE_MAX);
    if (json_string_length(value) == 0)
        return;
    text_escape(&b, (struct adder_str){json_string_value(value), json_string_length(value)},
                true);
    if (!b.failed)
        out_print(o, INK_PLAIN, "%s%s%s", before, b.data, after);
}

/* "  PASS    connect: the server answers" */
static void print_diagnosis(struct out *o, const json_t *d)
{
    size_t result = (size_t)json_integer_value(json_object_get(d, "result"));
    const json_t *name = json_object_get(d, "name");

    result = result < ARRAY_LEN(results) ? result : ARRAY_LEN(results) - 1;
    out_print(o, results[result].ink, "  %-8s", results[result].word);
    if (json_string_length(name) > 0)
        print_text(o, d, "name", "", ": ");
    print_text(o, d, "diagnosis", "", "\n");
    print_text(o, d, "remediation", "          what to do: ", "\n");
    print_text(o, d, "rawerror", "          ", "\n");
}

struct diagnosing {
    struct api *api;
    struct out *out;
    json_t *found; /* by id, for --json; NULL: print */
    size_t checks, diagnoses, problems;
};

static void take(struct diagnosing *d, const char *id, json_t *list)
{
    const json_t *one;
    size_t i;

    d->checks++;
    if (d->found == NULL && json_array_size(list) > 0)
        out_print(d->out, INK_TITLE, "%s\n", id);
    json_array_foreach(list, i, one)
    {
        d->diagnoses++;
        d->problems += json_integer_value(json_object_get(one, "result")) != 0;
        if (d->found == NULL)
            print_diagnosis(d->out, one);
    }
    if (d->found != NULL)
        json_object_set(d->found, id, list);
}

/* A check that cannot be asked now, as it runs or was not loaded, is an error of its own and
 * keeps nobody from asking the others. */
static int diagnose(struct diagnosing *d, const char *id, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf path;
    json_t *list = NULL;

    buf_init(&path, API_LINE_MAX);
    buf_add_str(&path, "/api/v1/checks/");
    api_escape(&path, id);
    buf_add_str(&path, "/diagnose");
    if (buf_check(&path, err) < 0)
        return -1;
    if (api_ask(d->api, "POST", path.data, &list, err) < 0) {
        if (err->code != ADDER_STATE && err->code != ADDER_NOT_FOUND)
            return -1;
        list = json_pack("[{si ss}]", "result", RESULT_ERROR, "diagnosis", err->message);
        if (list == NULL)
            return err_nomem(err);
    }
    take(d, id, list);
    json_decref(list);
    return 0;
}

/* All checks, or those with this name or id. */
static int diagnose_all(struct diagnosing *d, const char *name, struct adder_error *err)
{
    json_t *checks = NULL;
    const json_t *check;
    size_t i;
    int rc = 0;

    if (api_ask(d->api, "GET", "/api/v1/checks", &checks, err) < 0)
        return -1;
    json_array_foreach(checks, i, check)
    {
        const char *id = json_string_value(json_object_get(check, "id"));
        const char *its_name = json_string_value(json_object_get(check, "name"));

        if (name != NULL && strcmp(name, id) != 0 && strcmp(name, its_name) != 0)
            continue;
        if ((rc = diagnose(d, id, err)) < 0)
            break;
    }
    json_decref(checks);
    if (rc == 0 && name != NULL && d->checks == 0)
        return err_set(err, ADDER_NOT_FOUND, "the agent runs no check '%s'", name);
    return rc;
}

static int print_result(struct diagnosing *d, struct adder_error *err)
{
    struct json_build build = {false};

    if (d->found != NULL)
        return json_print(&build, TAKE(d->found), d->out, err);
    out_print(d->out, INK_PLAIN, "%s%zu check%s, %zu diagnos%s, %zu not passed\n",
              d->diagnoses > 0 ? "\n" : "", d->checks, d->checks == 1 ? "" : "s", d->diagnoses,
              d->diagnoses == 1 ? "is" : "es", d->problems);
    return 0;
}

static void diagnosing_end(struct diagnosing *d)
{
    json_decref(d->found);
}

static int run(const struct program *p, void *conf, const struct words *operands)
{
    const struct diagnose_conf *given = conf;
    const char *name = operands->count > 0 ? operands->items[0] : NULL;
    CLEANUP(api_freep) struct api *api = NULL;
    CLEANUP(diagnosing_end) struct diagnosing d = {.found = given->json ? json_object() : NULL};
    struct adder_error err;
    CLEANUP(out_abandon) struct out out = {.file = NULL};

    (void)p;
    if (out_open(&out, &err) < 0 || api_new(&given->api, &api, &err) < 0)
        return complain("diagnose", &err);
    d.api = api;
    d.out = &out;
    if (diagnose_all(&d, name, &err) < 0 || print_result(&d, &err) < 0 ||
        out_close(&out, &err) < 0)
        return complain("diagnose", &err);
    return d.problems > 0 ? EXIT_PROBLEM : EXIT_FINE;
}

const struct command command_diagnose = {
    .name = "diagnose",
    .operands = "[NAME]",
    .summary = "let the checks of a running agent diagnose themselves",
    .about = "Asks each check of a running agent, or those whose name or id is NAME, what it "
             "finds when it looks at itself, such as whether it can log in where it is to "
             "measure. Most checks have no diagnoses. The agent must have an api_token.\n"
             "\n"
             "Exit status: 0 all passed, 1 one did not, or no agent answers, 2 bad usage or a "
             "wrong token.",
    .examples = "adder diagnose\n"
                "adder diagnose postgres --json",
    .options = {api_options, API_OPTIONS, options, ARRAY_LEN(options)},
    .conf_size = sizeof(struct diagnose_conf),
    .operands_min = 0,
    .operands_max = 1,
    .run = run,
};
