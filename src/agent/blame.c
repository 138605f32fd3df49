/* Whose fault it is that nobody gets the GIL. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/dispatch_impl.h"

enum { STAT_SIZE = 1024, UTIME_FIELD = 14 }; /* proc(5), /proc/pid/stat; fields count from 1 */

/* CPU seconds of a thread, 0 when it cannot be told. */
static double thread_cpu(int64_t pid, int64_t thread)
{
    char path[80], stat[STAT_SIZE];
    unsigned long user = 0, kernel = 0;
    const char *at;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%lld/task/%lld/stat", (long long)pid,
             (long long)thread);
    f = fopen(path, "re");
    if (f == NULL)
        return 0;
    stat[fread(stat, 1, sizeof(stat) - 1, f)] = '\0';
    fclose(f);
    at = strrchr(stat, ')'); /* ends the name, field 2, which may hold anything */
    for (int field = 2; at != NULL && field < UTIME_FIELD; field++)
        at = strchr(at + 1, ' ');
    if (at == NULL || sscanf(at, "%lu %lu", &user, &kernel) != 2)
        return 0;
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static double cpu_of(const struct task *t)
{
    return thread_cpu(worker_pid(t->worker), t->thread);
}

void blame_mark(struct dispatch *d, const struct worker *w)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->tasks[i]->worker == w && d->tasks[i]->started)
            d->tasks[i]->cpu_mark = cpu_of(d->tasks[i]);
}

struct task *blame(struct dispatch *d, struct task *t)
{
    double most = t->limits.grace_s / 2;
    struct task *guilty = t;

    for (size_t i = 0; i < d->count; i++) {
        struct task *other = d->tasks[i];
        double used;

        if (other->worker != t->worker || !other->started)
            continue;
        used = cpu_of(other) - other->cpu_mark;
        if (used > most) {
            most = used;
            guilty = other;
        }
    }
    return guilty;
}
