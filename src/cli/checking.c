#include "cli/checking.h"

#include <stdio.h>
#include <sys/stat.h>

#include "cli/watch.h"
#include "core/err.h"

void checking_worsen(struct checking *c, int code)
{
    c->code = code > c->code ? code : c->code;
}

static int code_of(const struct adder_error *e)
{
    return e->code == ADDER_INVALID || e->code == ADDER_NOT_FOUND ? EXIT_USAGE : EXIT_PROBLEM;
}

static int add_result(struct checking *c, const struct targets *t, const struct result *r,
                      struct adder_error *err)
{
    if (r->failed)
        checking_worsen(c, code_of(&r->error));
    if (c->result_count++ > 0 && !c->json)
        out_print(&c->out, INK_PLAIN, "\n");
    if (c->present(c, t, r, err) < 0)
        return -1;
    fflush(c->out.file);
    return 0;
}

static void report_problems(struct checking *c, const struct configs *configs)
{
    for (size_t i = 0; i < configs->problem_count; i++) {
        const struct config_problem *p = &configs->problems[i];

        if (!p->warning)
            checking_worsen(c, EXIT_USAGE);
        if (c->json)
            json_push(&c->build, c->problems, json_problem(&c->build, p));
        problem_print(p);
    }
}

/* An error that keeps a check from being run at all. */
static int add_failure(struct checking *c, const struct targets *t, const char *check,
                       const struct adder_error *e)
{
    struct result r = {.check = check, .failed = true, .error = *e};
    struct adder_error err;

    checking_worsen(c, code_of(e));
    complain(c->command, e);
    return c->json ? add_result(c, t, &r, &err) : 0;
}

static int run_instance(struct checking *c, const char *name, const struct targets *t,
                        const struct instance *instance, struct adder_error *err)
{
    struct result result = {
        .check = name, .instance = instance, .unconfigured = t->unconfigured};
    int rc;

    c->targets = t;
    c->current = &result;
    rc = probe_run(&c->session, &c->probe, &result, err);
    c->current = NULL;
    if (rc == 0)
        rc = add_result(c, t, &result, err);
    result_free(&result);
    return rc;
}

static int run_check(struct checking *c, const char *name, struct adder_error *err)
{
    CLEANUP(targets_free) struct targets targets = {0};
    struct adder_error failure;
    int rc = targets_find(c->options, name, &targets, &failure);

    if (targets.configs != NULL)
        report_problems(c, targets.configs);
    if (rc < 0)
        return add_failure(c, &targets, name, &failure);
    for (size_t i = 0; i < targets.count; i++)
        if (run_instance(c, name, &targets, &targets.configs->instances[targets.chosen[i]],
                         err) < 0)
            return -1;
    return 0;
}

static int print_document(struct checking *c, bool interrupted, struct adder_error *err)
{
    json_t *document = json_object();

    json_put(&c->build, document, "runs", json_integer(c->probe.times));
    json_put(&c->build, document, "interrupted", json_boolean(interrupted));
    json_put(&c->build, document, "instances", TAKE(c->instances));
    json_put(&c->build, document, "problems", TAKE(c->problems));
    return json_print(&c->build, document, &c->out, err);
}

/* Presents what there is when a signal ends the program. Does not come back to who called. */
static void present_interrupted(void *ctx)
{
    struct checking *c = ctx;
    struct adder_error err;
    int rc = 0;

    if (c->current != NULL) {
        c->current->interrupted = true;
        kept_sort(&c->current->kept);
        rc = add_result(c, c->targets, c->current, &err);
    }
    if (rc == 0 && c->json)
        rc = print_document(c, true, &err);
    if (rc == 0)
        rc = out_close(&c->out, &err);
    if (rc < 0)
        complain(c->command, &err);
}

static int run_checks(struct checking *c, const struct words *names, struct adder_error *err)
{
    if (session_start(c->options, &c->session, err) < 0)
        return -1;
    if (c->json) {
        c->instances = json_array();
        c->problems = json_array();
    }
    watch_present(present_interrupted, c);
    for (size_t i = 0; i < names->count; i++)
        if (run_check(c, names->items[i], err) < 0)
            return -1;
    watch_present(NULL, NULL);
    watch_quiet();
    return c->json ? print_document(c, false, err) : 0;
}

/* One file is the configuration of one check. */
static int judge_usage(const struct session_options *options, const struct words *names,
                       struct adder_error *err)
{
    struct stat st;

    if (names->count > 1 && options->config != NULL && stat(options->config, &st) == 0 &&
        !S_ISDIR(st.st_mode))
        return err_set(err, ADDER_INVALID,
                       "--config %s is a file and configures one check, not %zu",
                       options->config, names->count);
    return 0;
}

noreturn void checking_run(struct checking *c, const struct words *names)
{
    struct adder_error err;

    if (judge_usage(c->options, names, &err) < 0 || out_open(&c->out, &err) < 0)
        session_leave(complain(c->command, &err));
    if (run_checks(c, names, &err) < 0) {
        watch_present(NULL, NULL);
        watch_quiet();
        checking_worsen(c, complain(c->command, &err));
    }
    json_decref(c->instances);
    json_decref(c->problems);
    if (out_close(&c->out, &err) < 0)
        checking_worsen(c, complain(c->command, &err));
    session_free(&c->session);
    session_leave(c->code);
}
