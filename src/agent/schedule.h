/*
 * schedule.h - when each check is due.
 *
 * Starts are spread over the interval by a hash of the check's id, so they are stable from one
 * start of the agent to the next, and lie on a grid anchored at the schedule's beginning: no
 * drift. Times are seconds of a monotonic clock that the caller reads, so clock jumps do no
 * harm; a turn that was missed (late loop, suspended machine) is counted and not made up for.
 * Pure: no clock, no thread, no check. A binary heap inside.
 */
#ifndef ADDER_AGENT_SCHEDULE_H
#define ADDER_AGENT_SCHEDULE_H

#include "core/base.h"

struct schedule;

#define SCHEDULE_INTERVAL_MIN_S 0.001

/* One check's place; embedded in what the caller keeps for it. Zero before schedule_add(). */
struct turn {
    double due;        /* of the next turn */
    double interval_s; /* at least SCHEDULE_INTERVAL_MIN_S */
    double offset_s;   /* of its grid from the schedule's beginning, less than the interval */
    bool first;        /* it has not had a turn yet */
    size_t place;      /* in the heap, from 1; 0: not scheduled */
};

struct schedule *schedule_new(double now); /* NULL: no memory */
void schedule_free(struct schedule *s);    /* turns are the caller's */

/* Adds a turn. The first is within the interval (and within `first_within_s`, when that is
 * less: an agent that has just started need not wait an hour for an hourly check; the second
 * is then the first on the grid that comes at least half an interval later). ADDER_INVALID for
 * an interval that is too short, ADDER_NOMEM. */
int schedule_add(struct schedule *s, struct turn *t, struct adder_str id, double interval_s,
                 double first_within_s, double now, struct adder_error *err);
void schedule_remove(struct schedule *s, struct turn *t); /* not scheduled: nothing happens */

/* Makes the next turn due at `due`, once; the grid stays. For a re-run, and for back-off. */
void schedule_at(struct schedule *s, struct turn *t, double due);

/* The earliest due time, or -1 when there is none. */
double schedule_next(const struct schedule *s);

/* The turn that is due the longest at `now`, moved on to its next place on the grid, or NULL.
 * *late: seconds it is handed out after it was due; *missed: turns passed over meanwhile. */
struct turn *schedule_pop(struct schedule *s, double now, double *late, uint64_t *missed);

size_t schedule_count(const struct schedule *s);

#endif
