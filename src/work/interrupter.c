/* The thread that raises exceptions in runs: it has to wait for the GIL, so it is one of its
 * own. */
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "work/worker_impl.h"

struct wish {
    struct wish *next;
    uint64_t key, run;
    char why[];
};

/* Guarded by the worker's lock. */
struct interrupts {
    struct wish *first, **last;
    pthread_cond_t any;
};

int interrupter_add(struct worker *w, const struct message *m)
{
    struct wish *wish = mem_zalloc(sizeof(*wish) + m->run.why.len + 1);

    if (wish == NULL)
        return -1;
    wish->key = m->key;
    wish->run = m->run.run;
    for (size_t i = 0; i < m->run.why.len; i++)
        wish->why[i] = m->run.why.ptr[i];
    pthread_mutex_lock(&w->lock);
    *w->interrupts->last = wish;
    w->interrupts->last = &wish->next;
    pthread_cond_signal(&w->interrupts->any);
    pthread_mutex_unlock(&w->lock);
    return 0;
}

static struct wish *take(struct worker *w)
{
    struct interrupts *i = w->interrupts;
    struct wish *wish;

    pthread_mutex_lock(&w->lock);
    while ((wish = i->first) == NULL)
        pthread_cond_wait(&i->any, &w->lock);
    i->first = wish->next;
    if (i->first == NULL)
        i->last = &i->first;
    pthread_mutex_unlock(&w->lock);
    return wish;
}

/* The check whose run is meant, kept from being freed; NULL when that has ended. */
static struct duty *hold(struct worker *w, const struct wish *wish)
{
    struct duty *d;

    pthread_mutex_lock(&w->lock);
    for (d = w->duties; d != NULL; d = d->next)
        if (d->key == wish->key && d->run.number == wish->run)
            break;
    if (d != NULL)
        d->users++;
    pthread_mutex_unlock(&w->lock);
    return d;
}

static void let_go(struct worker *w, struct duty *d)
{
    pthread_mutex_lock(&w->lock);
    d->users--;
    pthread_cond_broadcast(&w->work);
    pthread_mutex_unlock(&w->lock);
}

/* With the GIL held a run can neither end nor begin, so the one that was asked for is hit or
 * none. */
static void fulfil(struct worker *w, const struct wish *wish)
{
    CLEANUP(adder_gil_unlock) struct adder_gil gil = {{NULL}};
    const char *why = wish->why[0] != '\0' ? wish->why : "the agent ended the run";
    struct adder_error err;
    struct duty *d;
    bool hit = false;

    if (adder_gil_lock(w->rt, &gil, &err) < 0 || (d = hold(w, wish)) == NULL)
        return;
    if (adder_check_interrupt(d->check, why, &hit, &err) < 0)
        LOG_WARN("%s: %s", d->id, err.message);
    if (hit)
        worker_say(w, &(struct message){.type = MESSAGE_INTERRUPT,
                                        .key = wish->key,
                                        .run = {.run = wish->run}});
    let_go(w, d);
}

static void *interrupter(void *arg)
{
    struct worker *w = arg;

    pthread_setname_np(pthread_self(), "interrupter");
    for (;;) {
        struct wish *wish = take(w);

        fulfil(w, wish);
        mem_free(wish);
    }
    return NULL;
}

int interrupter_start(struct worker *w, struct adder_error *err)
{
    pthread_t thread;
    int rc;

    w->interrupts = mem_zalloc(sizeof(*w->interrupts));
    if (w->interrupts == NULL)
        return err_nomem(err);
    w->interrupts->last = &w->interrupts->first;
    pthread_cond_init(&w->interrupts->any, NULL);
    rc = pthread_create(&thread, NULL, interrupter, w);
    if (rc != 0)
        return err_errno(err, rc, "starting a thread");
    pthread_detach(thread);
    return 0;
}
