/* adder configcheck: reads all of conf.d without running anything. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/config.h"
#include "cli/command.h"
#include "cli/find.h"
#include "cli/print.h"
#include "cli/table.h"
#include "cli/text.h"
#include "collect/configs.h"
#include "core/err.h"
#include "core/log.h"
#include "core/str.h"

enum { PROBLEM_MAX = 64 * 1024 }; /* bytes of a message */

struct configcheck_conf {
    const char *config, *confd;
    bool json;
};

static const struct option options[] = {
    {.name = "config",
     .letter = 'c',
     .type = OPTION_PATH,
     .offset = offsetof(struct configcheck_conf, config),
     .value = "FILE",
     .help = "The agent's own settings. Else " CONFIG_FILE_DEFAULT ", if it is there.",
     .completion = COMPLETE_FILES},
    {.name = "confd",
     .type = OPTION_TEXT,
     .offset = offsetof(struct configcheck_conf, confd),
     .value = "DIR",
     .help = "The folder to read. Else $ADDER_CONFD, else " CONFD_DEFAULT ".",
     .completion = COMPLETE_FOLDERS},
    {.name = "json",
     .letter = 'j',
     .type = OPTION_FLAG,
     .offset = offsetof(struct configcheck_conf, json),
     .help = "Print one JSON document on standard output."},
};

static json_t *instance_object(struct json_build *b, const struct instance *i)
{
    json_t *o = json_object();

    json_put(b, o, "check", json_text(str_of(i->check)));
    json_put(b, o, "id", json_text(str_of(i->id)));
    json_put(b, o, "source", json_text(str_of(i->source)));
    json_put(b, o, "index", json_integer((json_int_t)i->index));
    json_put(b, o, "interval_seconds", json_integer(i->interval_s));
    return o;
}

static int print_json(const struct configs *c, struct out *o, struct adder_error *err)
{
    struct json_build b = {false};
    json_t *document = json_object(), *instances = json_array(), *problems = json_array();

    for (size_t i = 0; i < c->instance_count; i++)
        json_push(&b, instances, instance_object(&b, &c->instances[i]));
    for (size_t i = 0; i < c->problem_count; i++)
        json_push(&b, problems, json_problem(&b, &c->problems[i]));
    json_put(&b, document, "instances", instances);
    json_put(&b, document, "problems", problems);
    return json_print(&b, document, o, err);
}

static void print_problem(struct out *o, const struct config_problem *p)
{
    CLEANUP(buf_free) struct buf text;
    CLEANUP(buf_free) struct buf safe;

    buf_init(&text, PROBLEM_MAX);
    buf_init(&safe, PROBLEM_MAX);
    problem_describe(p, &text);
    text_escape(&safe, (struct adder_str){text.data, text.len}, true);
    if (safe.len > 0)
        out_print(o, p->warning ? INK_WARN : INK_BAD, "%s\n", safe.data);
}

static size_t count_errors(const struct configs *c)
{
    size_t errors = 0;

    for (size_t i = 0; i < c->problem_count; i++)
        errors += !c->problems[i].warning;
    return errors;
}

static void print_summary(const struct configs *c, struct out *o)
{
    size_t errors = count_errors(c), warnings = c->problem_count - errors;

    if (c->problem_count + c->instance_count > 0)
        out_print(o, INK_PLAIN, "\n");
    out_print(o, errors > 0 ? INK_BAD : INK_GOOD, errors > 0 ? "FAILED" : "OK");
    out_print(o, INK_PLAIN, "  %zu instance%s, %zu error%s, %zu warning%s\n", c->instance_count,
              c->instance_count == 1 ? "" : "s", errors, errors == 1 ? "" : "s", warnings,
              warnings == 1 ? "" : "s");
}

static int print_people(const struct configs *c, struct out *o, struct adder_error *err)
{
    static const struct table_column columns[] = {{"CHECK", false, false},
                                                  {"N", true, false},
                                                  {"EVERY", true, false},
                                                  {"ID", false, false},
                                                  {"SOURCE", false, true}};
    CLEANUP(table_freep) struct table *t = table_new(columns, ARRAY_LEN(columns));

    if (t == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < c->instance_count; i++) {
        const struct instance *one = &c->instances[i];

        table_add(t, INK_TITLE, str_of(one->check));
        buf_printf(table_cell(t), "%zu", one->index);
        table_next(t, INK_PLAIN);
        buf_printf(table_cell(t), "%u s", one->interval_s);
        table_next(t, INK_PLAIN);
        table_add(t, INK_PLAIN, str_of(one->id));
        table_add(t, INK_DIM, str_of(one->source));
    }
    if (c->instance_count > 0 && table_print(t, o, 0, err) < 0)
        return -1;
    if (c->instance_count > 0 && c->problem_count > 0)
        out_print(o, INK_PLAIN, "\n");
    for (size_t i = 0; i < c->problem_count; i++)
        print_problem(o, &c->problems[i]);
    print_summary(c, o);
    return 0;
}

/* Takes "path:" off a message, which is told with its path again. */
static void drop_path(struct adder_error *e, const char *path)
{
    size_t len = strlen(path);

    if (strncmp(e->message, path, len) != 0 || e->message[len] != ':')
        return;
    len += 1 + strspn(e->message + len + 1, " ");
    memmove(e->message, e->message + len, strlen(e->message + len) + 1);
}

/* Adds what is wrong with adder.yaml. */
static int read_settings(const char *given, struct configs *to, struct config **ret,
                         struct adder_error *err)
{
    CLEANUP(config_remarks_free) struct config_remarks remarks = {NULL, 0};
    struct reporter reporter = {to, given != NULL ? given : CONFIG_FILE_DEFAULT};
    struct adder_error why;

    if (config_read(given, ret, &remarks, &why) < 0) {
        drop_path(&why, reporter.path);
        return report_failure(&reporter, &why, false, err);
    }
    for (size_t i = 0; i < remarks.count; i++) {
        const struct config_remark *r = &remarks.items[i];

        err_set(&why, ADDER_INVALID, "%u:%u: %s", r->line, r->column, r->message);
        if (report_failure(&reporter, &why, true, err) < 0)
            return -1;
    }
    return 0;
}

static int read_folder(const char *given, struct configs **ret, struct adder_error *err)
{
    static const struct configs_hooks hooks = {.own = limits_judge};
    bool chosen;
    const char *folder = paths_confd(given, &chosen);

    if (!chosen && access(folder, F_OK) != 0)
        return err_set(err, ADDER_NOT_FOUND,
                       "there is no %s; name another folder with --confd or $ADDER_CONFD",
                       folder);
    return configs_read(folder, NULL, &hooks, ret, err);
}

/* The folder that adder.yaml names is read, unless another one is asked for. */
static int read_all(const struct configcheck_conf *given, struct configs **ret,
                    struct adder_error *err)
{
    CLEANUP(configs_freep) struct configs *about_settings = configs_new();
    CLEANUP(config_freep) struct config *settings = NULL;
    const char *folder = given->confd;

    if (about_settings == NULL)
        return err_nomem(err);
    if (read_settings(given->config, about_settings, &settings, err) < 0)
        return -1;
    if (folder == NULL && settings != NULL)
        folder = settings->confd;
    if (read_folder(folder, ret, err) < 0)
        return -1;
    return configs_join(*ret, about_settings, err);
}

static int run(const struct program *p, void *conf, const struct words *operands)
{
    const struct configcheck_conf *given = conf;
    CLEANUP(configs_freep) struct configs *configs = NULL;
    struct adder_error err;
    CLEANUP(out_abandon) struct out out = {.file = NULL};
    int rc;

    (void)p;
    (void)operands;
    log_set_level(ADDER_LOG_WARNING);
    if (read_all(given, &configs, &err) < 0) {
        complain("configcheck", &err);
        return EXIT_USAGE;
    }
    if (out_open(&out, &err) < 0)
        return complain("configcheck", &err);
    rc = given->json ? print_json(configs, &out, &err) : print_people(configs, &out, &err);
    if (rc < 0 || out_close(&out, &err) < 0)
        return complain("configcheck", &err);
    return count_errors(configs) > 0 ? EXIT_USAGE : EXIT_FINE;
}

const struct command command_configcheck = {
    .name = "configcheck",
    .operands = "",
    .summary = "read the configuration and report what is wrong with it",
    .about =
        "Reads adder.yaml and all files of the configuration folder, strict about YAML, "
        "and prints the instances in them and each problem with its file, line and column. "
        "Runs nothing and needs no Python. One bad file does not hide the others.\n\n"
        "Exit status: 0 all files are good (there may be warnings), 2 some are not.",
    .examples = "adder configcheck\n"
                "adder configcheck --confd ./conf.d --json",
    .options = {.rows = options, .count = ARRAY_LEN(options)},
    .conf_size = sizeof(struct configcheck_conf),
    .run = run,
};
