#include "collect/discover.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/conf_file.h"
#include "core/err.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

/* ---- Names ----------------------------------------------------------------------------- */

/* A file that may configure a check. */
struct candidate {
    char *check, *path;
    bool is_default, auto_conf;
    bool chosen; /* somebody named it, so it is read whatever it is */
};

struct candidates {
    struct candidate *items;
    size_t count, capacity;
};

static void candidates_clear(struct candidates *c)
{
    for (size_t i = 0; i < c->count; i++) {
        mem_free(c->items[i].check);
        mem_free(c->items[i].path);
    }
    mem_free(c->items);
}

/* Takes `end` off the end of a name. */
static bool cut(struct adder_str *name, const char *end)
{
    size_t len = strlen(end);

    if (name->len <= len || memcmp(name->ptr + name->len - len, end, len) != 0)
        return false;
    name->len -= len;
    return true;
}

/* Takes .yaml or .yml, and .default, off a file's name. False when it is no such name. */
static bool cut_extension(struct adder_str *name, bool *is_default)
{
    *is_default = cut(name, ".default");
    return cut(name, ".yaml") || cut(name, ".yml");
}

static struct adder_str base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return str_of(slash != NULL ? slash + 1 : path);
}

/* The check that a file named by itself is for: NAME of NAME.d/any.yaml, else of NAME.yaml. */
static struct adder_str check_of(const char *path)
{
    struct adder_str file = base_name(path), folder = {path, (size_t)(file.ptr - path)};
    bool ignored;

    if (folder.len > 0)
        folder.len--;
    for (size_t i = folder.len; i > 0; i--) {
        if (folder.ptr[i - 1] != '/')
            continue;
        folder = (struct adder_str){folder.ptr + i, folder.len - i};
        break;
    }
    if (cut(&folder, ".d") && !str_is(folder, "conf"))
        return folder;
    cut_extension(&file, &ignored);
    return file;
}

/* ---- Reading --------------------------------------------------------------------------- */

struct reading {
    struct configs *to;
    const char *only; /* this check, NULL: all */
    struct candidates files;
    bool full; /* there were more files than the limit */
    struct adder_error *err;
};

static int add_candidate(struct reading *r, struct candidate c)
{
    if (r->files.count == r->files.capacity) {
        size_t capacity = r->files.capacity > 0 ? r->files.capacity * 2 : 16;
        struct candidate *items = mem_realloc(r->files.items, capacity * sizeof(*items));

        if (items != NULL) {
            r->files.items = items;
            r->files.capacity = capacity;
        }
    }
    if (c.check != NULL && c.path != NULL && r->files.count < r->files.capacity) {
        r->files.items[r->files.count++] = c;
        return 0;
    }
    mem_free(c.check);
    mem_free(c.path);
    return err_nomem(r->err);
}

/* Keeps a file of `folder` in mind if its name is one of a configuration. `check` is the one a
 * folder NAME.d belongs to; absent: the file's own name says. metrics.yaml lists what JMX
 * checks collect. */
static int consider(struct reading *r, const char *folder, const char *name,
                    struct adder_str check)
{
    struct adder_str stem = str_of(name);
    struct candidate c;
    bool is_default;

    if (name[0] == '.' || !cut_extension(&stem, &is_default) || str_is(stem, "metrics"))
        return 0;
    if (check.ptr == NULL)
        check = stem;
    if (r->only != NULL && !str_is(check, r->only))
        return 0;
    r->full = r->files.count == CONF_FILES_MAX;
    if (r->full)
        return 0;
    c = (struct candidate){
        .check = mem_strndup(check.ptr, check.len),
        .path = mem_printf("%s/%s", folder, name),
        .is_default = is_default,
        .auto_conf = str_is(stem, "auto_conf"),
    };
    return add_candidate(r, c);
}

static void close_folder(DIR **d)
{
    if (*d != NULL)
        closedir(*d);
}

/* Considers the files of NAME.d, and nothing deeper. */
static int list_check_folder(struct reading *r, const char *path, struct adder_str check)
{
    struct reporter reporter = {r->to, path};
    CLEANUP(close_folder) DIR *d = opendir(path);
    struct dirent *e;

    if (d == NULL) {
        struct adder_error why;

        err_errno(&why, errno, "this folder");
        return report_failure(&reporter, &why, false, r->err);
    }
    while (!r->full && (e = readdir(d)) != NULL)
        if (consider(r, path, e->d_name, check) < 0)
            return -1;
    return 0;
}

/* Considers an entry of conf.d itself. */
static int list_entry(struct reading *r, const char *folder, const char *name)
{
    struct adder_str check = str_of(name);
    AUTOFREE char *path = mem_printf("%s/%s", folder, name);

    if (path == NULL)
        return err_nomem(r->err);
    if (!file_is_folder(path))
        return consider(r, folder, name, (struct adder_str){NULL, 0});
    if (name[0] == '.' || !cut(&check, ".d") || (r->only != NULL && !str_is(check, r->only)))
        return 0;
    return list_check_folder(r, path, check);
}

static int list_folder(struct reading *r, const char *path)
{
    CLEANUP(close_folder) DIR *d = opendir(path);
    struct dirent *e;

    if (d == NULL)
        return err_errno(r->err, errno, "%s", path);
    while (!r->full && (e = readdir(d)) != NULL)
        if (list_entry(r, path, e->d_name) < 0)
            return -1;
    if (r->full) {
        struct reporter reporter = {r->to, path};

        return report_error(&reporter, NULL, r->err, "more than %d files: the rest is not read",
                            CONF_FILES_MAX);
    }
    return 0;
}

/* Reads a file's text. A pipe or a device that lies in conf.d would block. */
static int read_text(const struct candidate *c, char **ret, size_t *ret_len,
                     struct adder_error *err)
{
    struct stat st;

    if (!c->chosen && stat(c->path, &st) == 0 && !S_ISREG(st.st_mode))
        return err_set(err, ADDER_INVALID, "%s: not a file", c->path);
    return file_read(c->path, CONF_FILE_MAX, ret, ret_len, err);
}

/* Adds what one file says. *found: it holds instances. */
static int read_one(struct reading *r, const struct candidate *c, bool *found)
{
    struct reporter reporter = {r->to, c->path};
    CLEANUP(value_freep) struct value *root = NULL;
    AUTOFREE char *text = NULL;
    AUTOFREE char *name = mem_printf("file:%s", c->path);
    struct conf_source source = {c->check, name, c->auto_conf, false};
    struct adder_error why;
    size_t len;

    if (name == NULL)
        return err_nomem(r->err);
    if (read_text(c, &text, &len, &why) < 0)
        return report_failure(&reporter, &why, false, r->err);
    if (conf_parse(&reporter, (struct adder_str){text, len}, &root, r->err) < 0)
        return -1;
    if (root == NULL)
        return 0;
    if (conf_load(&reporter, &source, root, &why) < 0)
        return report_failure(&reporter, &why, false, r->err);
    *found |= source.found;
    return 0;
}

static int by_check_and_path(const void *a, const void *b)
{
    const struct candidate *left = a, *right = b;
    int order = strcmp(left->check, right->check);

    return order != 0 ? order : strcmp(left->path, right->path);
}

/* Reads the files of one check: those that are no defaults and, if they hold nothing, these. */
static int read_check(struct reading *r, const struct candidate *files, size_t count)
{
    bool found = false;

    r->to->next_index = 0;
    for (int defaults = 0; defaults < 2 && !found; defaults++)
        for (size_t i = 0; i < count; i++)
            if (files[i].is_default == defaults && read_one(r, &files[i], &found) < 0)
                return -1;
    return 0;
}

static int read_files(struct reading *r)
{
    struct candidate *files = r->files.items;
    size_t count = r->files.count, first = 0;

    if (count > 0)
        qsort(files, count, sizeof(*files), by_check_and_path);
    for (size_t i = 1; i <= count; i++) {
        if (i < count && strcmp(files[i].check, files[first].check) == 0)
            continue;
        if (read_check(r, files + first, i - first) < 0)
            return -1;
        first = i;
    }
    return 0;
}

/* ---- Entry points ---------------------------------------------------------------------- */

static int read_path(struct reading *r, const char *path)
{
    struct adder_str check = r->only != NULL ? str_of(r->only) : check_of(path);
    struct candidate c = {.path = (char *)path, .chosen = true};
    struct stat st;
    bool found = false;
    int rc;

    if (stat(path, &st) < 0) {
        int errnum = errno;

        err_errno(r->err, errnum, "%s", path);
        if (errnum == ENOENT || errnum == ENOTDIR)
            r->err->code = ADDER_NOT_FOUND;
        return -1;
    }
    if (S_ISDIR(st.st_mode))
        return list_folder(r, path) < 0 ? -1 : read_files(r);
    c.check = mem_strndup(check.ptr, check.len);
    if (c.check == NULL)
        return err_nomem(r->err);
    rc = read_one(r, &c, &found);
    mem_free(c.check);
    return rc;
}

int configs_read(const char *path, const char *check, const struct configs_hooks *hooks,
                 struct configs **ret, struct adder_error *err)
{
    CLEANUP(configs_freep) struct configs *c = configs_new();
    AUTOFREE char *whole = file_absolute(path);
    struct reading r = {.to = c, .only = check, .err = err};
    int rc;

    if (c == NULL || whole == NULL)
        return err_nomem(err);
    c->hooks = hooks;
    rc = read_path(&r, whole);
    c->hooks = NULL;
    candidates_clear(&r.files);
    if (rc < 0)
        return -1;
    *ret = TAKE(c);
    return 0;
}
