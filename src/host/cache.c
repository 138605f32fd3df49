#include "host/cache.h"

#include <ctype.h>
#include <pthread.h>
#include <string.h>

#include "core/err.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"

struct cache {
    char *folder;
    pthread_mutex_t lock; /* one writer at a time: they share the temporary file's name */
};

int cache_new(const char *folder, struct cache **ret, struct adder_error *err)
{
    struct cache *c = mem_zalloc(sizeof(*c));

    if (c == NULL)
        return err_nomem(err);
    c->folder = mem_strdup(folder);
    if (c->folder == NULL) {
        mem_free(c);
        return err_nomem(err);
    }
    pthread_mutex_init(&c->lock, NULL);
    *ret = c;
    return 0;
}

void cache_free(struct cache *c)
{
    if (c == NULL)
        return;
    pthread_mutex_destroy(&c->lock);
    mem_free(c->folder);
    mem_free(c);
}

const char *cache_folder(const struct cache *c)
{
    return c->folder;
}

/* A copy without the characters that are dropped. NULL when memory is out. */
static char *clean(const char *text, size_t len)
{
    char *copy = mem_alloc(len + 1);
    size_t kept = 0;

    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < len; i++)
        if (isalnum((unsigned char)text[i]) || text[i] == '_' || text[i] == '-')
            copy[kept++] = text[i];
    copy[kept] = '\0';
    return copy;
}

/* *ret_folder is "" when the file lies at the top. */
static int split_key(struct adder_str key, char **ret_folder, char **ret_file,
                     struct adder_error *err)
{
    const char *colon = key.len > 0 ? memchr(key.ptr, ':', key.len) : NULL;
    size_t head = colon != NULL ? (size_t)(colon - key.ptr) : 0;
    size_t tail = colon != NULL ? head + 1 : 0;
    AUTOFREE char *folder = clean(key.ptr, head);
    AUTOFREE char *file = clean(key.ptr + tail, key.len - tail);

    if (folder == NULL || file == NULL)
        return err_nomem(err);
    if (*file == '\0')
        return err_set(err, ADDER_INVALID, "key '%.*s' names no file", STR_ARG(key));
    *ret_folder = TAKE(folder);
    *ret_file = TAKE(file);
    return 0;
}

/* The folder a key's file is in, and its path. */
static int locate(const struct cache *c, struct adder_str key, char **ret_folder,
                  char **ret_path, struct adder_error *err)
{
    AUTOFREE char *below = NULL, *file = NULL, *folder = NULL, *path = NULL;

    if (split_key(key, &below, &file, err) < 0)
        return -1;
    folder = mem_printf("%s%s%s", c->folder, *below != '\0' ? "/" : "", below);
    path = folder != NULL ? mem_printf("%s/%s", folder, file) : NULL;
    if (path == NULL)
        return err_nomem(err);
    *ret_folder = TAKE(folder);
    *ret_path = TAKE(path);
    return 0;
}

int cache_write(struct cache *c, struct adder_str key, struct adder_str value,
                struct adder_error *err)
{
    AUTOFREE char *folder = NULL, *path = NULL;
    int rc;

    if (value.len > CACHE_VALUE_MAX)
        return err_set(err, ADDER_LIMIT, "cache value of %zu bytes, more than %d", value.len,
                       CACHE_VALUE_MAX);
    if (locate(c, key, &folder, &path, err) < 0)
        return err_wrap(err, "cache");
    pthread_mutex_lock(&c->lock);
    rc = file_make_folder(folder, err);
    if (rc == 0)
        rc = file_write(path, value, err);
    pthread_mutex_unlock(&c->lock);
    return rc < 0 ? err_wrap(err, "cache") : 0;
}

int cache_read(struct cache *c, struct adder_str key, char **ret, size_t *ret_len,
               struct adder_error *err)
{
    AUTOFREE char *folder = NULL, *path = NULL;

    if (locate(c, key, &folder, &path, err) < 0)
        return err_wrap(err, "cache");
    if (file_read(path, CACHE_VALUE_MAX, ret, ret_len, err) == 0)
        return 0;
    if (err->code != ADDER_NOT_FOUND)
        return err_wrap(err, "cache");
    *ret = mem_strdup("");
    *ret_len = 0;
    return *ret != NULL ? 0 : err_nomem(err);
}
