#include "cli/children.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base.h"
#include "core/mem.h"

struct process {
    pid_t pid, parent;
    bool ours;
};

struct processes {
    struct process *items;
    size_t count, capacity;
};

/* The parent of a process, 0 when it is gone. /proc/PID/stat is "PID (NAME) STATE PARENT ...",
 * where the name may hold anything (man proc): what counts begins after the last ')'. */
static pid_t parent_of(const char *pid)
{
    char path[64], text[512];
    const char *after;
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    len = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (len <= 0)
        return 0;
    text[len] = '\0';
    after = strrchr(text, ')');
    return after != NULL && strlen(after) > 4 ? (pid_t)strtol(after + 4, NULL, 10) : 0;
}

static bool add(struct processes *p, struct process item)
{
    if (p->count == p->capacity) {
        size_t capacity = p->capacity > 0 ? 2 * p->capacity : 512;
        struct process *items = mem_realloc(p->items, capacity * sizeof(*items));

        if (items == NULL)
            return false;
        p->items = items;
        p->capacity = capacity;
    }
    p->items[p->count++] = item;
    return true;
}

static void read_all(struct processes *p)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        struct process one = {.pid = (pid_t)strtol(entry->d_name, NULL, 10)};

        if (one.pid <= 0 || (one.parent = parent_of(entry->d_name)) <= 0)
            continue;
        one.ours = one.parent == getpid();
        if (!add(p, one))
            break;
    }
    closedir(dir);
}

static bool is_ours(const struct processes *p, pid_t pid)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].pid == pid)
            return p->items[i].ours;
    return false;
}

/* Marks the children of what is marked. Returns whether there were any. */
static bool mark(struct processes *p)
{
    bool more = false;

    for (size_t i = 0; i < p->count; i++)
        if (!p->items[i].ours && is_ours(p, p->items[i].parent))
            more = p->items[i].ours = true;
    return more;
}

void children_kill(void)
{
    struct processes p = {NULL, 0, 0};

    /* The whole family first: children of a killed process no longer name it as parent. */
    read_all(&p);
    while (mark(&p))
        ;
    for (size_t i = 0; i < p.count; i++)
        if (p.items[i].ours)
            kill(p.items[i].pid, SIGKILL);
    mem_free(p.items);
}
