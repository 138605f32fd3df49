#include "py/guard.h"

#include "core/err.h"
#include "py/gil.h"

/* The functions that are guarded. Read only inside, so not while guard_facts() writes. */
static struct adder_facts guarded;

static int refuse(struct adder_error *err)
{
    return err_set(err, ADDER_STATE, "the Python runtime is not running");
}

static void log_guarded(void *ctx, struct adder_str message, int level)
{
    if (!gil_hold())
        return;
    guarded.log(ctx, message, level);
    gil_let_go();
}

static int cache_write_guarded(void *ctx, struct adder_str key, struct adder_str value,
                               struct adder_error *err)
{
    int rc;

    if (!gil_hold())
        return refuse(err);
    rc = guarded.cache_write(ctx, key, value, err);
    gil_let_go();
    return rc;
}

static int cache_read_guarded(void *ctx, struct adder_str key, struct adder_reply *ret,
                              struct adder_error *err)
{
    int rc;

    if (!gil_hold())
        return refuse(err);
    rc = guarded.cache_read(ctx, key, ret, err);
    gil_let_go();
    return rc;
}

static int subprocess_guarded(void *ctx, const struct adder_command *command,
                              struct adder_reply *out, struct adder_reply *errout, int *code,
                              struct adder_error *err)
{
    int rc;

    if (!gil_hold())
        return refuse(err);
    rc = guarded.subprocess(ctx, command, out, errout, code, err);
    gil_let_go();
    return rc;
}

void guard_facts(struct adder_facts *facts)
{
    guarded = *facts;
    if (facts->log != NULL)
        facts->log = log_guarded;
    if (facts->cache_write != NULL)
        facts->cache_write = cache_write_guarded;
    if (facts->cache_read != NULL)
        facts->cache_read = cache_read_guarded;
    if (facts->subprocess != NULL)
        facts->subprocess = subprocess_guarded;
}
