/* adder tail: what the agent's checks measure, as it comes in. */
#include <signal.h>

#include "cli/api.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/text.h"
#include "core/err.h"
#include "core/str.h"

struct tail_conf {
    struct api_options api; /* first: its options are shared */
    bool json;
};

static const struct option options[] = {
    {.name = "json",
     .letter = 'j',
     .type = OPTION_FLAG,
     .offset = offsetof(struct tail_conf, json),
     .help = "Print one JSON object a line."},
};

static void add_text(struct buf *b, const json_t *object, const char *key, const char *before)
{
    const json_t *text = json_object_get(object, key);

    if (!json_is_string(text) || json_string_length(text) == 0)
        return;
    buf_add_str(b, before);
    text_escape(b, (struct adder_str){json_string_value(text), json_string_length(text)},
                false);
}

static void add_tags(struct buf *b, const json_t *tags)
{
    const json_t *tag;
    size_t i;

    json_array_foreach(tags, i, tag)
    {
        buf_add_str(b, i == 0 ? "  " : ", ");
        text_escape(b, (struct adder_str){json_string_value(tag), json_string_length(tag)},
                    false);
    }
}

/* "cpu:1f2e3d  system.cpu.user  gauge  3.2  host:web" */
static void print_people(struct out *o, const json_t *line)
{
    CLEANUP(buf_free) struct buf b;

    buf_init(&b, API_LINE_MAX);
    add_text(&b, line, "id", "");
    add_text(&b, line, "name", "  ");
    add_text(&b, line, "type", "  ");
    buf_add_str(&b, "  ");
    text_number(&b, json_number_value(json_object_get(line, "value")));
    add_tags(&b, json_object_get(line, "tags"));
    add_text(&b, line, "hostname", "  host ");
    if (!b.failed)
        out_print(o, INK_PLAIN, "%s\n", b.data);
}

struct printing {
    struct out out;
    bool json;
};

static bool print_line(void *ctx, struct adder_str data)
{
    struct printing *p = ctx;
    json_t *line = json_loadb(data.ptr, data.len, 0, NULL);

    if (p->json)
        out_print(&p->out, INK_PLAIN, "%.*s\n", STR_ARG(data));
    else if (line != NULL)
        print_people(&p->out, line);
    json_decref(line);
    return fflush(p->out.file) == 0;
}

static int follow(const struct tail_conf *given, const char *filter, struct printing *to,
                  struct adder_error *err)
{
    CLEANUP(api_freep) struct api *api = NULL;
    CLEANUP(buf_free) struct buf path;

    buf_init(&path, API_LINE_MAX);
    buf_add_str(&path, "/api/v1/tail");
    if (filter != NULL) {
        buf_add_str(&path, "?filter=");
        api_escape(&path, filter);
    }
    if (buf_check(&path, err) < 0 || api_new(&given->api, &api, err) < 0)
        return -1;
    return api_follow(api, path.data, print_line, to, err);
}

static void printing_end(struct printing *p)
{
    out_abandon(&p->out);
}

static int run(const struct program *p, void *conf, const struct words *operands)
{
    const struct tail_conf *given = conf;
    CLEANUP(printing_end) struct printing printing = {.json = given->json};
    struct adder_error err;
    int rc;

    (void)p;
    if (out_open(&printing.out, &err) < 0)
        return complain("tail", &err);
    rc = follow(given, operands->count > 0 ? operands->items[0] : NULL, &printing, &err);
    if (rc < 0)
        return complain("tail", &err);
    return out_close(&printing.out, &err) < 0 ? complain("tail", &err) : EXIT_FINE;
}

const struct command command_tail = {
    .name = "tail",
    .operands = "[FILTER]",
    .summary = "show what a running agent's checks measure, as it comes in",
    .about =
        "Prints what each run measures as soon as it has ended: the check's id, the metric's "
        "name, type, value, tags and host. It does so until interrupted. FILTER is a part of "
        "the id or name, or with * and ? a pattern for the whole of it.\n"
        "\n"
        "Exit status: 1 no agent answers, or it has ended, 2 bad usage.",
    .examples = "adder tail\n"
                "adder tail system.cpu\n"
                "adder tail 'redis:*' --json",
    .options = {api_options, API_OPTIONS, options, ARRAY_LEN(options)},
    .conf_size = sizeof(struct tail_conf),
    .operands_min = 0,
    .operands_max = 1,
    .run = run,
};
