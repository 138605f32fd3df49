#include "agent/schedule.h"

#include <math.h>

#include "core/err.h"
#include "core/hash.h"
#include "core/mem.h"

enum { FIRST_CAPACITY = 64 };

/* heap[0] is the earliest; the children of heap[i] are heap[2i + 1] and heap[2i + 2]. */
struct schedule {
    double start; /* where the grids are anchored */
    struct turn **heap;
    size_t count, capacity;
};

struct schedule *schedule_new(double now)
{
    struct schedule *s = mem_zalloc(sizeof(*s));

    if (s != NULL)
        s->start = now;
    return s;
}

void schedule_free(struct schedule *s)
{
    if (s == NULL)
        return;
    mem_free(s->heap);
    mem_free(s);
}

size_t schedule_count(const struct schedule *s)
{
    return s->count;
}

/* ---- Heap ------------------------------------------------------------------------------ */

static void put(struct schedule *s, size_t at, struct turn *t)
{
    s->heap[at] = t;
    t->place = at + 1;
}

/* Moves the turn at index `at` towards the top until its parent is no later. */
static void rise(struct schedule *s, size_t at)
{
    struct turn *t = s->heap[at];

    for (; at > 0 && t->due < s->heap[(at - 1) / 2]->due; at = (at - 1) / 2)
        put(s, at, s->heap[(at - 1) / 2]);
    put(s, at, t);
}

/* Moves the turn at index `at` away from the top until its children are no earlier. */
static void sink(struct schedule *s, size_t at)
{
    struct turn *t = s->heap[at];

    for (size_t child; (child = 2 * at + 1) < s->count; at = child) {
        if (child + 1 < s->count && s->heap[child + 1]->due < s->heap[child]->due)
            child++;
        if (t->due <= s->heap[child]->due)
            break;
        put(s, at, s->heap[child]);
    }
    put(s, at, t);
}

static void move_to(struct schedule *s, struct turn *t, double due)
{
    t->due = due;
    rise(s, t->place - 1);
    sink(s, t->place - 1);
}

static int make_room(struct schedule *s)
{
    size_t capacity = s->capacity > 0 ? s->capacity * 2 : FIRST_CAPACITY;
    struct turn **heap;

    if (s->count < s->capacity)
        return 0;
    heap = mem_realloc(s->heap, capacity * sizeof(struct turn *));
    if (heap == NULL)
        return -1;
    s->heap = heap;
    s->capacity = capacity;
    return 0;
}

/* ---- Grid ------------------------------------------------------------------------------ */

/* Multiplied out each time: adding intervals up would add their rounding errors up too. */
static double grid(const struct schedule *s, const struct turn *t, double i)
{
    return s->start + t->offset_s + i * t->interval_s;
}

/* The number of the last place on the grid that is not after `time`. What the division rounds
 * is put right, so that a place never counts as before itself. */
static double grid_index(const struct schedule *s, const struct turn *t, double time)
{
    double i = floor((time - s->start - t->offset_s) / t->interval_s);

    if (grid(s, t, i + 1) <= time)
        i++;
    else if (grid(s, t, i) > time)
        i--;
    return i;
}

static double next_after(const struct schedule *s, const struct turn *t, double time)
{
    return grid(s, t, grid_index(s, t, time) + 1);
}

/* From 0 to 1, spread evenly over ids. */
static double share_of(struct adder_str id)
{
    uint64_t hash[2];

    hash_murmur3(id.ptr, id.len, hash);
    return (double)(hash[0] >> 11) / (double)(UINT64_C(1) << 53);
}

/* ---- Turns ----------------------------------------------------------------------------- */

int schedule_add(struct schedule *s, struct turn *t, struct adder_str id, double interval_s,
                 double first_within_s, double now, struct adder_error *err)
{
    double share = share_of(id);

    if (!(interval_s >= SCHEDULE_INTERVAL_MIN_S) || isinf(interval_s))
        return err_set(err, ADDER_INVALID, "an interval of %g seconds is too %s", interval_s,
                       interval_s > 0 && isinf(interval_s) ? "long" : "short");
    if (make_room(s) < 0)
        return err_nomem(err);
    *t = (struct turn){.interval_s = interval_s, .offset_s = share * interval_s, .first = true};
    t->due = first_within_s < interval_s ? now + share * first_within_s : next_after(s, t, now);
    put(s, s->count++, t);
    rise(s, s->count - 1);
    return 0;
}

void schedule_remove(struct schedule *s, struct turn *t)
{
    size_t at = t->place - 1;
    struct turn *last;

    if (t->place == 0)
        return;
    t->place = 0;
    last = s->heap[--s->count];
    if (last == t)
        return;
    put(s, at, last);
    move_to(s, last, last->due);
}

void schedule_at(struct schedule *s, struct turn *t, double due)
{
    if (t->place != 0)
        move_to(s, t, due);
}

double schedule_next(const struct schedule *s)
{
    return s->count > 0 ? s->heap[0]->due : -1;
}

struct turn *schedule_pop(struct schedule *s, double now, double *late, uint64_t *missed)
{
    struct turn *t = s->count > 0 ? s->heap[0] : NULL;
    double due, after;

    if (t == NULL || t->due > now)
        return NULL;
    due = t->due;
    *late = now - due;
    /* A first turn off the grid may lie just before a place on it. */
    after = t->first ? due + t->interval_s / 2 : due;
    *missed = after < now ? (uint64_t)(grid_index(s, t, now) - grid_index(s, t, after)) : 0;
    t->first = false;
    move_to(s, t, next_after(s, t, after > now ? after : now));
    return t;
}
