/* The functions of adder.h: the backend does the work, here is who it is. */
#include <pthread.h>
#include <stdatomic.h>

#include "core/err.h"
#include "core/mem.h"
#include "embed/select.h"

/* One object for all runtimes of the process, one after the other: a thread that comes too
 * late finds a runtime that says it is down. */
struct adder_runtime {
    const struct backend *backend;
};

struct adder_check {
    const struct backend *backend;
    struct py_check *check;
};

static struct adder_runtime the_runtime;
static _Atomic(const struct backend *) the_backend;      /* for adder_gil_unlock() */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of starting and stopping */

/* ---- Runtime ---------------------------------------------------------------------------- */

static int start(const struct adder_runtime_options *given, struct adder_error *err)
{
    struct adder_runtime_options options = *given;
    struct selection s = {.backend = NULL};
    const struct backend *now = atomic_load(&the_backend);
    AUTOFREE char *venv = NULL;

    if (now != NULL && now->python() != NULL)
        return err_set(err, ADDER_STATE, "there is a runtime in this process already");
    if (select_backend(given, &s, err) < 0)
        return -1;
    venv = s.venv;
    if (now != NULL && now != s.backend)
        return err_set(err, ADDER_STATE,
                       "Python %s runs in this process for good and cannot be replaced by %s",
                       now->version, s.backend->version);
    options.venv = venv;
    if (s.backend->start(&options, err) < 0)
        return -1;
    atomic_store(&the_backend, s.backend);
    the_runtime.backend = s.backend;
    return 0;
}

int adder_runtime_new(const struct adder_runtime_options *options, struct adder_runtime **ret,
                      struct adder_error *err)
{
    static const struct adder_runtime_options none;
    int rc;

    pthread_mutex_lock(&lock);
    rc = start(options != NULL ? options : &none, err);
    pthread_mutex_unlock(&lock);
    if (rc == 0)
        *ret = &the_runtime;
    return rc;
}

void adder_runtime_free(struct adder_runtime *rt)
{
    if (rt == NULL)
        return;
    pthread_mutex_lock(&lock);
    rt->backend->stop();
    pthread_mutex_unlock(&lock);
}

const struct adder_python *adder_runtime_python(const struct adder_runtime *rt)
{
    return rt->backend->python();
}

int adder_runtime_exec(struct adder_runtime *rt, const char *code, struct adder_error *err)
{
    return rt->backend->exec(code, err);
}

int adder_runtime_integrations(struct adder_runtime *rt, struct adder_reply *ret,
                               struct adder_error *err)
{
    return rt->backend->integrations(ret, err);
}

int adder_runtime_modules(struct adder_runtime *rt, struct adder_reply *ret,
                          struct adder_error *err)
{
    return rt->backend->modules(ret, err);
}

int adder_runtime_fork(struct adder_runtime *rt, bool orphan, int64_t *ret,
                       struct adder_error *err)
{
    return rt->backend->fork(orphan, ret, err);
}

int adder_gil_lock(struct adder_runtime *rt, struct adder_gil *gil, struct adder_error *err)
{
    return rt->backend->gil_lock(gil, err);
}

void adder_gil_unlock(struct adder_gil *gil)
{
    const struct backend *b = atomic_load(&the_backend);

    if (b != NULL)
        b->gil_unlock(gil);
}

void adder_runtime_memory(const struct adder_runtime *rt, struct adder_memory *ret)
{
    rt->backend->memory(ret);
}

/* ---- Checks ----------------------------------------------------------------------------- */

int adder_check_new(struct adder_runtime *rt, const struct adder_check_config *config,
                    struct adder_check **ret, struct adder_error *err)
{
    AUTOFREE struct adder_check *c = mem_zalloc(sizeof(*c));

    if (c == NULL)
        return err_nomem(err);
    c->backend = rt->backend;
    if (c->backend->check_new(config, &c->check, err) < 0)
        return -1;
    *ret = TAKE(c);
    return 0;
}

void adder_check_free(struct adder_check *c)
{
    if (c == NULL)
        return;
    c->backend->check_free(c->check);
    mem_free(c);
}

const struct adder_check_info *adder_check_info(const struct adder_check *c)
{
    return c->backend->check_info(c->check);
}

int adder_check_run(struct adder_check *c, enum adder_run_mode mode, struct adder_error *err)
{
    return c->backend->check_run(c->check, mode, err);
}

int adder_check_interrupt(struct adder_check *c, const char *why, bool *ret,
                          struct adder_error *err)
{
    return c->backend->check_interrupt(c->check, why, ret, err);
}

int adder_check_cancel(struct adder_check *c, struct adder_error *err)
{
    return c->backend->check_cancel(c->check, err);
}

int adder_check_warnings(struct adder_check *c, struct adder_reply *ret,
                         struct adder_error *err)
{
    return c->backend->check_warnings(c->check, ret, err);
}

int adder_check_diagnoses(struct adder_check *c, struct adder_reply *ret,
                          struct adder_error *err)
{
    return c->backend->check_diagnoses(c->check, ret, err);
}

void adder_check_memory(const struct adder_check *c, struct adder_memory *ret)
{
    c->backend->check_memory(c->check, ret);
}
