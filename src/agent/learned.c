#include "agent/learned.h"

#include <string.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/map.h"
#include "core/mem.h"

struct learned {
    char *folder, *path;
    struct map *known; /* name -> the list itself: a set */
    struct buf names;  /* one a line */
    bool grown, complained;
};

static int open_list(struct learned *l, const char *folder, struct adder_error *err)
{
    AUTOFREE char *text = NULL;
    struct adder_error ignored;
    size_t len;

    l->folder = mem_strdup(folder);
    l->path = mem_printf("%s/modules", folder);
    l->known = map_new();
    buf_init(&l->names, LEARNED_BYTES_MAX);
    if (l->folder == NULL || l->path == NULL || l->known == NULL)
        return err_nomem(err);
    if (file_read(l->path, LEARNED_BYTES_MAX, &text, &len, &ignored) == 0)
        learned_add(l, (struct adder_str){text, len});
    l->grown = false;
    return 0;
}

int learned_new(const char *folder, struct learned **ret, struct adder_error *err)
{
    struct learned *l = mem_zalloc(sizeof(*l));

    if (l == NULL)
        return err_nomem(err);
    if (open_list(l, folder, err) < 0) {
        learned_free(l);
        return -1;
    }
    *ret = l;
    return 0;
}

void learned_free(struct learned *l)
{
    if (l == NULL)
        return;
    map_free(l->known, NULL);
    buf_free(&l->names);
    mem_free(l->folder);
    mem_free(l->path);
    mem_free(l);
}

const char *learned_path(const struct learned *l)
{
    return l->path;
}

static void add_name(struct learned *l, struct adder_str name)
{
    if (name.len == 0 || map_count(l->known) >= LEARNED_MODULES_MAX ||
        l->names.len + name.len + 1 >= LEARNED_BYTES_MAX || map_get(l->known, name) != NULL)
        return;
    if (map_set(l->known, name, l, NULL) < 0)
        return;
    buf_add(&l->names, name.ptr, name.len);
    buf_add_char(&l->names, '\n');
    l->grown = true;
}

void learned_add(struct learned *l, struct adder_str names)
{
    while (names.len > 0) {
        const char *newline = memchr(names.ptr, '\n', names.len);
        size_t len = newline != NULL ? (size_t)(newline - names.ptr) : names.len;

        add_name(l, (struct adder_str){names.ptr, len});
        len += newline != NULL;
        names.ptr += len;
        names.len -= len;
    }
}

void learned_save(struct learned *l)
{
    struct adder_error err;

    if (!l->grown || l->names.failed)
        return;
    l->grown = false;
    if (file_make_folder(l->folder, &err) < 0 ||
        file_write(l->path, (struct adder_str){l->names.data, l->names.len}, &err) < 0) {
        if (!l->complained)
            LOG_WARN("what workers import is not kept, and they start more slowly: %s",
                     err.message);
        l->complained = true;
    }
}
