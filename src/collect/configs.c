#include "collect/configs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

struct configs *configs_new(void)
{
    return mem_zalloc(sizeof(struct configs));
}

void instance_clear(struct instance *instance)
{
    mem_free(instance->check);
    mem_free(instance->id);
    mem_free(instance->source);
    mem_free(instance->init_config);
    mem_free(instance->instance);
    mem_free(instance->own_init);
    mem_free(instance->own);
    mem_free(instance->service);
}

static void problem_clear(struct config_problem *p)
{
    mem_free(p->path);
    mem_free(p->message);
}

void configs_free(struct configs *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->instance_count; i++)
        instance_clear(&c->instances[i]);
    for (size_t i = 0; i < c->problem_count; i++)
        problem_clear(&c->problems[i]);
    mem_free(c->instances);
    mem_free(c->problems);
    mem_free(c);
}

/* Makes room for one more item: the array doubles whenever its count is a power of two. NULL
 * when memory is out. */
static void *grow(void *items, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return items;
    return mem_realloc(items, (count > 0 ? count * 2 : 1) * size);
}

int configs_add(struct configs *c, struct instance *instance, struct adder_error *err)
{
    struct instance *items = grow(c->instances, c->instance_count, sizeof(*items));

    if (items == NULL) {
        instance_clear(instance);
        return err_nomem(err);
    }
    c->instances = items;
    items[c->instance_count++] = *instance;
    return 0;
}

int configs_join(struct configs *to, struct configs *from, struct adder_error *err)
{
    size_t count = to->problem_count + from->problem_count;
    struct config_problem *all = mem_alloc((2 * count + 1) * sizeof(*all));

    if (all == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < count; i++)
        all[i] =
            i < from->problem_count ? from->problems[i] : to->problems[i - from->problem_count];
    from->problem_count = 0;
    mem_free(to->problems);
    to->problems = all;
    to->problem_count = count;
    return 0;
}

/* Takes over p->message. */
static int add_problem(struct configs *c, struct config_problem p, struct adder_error *err)
{
    struct config_problem *items = grow(c->problems, c->problem_count, sizeof(*items));

    if (items != NULL)
        c->problems = items;
    p.path = mem_strdup(p.path);
    if (items == NULL || p.path == NULL || p.message == NULL) {
        problem_clear(&p);
        return err_nomem(err);
    }
    items[c->problem_count++] = p;
    return 0;
}

static int report(const struct reporter *r, struct config_problem p, struct adder_error *err)
{
    if (r->to->problem_count > CONF_PROBLEMS_MAX) {
        mem_free(p.message);
        return 0;
    }
    p.path = (char *)r->path;
    if (r->to->problem_count == CONF_PROBLEMS_MAX) {
        mem_free(p.message);
        p = (struct config_problem){.path = p.path, .message = mem_strdup("and more problems")};
    }
    return add_problem(r->to, p, err);
}

static struct config_problem problem_at(const struct value *at, bool warning)
{
    return (struct config_problem){.line = at != NULL ? at->line : 0,
                                   .column = at != NULL ? at->column : 0,
                                   .warning = warning};
}

PRINTF_LIKE(1, 0)
static char *format(const char *fmt, va_list args)
{
    char text[1024];

    vsnprintf(text, sizeof(text), fmt, args);
    return mem_strdup(text);
}

int report_error(const struct reporter *r, const struct value *at, struct adder_error *err,
                 const char *fmt, ...)
{
    struct config_problem p = problem_at(at, false);
    va_list args;

    va_start(args, fmt);
    p.message = format(fmt, args);
    va_end(args);
    return report(r, p, err);
}

int report_warning(const struct reporter *r, const struct value *at, struct adder_error *err,
                   const char *fmt, ...)
{
    struct config_problem p = problem_at(at, true);
    va_list args;

    va_start(args, fmt);
    p.message = format(fmt, args);
    va_end(args);
    return report(r, p, err);
}

/* Takes "line:column: " off the front of a message. */
static const char *take_position(const char *message, unsigned *line, unsigned *column)
{
    char *end;
    unsigned long first = strtoul(message, &end, 10), second;

    if (end == message || *end != ':')
        return message;
    second = strtoul(end + 1, &end, 10);
    if (end[0] != ':' || end[1] != ' ')
        return message;
    *line = (unsigned)first;
    *column = (unsigned)second;
    return end + 2;
}

int report_failure(const struct reporter *r, const struct adder_error *why, bool warning,
                   struct adder_error *err)
{
    struct config_problem p = {.warning = warning};
    const char *message = why->message;
    size_t len = strlen(r->path);

    if (why->code == ADDER_NOMEM)
        return err_nomem(err);
    if (strncmp(message, r->path, len) == 0 && strncmp(message + len, ": ", 2) == 0)
        message += len + 2;
    p.message = mem_strdup(take_position(message, &p.line, &p.column));
    return report(r, p, err);
}
