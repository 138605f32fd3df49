#include "py/gil.h"

#include <pthread.h>
#include <stdint.h>

#include "core/err.h"

/* `inside` counts threads, not entries: only a thread's outermost entry touches it, under the
 * lock, so a closing runtime can turn newcomers away and still let nested calls finish. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t left;
    bool open;
    unsigned long inside;
    unsigned long generation;
} life = {.lock = PTHREAD_MUTEX_INITIALIZER, .left = PTHREAD_COND_INITIALIZER};

static _Thread_local unsigned long depth; /* entries of this thread; its address names it */

static bool life_enter(bool force)
{
    bool enters;

    if (depth > 0) {
        depth++;
        return true;
    }
    pthread_mutex_lock(&life.lock);
    enters = life.open || force;
    if (enters)
        life.inside++;
    pthread_mutex_unlock(&life.lock);
    if (enters)
        depth = 1;
    return enters;
}

static void life_leave(void)
{
    if (--depth > 0)
        return;
    pthread_mutex_lock(&life.lock);
    life.inside--;
    pthread_cond_broadcast(&life.left);
    pthread_mutex_unlock(&life.lock);
}

static void take(struct adder_gil *gil)
{
    gil->state[1] = (void *)(uintptr_t)PyGILState_Ensure();
    gil->state[0] = &depth;
}

int gil_lock(struct adder_gil *gil, struct adder_error *err)
{
    if (gil->state[0] != NULL)
        return err_set(err, ADDER_INVALID, "this GIL lock is held already");
    if (!life_enter(false))
        return err_set(err, ADDER_STATE, "the Python runtime is not running");
    take(gil);
    return 0;
}

void gil_force(struct adder_gil *gil)
{
    life_enter(true);
    take(gil);
}

bool gil_hold(void)
{
    return life_enter(false);
}

void gil_let_go(void)
{
    life_leave();
}

void gil_unlock(struct adder_gil *gil)
{
    PyGILState_STATE before = (PyGILState_STATE)(uintptr_t)gil->state[1];

    if (gil->state[0] != &depth)
        return;
    gil->state[0] = gil->state[1] = NULL;
    PyGILState_Release(before);
    life_leave();
}

bool gil_is_here(void)
{
    return depth > 0 && PyGILState_Check();
}

void gil_open(void)
{
    pthread_mutex_lock(&life.lock);
    life.open = true;
    life.generation++;
    pthread_mutex_unlock(&life.lock);
}

/* Those inside need the GIL to get out, so a caller that has it lends it to them meanwhile. */
bool gil_close(void)
{
    PyThreadState *held = gil_is_here() ? PyEval_SaveThread() : NULL;
    unsigned long own = depth > 0 ? 1 : 0;
    bool was_open;

    pthread_mutex_lock(&life.lock);
    was_open = life.open;
    life.open = false;
    while (was_open && life.inside > own)
        pthread_cond_wait(&life.left, &life.lock);
    pthread_mutex_unlock(&life.lock);
    if (held != NULL)
        PyEval_RestoreThread(held);
    return was_open;
}

bool gil_is_open(void)
{
    bool open;

    pthread_mutex_lock(&life.lock);
    open = life.open;
    pthread_mutex_unlock(&life.lock);
    return open;
}

unsigned long gil_generation(void)
{
    unsigned long generation;

    pthread_mutex_lock(&life.lock);
    generation = life.generation;
    pthread_mutex_unlock(&life.lock);
    return generation;
}
