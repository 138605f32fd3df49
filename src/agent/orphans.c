#include "agent/orphans.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "core/clock.h"
#include "core/log.h"

/* Calls `fn` for each child of one of our threads (proc(5), /proc/pid/task/tid/children). */
static void each_child_of(const char *thread, void (*fn)(void *ctx, pid_t pid), void *ctx)
{
    char path[64];
    FILE *f;
    long pid;

    snprintf(path, sizeof(path), "/proc/self/task/%.20s/children", thread);
    f = fopen(path, "re");
    if (f == NULL)
        return;
    while (fscanf(f, "%ld", &pid) == 1)
        fn(ctx, (pid_t)pid);
    fclose(f);
}

static void each_child(void (*fn)(void *ctx, pid_t pid), void *ctx)
{
    DIR *threads = opendir("/proc/self/task");
    const struct dirent *entry;

    if (threads == NULL)
        return;
    while ((entry = readdir(threads)) != NULL)
        if (entry->d_name[0] != '.')
            each_child_of(entry->d_name, fn, ctx);
    closedir(threads);
}

struct claim {
    bool (*is_ours)(void *ctx, pid_t pid);
    void *ctx;
};

static void kill_unclaimed(void *ctx, pid_t pid)
{
    const struct claim *claim = ctx;

    if (claim->is_ours != NULL && claim->is_ours(claim->ctx, pid))
        return;
    LOG_DEBUG("killing process %d, which a check has left behind", (int)pid);
    kill(pid, SIGKILL);
}

void orphans_kill(bool (*is_ours)(void *ctx, pid_t pid), void *ctx)
{
    struct claim claim = {is_ours, ctx};

    each_child(kill_unclaimed, &claim);
}

void orphans_kill_all(void)
{
    const struct timespec pause = {.tv_nsec = 1000 * 1000};
    double until = clock_monotonic() + 1;
    pid_t pid;

    do {
        orphans_kill(NULL, NULL);
        nanosleep(&pause, NULL);
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            continue;
    } while ((pid == 0 || errno != ECHILD) && clock_monotonic() < until);
}
