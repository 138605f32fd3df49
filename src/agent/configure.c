/* conf.d and the tasks it makes. */
#include <string.h>
#include <sys/stat.h>

#include "agent/agent_impl.h"
#include "collect/configs.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

static bool same_text(const char *a, const char *b)
{
    return str_eq(str_of(a), str_of(b));
}

/* Whether two instances say the same, wherever in their file they stand. */
static bool same_content(const struct instance *a, const struct instance *b)
{
    return same_text(a->check, b->check) && same_text(a->source, b->source) &&
           same_text(a->init_config, b->init_config) && same_text(a->instance, b->instance) &&
           same_text(a->own_init, b->own_init) && same_text(a->own, b->own) &&
           a->interval_s == b->interval_s && same_text(a->service, b->service) &&
           a->empty_default_hostname == b->empty_default_hostname;
}

void agent_drop(struct agent *a, struct task *t)
{
    struct origin from = {str_of(t->conf.check), str_of(t->conf.id), t->conf.interval_s};

    dispatch_remove(a->dispatch, t);
    for (size_t i = 0; i < a->output_count; i++)
        if (a->outputs[i]->class->forget != NULL)
            a->outputs[i]->class->forget(a->outputs[i], &from);
    LOG_INFO("%s: stopped", t->conf.id);
    task_free(t);
}

/* What a task has gathered goes on in another one with the same content: its id depends on the
 * other instances of its file, so it can change though nothing in it did. */
static void inherit(struct task *to, struct task *from)
{
    struct sampler *sampler = from->sampler;

    from->sampler = to->sampler;
    to->sampler = sampler;
    to->stats = from->stats;
}

/* Adds what a mapping `adder` says, which was judged when it was read. */
static int read_limits(const char *text, struct limits *ret, struct adder_error *err)
{
    CLEANUP(value_freep) struct value *mapping = NULL;

    if (text == NULL)
        return 0;
    if (yaml_parse(str_of(text), YAML_AGENT, &mapping, err) < 0)
        return -1;
    return limits_read(mapping, ret, err);
}

static int set_limits(const struct agent *a, struct task *t, struct adder_error *err)
{
    if (read_limits(t->conf.own_init, &t->limits, err) < 0 ||
        read_limits(t->conf.own, &t->limits, err) < 0)
        return -1;
    limits_complete(&t->limits, &a->options.config->limits, t->conf.interval_s);
    return 0;
}

static int add(struct agent *a, struct instance *conf, struct task *former,
               struct adder_error *err)
{
    struct task *t;

    if (task_new(++a->keys, conf, &t, err) < 0)
        return -1;
    if (set_limits(a, t, err) < 0 ||
        intake_sampler(a, &t->conf, t->limits.contexts, &t->sampler, err) < 0) {
        task_free(t);
        return -1;
    }
    if (former != NULL)
        inherit(t, former);
    if (dispatch_add(a->dispatch, t, err) < 0) {
        task_free(t);
        return -1;
    }
    LOG_INFO("%s: every %g s, from %s", t->conf.id, (double)t->conf.interval_s, t->conf.source);
    return 0;
}

/* ---- What is new, and what is gone ------------------------------------------------------ */

/* Which task each instance that was read has already, NULL: none. */
struct matches {
    struct configs *configs;
    struct task **tasks;
};

static bool same_id(const struct task *t, const struct instance *i)
{
    return same_text(t->conf.id, i->id);
}

/* Gives the task to the instance that says the same: best the one with its id. */
static bool match(struct matches *m, struct task *t, bool by_id)
{
    for (size_t i = 0; i < m->configs->instance_count; i++) {
        const struct instance *instance = &m->configs->instances[i];

        if (m->tasks[i] != NULL || !same_content(&t->conf, instance) ||
            (by_id && !same_id(t, instance)))
            continue;
        m->tasks[i] = t;
        return true;
    }
    return false;
}

/* A file that cannot be read any more leaves what it said before in force. */
static bool file_is_broken(const struct configs *c, const struct task *t)
{
    const char *prefix = "file:", *path = t->conf.source;

    if (strncmp(path, prefix, strlen(prefix)) == 0)
        path += strlen(prefix);
    for (size_t i = 0; i < c->problem_count; i++)
        if (!c->problems[i].warning && same_text(c->problems[i].path, path))
            return true;
    return false;
}

/* One that could not be loaded is tried again: its code may have been mended. */
static void drop_unmatched(struct agent *a, struct matches *m)
{
    struct task *t = dispatch_next(a->dispatch, NULL), *next;

    for (; t != NULL; t = next) {
        next = dispatch_next(a->dispatch, t);
        if (t->load != TASK_BROKEN && (match(m, t, true) || match(m, t, false)))
            continue;
        if (file_is_broken(m->configs, t))
            LOG_WARN("%s: runs on as before: its file has an error now", t->conf.id);
        else
            agent_drop(a, t);
    }
}

static int add_unmatched(struct agent *a, const struct matches *m, struct adder_error *err)
{
    for (size_t i = 0; i < m->configs->instance_count; i++) {
        struct task *there = m->tasks[i];

        if (there != NULL && same_id(there, &m->configs->instances[i]))
            continue;
        if (add(a, &m->configs->instances[i], there, err) < 0)
            return -1;
        if (there != NULL)
            agent_drop(a, there);
    }
    return 0;
}

static int apply(struct agent *a, struct configs *c, struct adder_error *err)
{
    struct matches m = {c, mem_zalloc((c->instance_count + 1) * sizeof(struct task *))};
    int rc;

    if (m.tasks == NULL)
        return err_nomem(err);
    drop_unmatched(a, &m);
    rc = add_unmatched(a, &m, err);
    mem_free(m.tasks);
    return rc;
}

/* ---- Reading ---------------------------------------------------------------------------- */

static void log_problems(const struct configs *c)
{
    for (size_t i = 0; i < c->problem_count; i++) {
        const struct config_problem *p = &c->problems[i];

        LOG(p->warning ? ADDER_LOG_WARNING : ADDER_LOG_ERROR, "%s:%u:%u: %s", p->path, p->line,
            p->column, p->message);
    }
}

/* The checks that run when nothing is configured, each without settings. */
static int read_fallback(const struct agent *a, struct configs **ret, struct adder_error *err)
{
    CLEANUP(configs_freep) struct configs *all = configs_new();

    if (all == NULL)
        return err_nomem(err);
    for (const char *const *name = a->options.fallback; name != NULL && *name != NULL; name++) {
        CLEANUP(configs_freep) struct configs *one = NULL;

        if (configs_single(*name, NULL, NULL, "default", &one, err) < 0 ||
            configs_add(all, &one->instances[0], err) < 0)
            return -1;
        one->instances[0] = (struct instance){0};
    }
    *ret = TAKE(all);
    return 0;
}

static int resolve_secrets(void *ctx, struct value **document, struct adder_error *err)
{
    const struct agent *a = ctx;

    return secrets_resolve(a->secrets, document, err);
}

static int read_all(struct agent *a, struct configs **ret, struct adder_error *err)
{
    const struct configs_hooks hooks = {limits_judge, resolve_secrets, a};
    const char *confd = a->options.config->confd;
    struct stat st;

    if (!a->options.confd_chosen && stat(confd, &st) < 0)
        return read_fallback(a, ret, err);
    secrets_forget(a->secrets);
    return configs_read(confd, NULL, &hooks, ret, err);
}

int agent_configure(struct agent *a, struct adder_error *err)
{
    struct configs *c = NULL;

    if (read_all(a, &c, err) < 0)
        return err_wrap(err, "configuration");
    configs_free(a->configs);
    a->configs = c;
    log_problems(c);
    return apply(a, c, err);
}
