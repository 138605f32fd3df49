#include "agent/confwatch.h"

#include <dirent.h>
#include <string.h>

#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"

struct watched {
    struct watched *next;
    uv_fs_event_t event;
    struct confwatch *owner;
};

struct confwatch {
    uv_loop_t *loop;
    char *folder;
    void (*changed)(void *ctx);
    void *ctx;
    uv_timer_t settle;
    struct watched *folders;
    size_t count;
    bool complained;
};

static void on_settled(uv_timer_t *timer)
{
    struct confwatch *w = timer->data;

    w->changed(w->ctx);
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
    const struct watched *folder = event->data;

    (void)name;
    (void)events;
    (void)status;
    uv_timer_start(&folder->owner->settle, on_settled, CONFWATCH_SETTLE_MS, 0);
}

static void let_go(uv_handle_t *handle)
{
    mem_free(handle->data);
}

static void stop_watching(struct confwatch *w)
{
    while (w->folders != NULL) {
        struct watched *folder = w->folders;

        w->folders = folder->next;
        uv_close((uv_handle_t *)&folder->event, let_go);
    }
    w->count = 0;
}

/* A folder that cannot be watched, for the system's limit mostly, is no reason not to run. */
static void watch(struct confwatch *w, const char *path)
{
    struct watched *folder = mem_zalloc(sizeof(*folder));
    int rc;

    if (folder == NULL)
        return;
    folder->owner = w;
    uv_fs_event_init(w->loop, &folder->event);
    folder->event.data = folder;
    rc = uv_fs_event_start(&folder->event, on_event, path, 0);
    if (rc < 0) {
        if (!w->complained)
            LOG_WARN("%s: changes will not be noticed (%s): send SIGHUP after them", path,
                     uv_strerror(rc));
        w->complained = true;
        uv_close((uv_handle_t *)&folder->event, let_go);
        return;
    }
    folder->next = w->folders;
    w->folders = folder;
    w->count++;
}

static bool ends_in_d(const char *name)
{
    size_t len = strlen(name);

    return len > 2 && strcmp(name + len - 2, ".d") == 0;
}

void confwatch_again(struct confwatch *w)
{
    const struct dirent *entry;
    DIR *dir;

    stop_watching(w);
    dir = opendir(w->folder);
    if (dir == NULL)
        return;
    watch(w, w->folder);
    while ((entry = readdir(dir)) != NULL && w->count < CONFWATCH_FOLDERS_MAX) {
        AUTOFREE char *path = NULL;

        if (!ends_in_d(entry->d_name))
            continue;
        path = mem_printf("%s/%s", w->folder, entry->d_name);
        if (path != NULL && file_is_folder(path))
            watch(w, path);
    }
    closedir(dir);
}

int confwatch_new(uv_loop_t *loop, const char *folder, void (*changed)(void *ctx), void *ctx,
                  struct confwatch **ret, struct adder_error *err)
{
    struct confwatch *w = mem_zalloc(sizeof(*w));

    if (w == NULL)
        return err_nomem(err);
    w->loop = loop;
    w->changed = changed;
    w->ctx = ctx;
    w->folder = mem_strdup(folder);
    if (w->folder == NULL) {
        mem_free(w);
        return err_nomem(err);
    }
    uv_timer_init(loop, &w->settle);
    w->settle.data = w;
    *ret = w;
    return 0;
}

void confwatch_free(struct confwatch *w)
{
    if (w == NULL)
        return;
    stop_watching(w);
    mem_free(TAKE(w->folder));
    uv_close((uv_handle_t *)&w->settle, let_go);
}
