#include "cli/find.h"
#include "agent/limits.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/text.h"
#include "core/err.h"
#include "core/mem.h"

enum { PROBLEM_MAX = 64 * 1024 }; /* bytes of a message */

#define SOURCE_NONE "none"

void problem_describe(const struct config_problem *p, struct buf *ret)
{
    buf_add_str(ret, p->path);
    if (p->line > 0)
        buf_printf(ret, ":%u:%u", p->line, p->column);
    buf_printf(ret, ": %s: %s", p->warning ? "warning" : "error", p->message);
}

void problem_print(const struct config_problem *p)
{
    CLEANUP(buf_free) struct buf plain;
    CLEANUP(buf_free) struct buf safe;

    buf_init(&plain, PROBLEM_MAX);
    buf_init(&safe, PROBLEM_MAX);
    problem_describe(p, &plain);
    text_escape(&safe, (struct adder_str){plain.data, plain.len}, true);
    fprintf(stderr, "%s\n", safe.data != NULL ? safe.data : p->path);
}

static bool has_errors(const struct configs *c)
{
    for (size_t i = 0; i < c->problem_count; i++)
        if (!c->problems[i].warning)
            return true;
    return false;
}

/* No configuration is fine for a check that needs none; only running it tells. The remarks on
 * configurations that are not used stay, as they may be why there is none. */
static int use_empty(const char *check, struct targets *ret, struct adder_error *err)
{
    CLEANUP(configs_freep) struct configs *unused = TAKE(ret->configs);

    ret->unconfigured = true;
    if (configs_single(check, NULL, NULL, SOURCE_NONE, &ret->configs, err) < 0)
        return -1;
    if (unused != NULL && ret->configs->problem_count == 0) {
        ret->configs->problems = TAKE(unused->problems);
        ret->configs->problem_count = unused->problem_count;
        unused->problem_count = 0;
    }
    return 0;
}

static int read_configs(const struct session_options *options, const char *check,
                        struct targets *ret, struct adder_error *err)
{
    static const struct configs_hooks hooks = {.own = limits_judge};
    bool asked = true;

    ret->where = options->config;
    if (ret->where == NULL)
        ret->where = paths_confd(options->confd, &asked);
    if (!asked && access(ret->where, F_OK) != 0)
        return use_empty(check, ret, err);
    if (configs_read(ret->where, check, &hooks, &ret->configs, err) < 0)
        return -1;
    if (ret->configs->instance_count > 0 || has_errors(ret->configs))
        return 0;
    if (options->config != NULL)
        return err_set(err, ADDER_NOT_FOUND, "%s: no instance of the check '%s' in there",
                       options->config, check);
    return use_empty(check, ret, err);
}

/* ---- --instance ------------------------------------------------------------------------ */

static int choose_number(const char *text, struct targets *t, struct adder_error *err)
{
    const struct instance *all = t->configs->instances;
    size_t count = t->configs->instance_count;
    unsigned long n = strtoul(text, NULL, 10);

    for (size_t i = 0; i < count; i++) {
        if (all[i].index != n)
            continue;
        t->chosen[t->count++] = i;
        return 0;
    }
    return err_set(err, ADDER_NOT_FOUND,
                   "--instance: there is no usable instance %s, they are numbered %zu to %zu",
                   text, all[0].index, all[count - 1].index);
}

static int choose_matching(const char *text, struct targets *t, struct adder_error *err)
{
    regex_t regex;
    int rc = regcomp(&regex, text, REG_EXTENDED | REG_NOSUB);

    if (rc != 0) {
        char why[200];

        regerror(rc, &regex, why, sizeof(why));
        return err_set(err, ADDER_INVALID, "--instance: '%s' is no expression: %s", text, why);
    }
    for (size_t i = 0; i < t->configs->instance_count; i++) {
        const struct instance *one = &t->configs->instances[i];

        if (regexec(&regex, one->instance, 0, NULL, 0) == 0 ||
            regexec(&regex, one->id, 0, NULL, 0) == 0)
            t->chosen[t->count++] = i;
    }
    regfree(&regex);
    if (t->count == 0)
        return err_set(err, ADDER_NOT_FOUND, "--instance: none of %zu instances matches '%s'",
                       t->configs->instance_count, text);
    return 0;
}

static int choose(const char *text, struct targets *t, struct adder_error *err)
{
    size_t total = t->configs->instance_count;

    if (total == 0)
        return 0; /* the problems say why */
    t->chosen = mem_alloc(total * sizeof(*t->chosen));
    if (t->chosen == NULL)
        return err_nomem(err);
    if (text != NULL && text[strspn(text, "0123456789")] == '\0')
        return choose_number(text, t, err);
    if (text != NULL)
        return choose_matching(text, t, err);
    for (size_t i = 0; i < total; i++)
        t->chosen[t->count++] = i;
    return 0;
}

int targets_find(const struct session_options *options, const char *check, struct targets *ret,
                 struct adder_error *err)
{
    if (read_configs(options, check, ret, err) < 0)
        return -1;
    return choose(options->instance, ret, err);
}

void targets_free(struct targets *t)
{
    configs_free(t->configs);
    mem_free(t->chosen);
    *t = (struct targets){0};
}
