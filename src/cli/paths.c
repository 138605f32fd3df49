#include "cli/paths.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"

/* Relative to the folder of the program, which is installed, or in build/ of a checkout, or one
 * deeper; last, where an installation was configured to have them. */
static const char *const shipped[] = {
    ADDER_CHECKS_FROM_PROGRAM,
    "../checks",
    "../../checks",
    ADDER_CHECKS_DIR,
};

int texts_add(struct texts *t, const char *text, size_t len, struct adder_error *err)
{
    char **items = mem_realloc(t->items, (t->count + 2) * sizeof(*items));
    char *copy;

    if (items == NULL)
        return err_nomem(err);
    t->items = items;
    copy = mem_strndup(text, len);
    items[t->count] = copy;
    if (copy == NULL)
        return err_nomem(err);
    items[++t->count] = NULL;
    return 0;
}

void texts_free(struct texts *t)
{
    for (size_t i = 0; i < t->count; i++)
        mem_free(t->items[i]);
    mem_free(t->items);
    *t = (struct texts){NULL, 0};
}

static int add_shipped(struct texts *ret, struct adder_error *err)
{
    char folder[PATH_MAX];

    if (file_program_folder(folder, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(shipped); i++) {
        const char *from = shipped[i][0] != '/' ? folder : "";
        AUTOFREE char *path = mem_printf("%s/%s", from, shipped[i]);
        AUTOFREE char *package = mem_printf("%s/%s/adder_checks", from, shipped[i]);
        char real[PATH_MAX];

        if (path == NULL || package == NULL)
            return err_nomem(err);
        if (file_is_folder(package) && realpath(path, real) != NULL)
            return texts_add(ret, real, strlen(real), err);
    }
    return 0;
}

int paths_checks(const char *const *given, struct texts *ret, struct adder_error *err)
{
    const char *env = getenv("ADDER_CHECKS");

    for (; given != NULL && *given != NULL; given++)
        if (texts_add(ret, *given, strlen(*given), err) < 0)
            return -1;
    while (env != NULL && *env != '\0') {
        size_t len = strcspn(env, ":");

        if (len > 0 && texts_add(ret, env, len, err) < 0)
            return -1;
        env += len + (env[len] == ':');
    }
    return add_shipped(ret, err);
}

static bool is_archive(const char *path)
{
    static const char *const ends[] = {".zip", ".whl", ".egg", ".pyz"};
    size_t len = strlen(path);

    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (len > 4 && strcmp(path + len - 4, ends[i]) == 0)
            return access(path, R_OK) == 0;
    return false;
}

void paths_warn(const char *const *folders)
{
    for (; folders != NULL && *folders != NULL; folders++)
        if (!file_is_folder(*folders) && !is_archive(*folders))
            LOG_WARN("there is no folder '%s' to import from", *folders);
}

const char *paths_confd(const char *given, bool *chosen)
{
    const char *env = getenv("ADDER_CONFD");

    *chosen = true;
    if (given != NULL)
        return given;
    if (env != NULL && *env != '\0')
        return env;
    *chosen = false;
    return CONFD_DEFAULT;
}

/* The name of the check that a folder's entry is, its length in *len; false: it is none. */
static bool names_check(const char *folder, const char *entry, size_t *len)
{
    AUTOFREE char *init = mem_printf("%s/%s/__init__.py", folder, entry);

    *len = strlen(entry);
    if (entry[0] == '.' || entry[0] == '_')
        return false;
    if (*len > 3 && strcmp(entry + *len - 3, ".py") == 0) {
        *len -= 3;
        return true;
    }
    return init != NULL && strcmp(entry, "adder_checks") != 0 && access(init, R_OK) == 0;
}

static void each_in_folder(const char *folder, void (*fn)(void *ctx, const char *name),
                           void *ctx)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    size_t len;

    if (dir == NULL)
        return;
    for (int n = 0; n < NAMES_MAX && (entry = readdir(dir)) != NULL; n++) {
        if (!names_check(folder, entry->d_name, &len))
            continue;
        entry->d_name[len] = '\0';
        fn(ctx, entry->d_name);
    }
    closedir(dir);
}

void paths_each_check(const struct texts *folders, void (*fn)(void *ctx, const char *name),
                      void *ctx)
{
    for (size_t i = 0; i < folders->count; i++) {
        AUTOFREE char *package = mem_printf("%s/adder_checks", folders->items[i]);

        each_in_folder(folders->items[i], fn, ctx);
        if (package != NULL)
            each_in_folder(package, fn, ctx);
    }
}
