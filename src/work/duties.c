/* The checks of a worker, and the jobs that runners are to do with them. */
#include <sys/eventfd.h>

#include "core/mem.h"
#include "core/str.h"
#include "work/worker_impl.h"

static void duty_free(struct duty *d)
{
    if (d == NULL)
        return;
    batch_free(d->batch);
    mem_free(d->name);
    mem_free(d->id);
    mem_free(d->source);
    mem_free(d->init_config);
    mem_free(d->instance);
    mem_free(d);
}

static char *copy(struct adder_str text)
{
    return mem_strndup(text.ptr != NULL ? text.ptr : "", text.len);
}

static struct duty *duty_new(struct worker *w, const struct message *m)
{
    struct duty *d = mem_zalloc(sizeof(*d));

    if (d == NULL)
        return NULL;
    d->worker = w;
    d->key = m->key;
    d->budget = m->load.budget;
    d->batch = batch_new(duty_batch_max(d));
    d->name = copy(m->load.name);
    d->id = copy(m->load.id);
    d->source = copy(m->load.source);
    d->init_config = copy(m->load.init_config);
    d->instance = copy(m->load.instance);
    if (d->batch != NULL && d->name != NULL && d->id != NULL && d->source != NULL &&
        d->init_config != NULL && d->instance != NULL)
        return d;
    duty_free(d);
    return NULL;
}

struct duty *duties_find(struct worker *w, uint64_t key)
{
    struct duty *d = w->duties;

    while (d != NULL && (d->key != key || d->leaving))
        d = d->next;
    return d;
}

/* ---- Adding ----------------------------------------------------------------------------- */

static struct job *job_new(enum job_type type, struct duty *d, uint64_t run)
{
    struct job *j = mem_zalloc(sizeof(*j));

    if (j == NULL)
        return NULL;
    j->type = type;
    j->duty = d;
    j->run = run;
    return j;
}

/* The lock must be held. */
static void append(struct worker *w, struct job *j)
{
    *w->last_job = j;
    w->last_job = &j->next;
    pthread_cond_signal(&w->work);
}

int duties_load(struct worker *w, const struct message *m)
{
    struct duty *d = duty_new(w, m);
    struct job *j = d != NULL ? job_new(JOB_LOAD, d, 0) : NULL;

    if (j == NULL) {
        duty_free(d);
        return -1;
    }
    pthread_mutex_lock(&w->lock);
    d->next = w->duties;
    w->duties = d;
    append(w, j);
    pthread_mutex_unlock(&w->lock);
    return 0;
}

int duties_add(struct worker *w, enum job_type type, const struct message *m)
{
    struct job *j = job_new(type, NULL, type == JOB_RUN ? m->run.run : 0);

    if (j == NULL)
        return -1;
    pthread_mutex_lock(&w->lock);
    j->duty = duties_find(w, m->key);
    if (j->duty != NULL && !w->stopping)
        append(w, TAKE(j));
    pthread_mutex_unlock(&w->lock);
    mem_free(j);
    return 0;
}

/* Takes the jobs of a duty, or of all for NULL, out of the queue. The lock must be held. */
static void forget_jobs(struct worker *w, const struct duty *d)
{
    struct job **at = &w->jobs;

    while (*at != NULL) {
        struct job *j = *at;

        if (d == NULL || (j->duty == d && j->type != JOB_LOAD)) {
            *at = j->next;
            mem_free(j);
        } else {
            at = &j->next;
        }
    }
    w->last_job = at;
}

/* What is wanted of a check that leaves is wanted no more. A run under way is told by cancel(),
 * and waited for. */
int duties_drop(struct worker *w, uint64_t key)
{
    struct job *cancel = job_new(JOB_CANCEL, NULL, 0), *end = job_new(JOB_FREE, NULL, 0);
    struct duty *d;

    if (cancel == NULL || end == NULL) {
        mem_free(cancel);
        mem_free(end);
        return -1;
    }
    pthread_mutex_lock(&w->lock);
    d = duties_find(w, key);
    if (d != NULL && !w->stopping) {
        d->leaving = true;
        forget_jobs(w, d);
        cancel->duty = end->duty = d;
        append(w, TAKE(cancel));
        append(w, TAKE(end));
    }
    pthread_mutex_unlock(&w->lock);
    mem_free(cancel);
    mem_free(end);
    if (d == NULL)
        worker_say(w, &(struct message){.type = MESSAGE_DROPPED, .key = key});
    return 0;
}

/* ---- Taking ----------------------------------------------------------------------------- */

/* Whether the job can be done now; one check does one thing at a time, but that its cancel()
 * may be called during a run. The lock must be held. */
static bool can_do(const struct job *j)
{
    const struct duty *d = j->duty;

    switch (j->type) {
    case JOB_CANCEL:
        return !d->busy || d->run.number != 0;
    case JOB_FREE:
        return !d->busy && d->users == 0;
    case JOB_LOAD:
    case JOB_RUN:
    case JOB_DIAGNOSE:
        break;
    }
    return !d->busy;
}

/* The first job that can be done and before which there is none of the same check. The lock
 * must be held. */
static struct job *pick(struct worker *w)
{
    w->takes++;
    for (struct job **at = &w->jobs; *at != NULL; at = &(*at)->next) {
        struct job *j = *at;

        if (j->duty->passed_over == w->takes)
            continue;
        if (!can_do(j)) {
            j->duty->passed_over = w->takes;
            continue;
        }
        *at = j->next;
        if (j->next == NULL)
            w->last_job = at;
        return j;
    }
    return NULL;
}

struct job *duties_take(struct worker *w)
{
    struct job *j;

    pthread_mutex_lock(&w->lock);
    while ((j = pick(w)) == NULL)
        pthread_cond_wait(&w->work, &w->lock);
    if (j->type == JOB_CANCEL)
        j->duty->users++;
    else
        j->duty->busy = true;
    w->active++;
    pthread_mutex_unlock(&w->lock);
    return j;
}

/* The lock must be held. */
static void take_out(struct worker *w, struct duty *d)
{
    struct duty **at = &w->duties;

    while (*at != d)
        at = &(*at)->next;
    *at = d->next;
}

void duties_done(struct worker *w, struct job *j)
{
    struct duty *d = j->duty, *gone = NULL;

    pthread_mutex_lock(&w->lock);
    w->active--;
    if (j->type == JOB_CANCEL)
        d->users--;
    else
        d->busy = false;
    if (j->type == JOB_FREE) {
        take_out(w, d);
        gone = d;
    }
    if (w->jobs != NULL) /* what waited for this check can be done */
        pthread_cond_broadcast(&w->work);
    if (w->stopping && w->active == 0)
        eventfd_write(w->wake, 1);
    pthread_mutex_unlock(&w->lock);
    duty_free(gone);
    mem_free(j);
}

/* ---- The end ---------------------------------------------------------------------------- */

void duties_stop(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    forget_jobs(w, NULL);
    pthread_mutex_unlock(&w->lock);
}

bool duties_ended(struct worker *w)
{
    bool ended;

    pthread_mutex_lock(&w->lock);
    ended = w->stopping && w->active == 0;
    pthread_mutex_unlock(&w->lock);
    return ended;
}
