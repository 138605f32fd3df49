/*
 * Budgets of runs. What only the process as a whole is measured by (memory, files, threads,
 * processes) is shared out: what it has grown by since the last look goes to the one run under
 * way or, of several, to the one whose own account grew most, else which computed most.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"
#include "work/processes.h"
#include "work/worker_impl.h"

/* A measurement that takes long is made less often: it may take a twentieth of the time. */
enum { REST_FACTOR = 20 };

struct gauge {
    int64_t (*read)(void); /* -1: it cannot be told */
    int64_t last;
    double rest_until;
};

static int64_t read_memory(void)
{
    long long size, resident;
    char text[128];
    ssize_t len;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    len = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[len > 0 ? len : 0] = '\0';
    if (sscanf(text, "%lld %lld", &size, &resident) != 2)
        return -1;
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

static int64_t count_entries(const char *folder)
{
    DIR *dir = opendir(folder);
    int64_t count = -3; /* ".", "..", and the one that is open for this */

    if (dir == NULL)
        return -1;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

/* Since Linux 6.2 the size of the folder is the number of files. */
static int64_t read_files(void)
{
    struct stat info;

    if (stat("/proc/self/fd", &info) == 0 && info.st_size > 0)
        return info.st_size;
    return count_entries("/proc/self/fd");
}

/* A folder has two links, and one for each in it. */
static int64_t read_threads(void)
{
    struct stat info;

    return stat("/proc/self/task", &info) == 0 ? (int64_t)info.st_nlink - 2 : -1;
}

static int64_t read_processes(void)
{
    return processes_below();
}

static struct gauge gauges[BUDGET_PARTS] = {
    [BUDGET_MEMORY] = {.read = read_memory},
    [BUDGET_FILES] = {.read = read_files},
    [BUDGET_PROCESSES] = {.read = read_processes},
    [BUDGET_THREADS] = {.read = read_threads},
};

/* What it has changed by since the last time; 0 while it rests, or when it cannot be told. */
static int64_t change(struct gauge *g, double now)
{
    int64_t value, by;

    if (g->read == NULL || now < g->rest_until)
        return 0;
    value = g->read();
    g->rest_until = now + REST_FACTOR * (clock_monotonic() - now);
    if (value < 0)
        return 0;
    by = value - g->last;
    g->last = value;
    return by;
}

static void read_changes(int64_t by[BUDGET_PARTS])
{
    double now = clock_monotonic();

    for (int i = 0; i < BUDGET_PARTS; i++)
        by[i] = change(&gauges[i], now);
}

void watch_begin(void)
{
    int64_t ignored[BUDGET_PARTS];

    read_changes(ignored);
}

/* ---- Whose it is ------------------------------------------------------------------------ */

/* How much a run has grown, and computed, since the last look. */
struct activity {
    int64_t account;
    double cpu_s;
};

static struct activity activity(struct duty *d)
{
    struct adder_memory memory;
    double cpu = clock_seconds(d->run.cpu_clock);
    struct activity a;

    adder_check_memory(d->check, &memory);
    a.account = memory.python.inuse_bytes - d->run.account_seen;
    a.cpu_s = cpu - d->run.cpu_seen;
    d->run.account_seen = memory.python.inuse_bytes;
    d->run.cpu_seen = cpu;
    return a;
}

static bool is_more(const struct activity *a, const struct activity *b)
{
    int64_t least = 64 * 1024; /* bytes; less is noise */

    if (a->account > least || b->account > least)
        return a->account > b->account;
    return a->cpu_s > b->cpu_s;
}

/* The run under way that what has changed is put down to; NULL when there is none. The lock
 * must be held. */
static struct duty *culprit(struct worker *w)
{
    struct activity most = {0}, a;
    struct duty *found = NULL;

    for (struct duty *d = w->duties; d != NULL; d = d->next) {
        if (d->run.number == 0)
            continue;
        a = activity(d);
        if (found == NULL || is_more(&a, &most)) {
            found = d;
            most = a;
        }
    }
    return found;
}

static void share_out(struct duty *d, const int64_t by[BUDGET_PARTS])
{
    for (int i = 0; i < BUDGET_PARTS; i++) {
        int64_t *grown = &d->run.grown[i];

        *grown += by[i];
        if (*grown < 0)
            *grown = 0;
    }
}

/* ---- Judging ---------------------------------------------------------------------------- */

void watch_over(struct duty *d, enum budget_part part, double value, double limit)
{
    if (d->run.over)
        return;
    d->run.over = true;
    worker_say(d->worker, &(struct message){
                              .type = MESSAGE_OVER,
                              .key = d->key,
                              .over = {d->run.number, (uint32_t)part, value, limit},
                          });
}

static void judge_part(struct duty *d, enum budget_part part, double value, double limit)
{
    if (limit > 0 && value > limit)
        watch_over(d, part, value, limit);
}

static void judge(struct duty *d)
{
    const struct budget *b = &d->budget;
    const struct run *r = &d->run;
    int64_t account = r->account_seen - r->account_before, grown = r->grown[BUDGET_MEMORY];
    uint64_t refused = atomic_load_explicit(&d->refused, memory_order_relaxed);

    judge_part(d, BUDGET_CPU, r->cpu_seen - r->cpu_before, b->cpu_s);
    judge_part(d, BUDGET_MEMORY, (double)(account > grown ? account : grown),
               (double)b->memory_bytes);
    judge_part(d, BUDGET_FILES, (double)r->grown[BUDGET_FILES], (double)b->files);
    judge_part(d, BUDGET_PROCESSES, (double)r->grown[BUDGET_PROCESSES], (double)b->processes);
    judge_part(d, BUDGET_THREADS, (double)r->grown[BUDGET_THREADS], (double)b->threads);
    if (refused > 0)
        watch_over(d, BUDGET_SAMPLES, (double)(b->samples + refused), (double)b->samples);
}

bool watch_look(struct worker *w)
{
    int64_t by[BUDGET_PARTS];
    struct duty *most;
    bool more;

    read_changes(by);
    pthread_mutex_lock(&w->lock);
    most = culprit(w);
    if (most != NULL)
        share_out(most, by);
    for (struct duty *d = w->duties; d != NULL; d = d->next)
        if (d->run.number != 0)
            judge(d);
    more = w->active > 0 || w->jobs != NULL;
    pthread_mutex_unlock(&w->lock);
    return more;
}
