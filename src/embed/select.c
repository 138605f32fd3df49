#include "embed/select.h"

#include <dirent.h>
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/venv.h"
#include "embed/interpreter.h"

/* ---- The backends there are ------------------------------------------------------------- */

/* "3.11" of "adder-py3.11.so"; false for every other name. */
static bool parse_name(const char *name, int *major, int *minor)
{
    int end = 0;

    return sscanf(name, "adder-py%2d.%3d.so%n", major, minor, &end) == 2 && end > 0 &&
           name[end] == '\0' && *major >= 0 && *minor >= 0;
}

static int newest_first(const void *a, const void *b)
{
    int major_a = 0, minor_a = 0, major_b = 0, minor_b = 0;

    sscanf(((const struct adder_backend_info *)a)->version, "%d.%d", &major_a, &minor_a);
    sscanf(((const struct adder_backend_info *)b)->version, "%d.%d", &major_b, &minor_b);
    return major_a != major_b ? major_b - major_a : minor_b - minor_a;
}

static void close_dir(DIR **dir)
{
    if (*dir != NULL)
        closedir(*dir);
}

/* Fills `ret` with the backends in `folder`, newest first. How many. */
static size_t list_folder(const char *folder, struct adder_backend_info ret[BACKENDS_MAX])
{
    CLEANUP(close_dir) DIR *dir = opendir(folder);
    const struct dirent *entry;
    size_t n = 0;

    while (dir != NULL && n < BACKENDS_MAX && (entry = readdir(dir)) != NULL) {
        struct adder_backend_info *b = &ret[n];
        int major, minor, len;

        if (!parse_name(entry->d_name, &major, &minor))
            continue;
        snprintf(b->version, sizeof(b->version), "%d.%d", major % 100, minor % 1000);
        len = snprintf(b->path, sizeof(b->path), "%s/%s", folder, entry->d_name);
        if (len > 0 && (size_t)len < sizeof(b->path))
            n++;
    }
    qsort(ret, n, sizeof(*ret), newest_first);
    return n;
}

/* The folder of the library this code is in, "" when it is in the program itself or cannot be
 * told. For a program dladdr() gives argv[0], which says "adder" of one that was found through
 * PATH: that would be a file of the current folder, which may be anyone's. */
static void own_folder(char ret[PATH_MAX])
{
    struct link_map *map = NULL;
    char path[PATH_MAX];
    Dl_info info;

    ret[0] = '\0';
    if (dladdr1((void *)&list_folder, &info, (void **)&map, RTLD_DL_LINKMAP) != 0 &&
        map->l_name[0] != '\0' && realpath(map->l_name, path) != NULL)
        snprintf(ret, PATH_MAX, "%s", dirname(path));
}

/* Where backends are looked for when the options do not say: beside our library or the program,
 * as in a build tree; where an installation has them, seen from either, so that it can be
 * moved; then where it was configured to have them. */
static size_t list_default(struct adder_backend_info ret[BACKENDS_MAX], char folder[PATH_MAX])
{
    char own[PATH_MAX], program[PATH_MAX], path[PATH_MAX];
    const struct {
        const char *base, *rest;
    } places[] = {
        {own, ""},
        {own, "/adder"},
        {program, ""},
        {program, "/" ADDER_BACKENDS_FROM_PROGRAM},
        {ADDER_BACKEND_DIR, ""},
    };
    struct adder_error ignored;

    own_folder(own);
    if (file_program_folder(program, &ignored) < 0)
        program[0] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        int len = snprintf(path, PATH_MAX, "%s%s", places[i].base, places[i].rest);
        size_t n = 0;

        if (places[i].base[0] == '\0' || len < 0 || len >= PATH_MAX)
            continue;
        if (realpath(path, folder) != NULL)
            n = list_folder(folder, ret);
        if (n > 0)
            return n;
    }
    snprintf(folder, PATH_MAX, "%s", ADDER_BACKEND_DIR);
    return 0;
}

static size_t list(const char *dir, struct adder_backend_info ret[BACKENDS_MAX],
                   char folder[PATH_MAX])
{
    if (dir == NULL)
        return list_default(ret, folder);
    snprintf(folder, PATH_MAX, "%s", dir);
    return list_folder(dir, ret);
}

size_t adder_backends(const char *dir, struct adder_backend_info *ret, size_t max)
{
    struct adder_backend_info found[BACKENDS_MAX];
    char folder[PATH_MAX];
    size_t n = list(dir, found, folder);

    for (size_t i = 0; i < n && i < max; i++)
        ret[i] = found[i];
    return n;
}

/* ---- What is asked for ------------------------------------------------------------------ */

static int refuse_python2(struct adder_error *err)
{
    return err_set(err, ADDER_INVALID,
                   "Python 2 cannot be used: it has had no fixes since 2020, and the base that "
                   "checks are built on needs Python 3.10 or newer");
}

/* The version of `options.venv`; "" when it does not say, or is missing, which the backend
 * explains better. */
static int want_of_venv(const char *venv, char want[VENV_VERSION_MAX], struct adder_error *err)
{
    want[0] = '\0';
    if (venv == NULL || venv_version(venv, want, err) == 0)
        return 0;
    return err->code == ADDER_NOT_FOUND ? 0 : -1;
}

/* Reads the option `python` when it is a version. */
static int want_of_version(const char *python, char want[VENV_VERSION_MAX],
                           struct adder_error *err)
{
    int major = -1, minor = -1, end = 0;
    int fields = sscanf(python, "%2d%n.%3d%n", &major, &end, &minor, &end);

    if (fields < 1 || python[end] != '\0' || major < 0 || (fields == 2 && minor < 0))
        return err_set(err, ADDER_INVALID,
                       "'%s' is neither a version of Python, such as 3.11, nor the path of an "
                       "interpreter",
                       python);
    if (major == 2)
        return refuse_python2(err);
    snprintf(want, VENV_VERSION_MAX, "%s", python);
    return 0;
}

/* Which version is wanted ("": any), and which venv. */
static int read_wishes(const struct adder_runtime_options *o, char want[VENV_VERSION_MAX],
                       char **venv, struct adder_error *err)
{
    AUTOFREE char *around = NULL;

    if (o->venv != NULL && (*venv = mem_strdup(o->venv)) == NULL)
        return err_nomem(err);
    if (o->python == NULL || strcmp(o->python, "3") == 0)
        return want_of_venv(o->venv, want, err);
    if (strchr(o->python, '/') == NULL)
        return want_of_version(o->python, want, err);
    if (interpreter_version(o->python, want, &around, err) < 0)
        return -1;
    if (want[0] == '2')
        return refuse_python2(err);
    if (*venv == NULL)
        *venv = TAKE(around);
    return 0;
}

/* ---- Opening ---------------------------------------------------------------------------- */

/* Opens the backend, for good. Only it, not the program, sees the libpython it brings: one that
 * is opened and then cannot start must not stand in the way of another. */
static int open_backend(const char *path, const struct backend **ret, struct adder_error *err)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct backend *b;

    if (library == NULL)
        return err_set(err, ADDER_NOT_FOUND, "cannot open the backend: %s", dlerror());
    b = dlsym(library, BACKEND_SYMBOL);
    if (b == NULL || b->abi != BACKEND_ABI) {
        dlclose(library);
        return err_set(err, ADDER_INVALID,
                       "'%s' is a backend of another version of adder; install both anew",
                       path);
    }
    *ret = b;
    return 0;
}

int adder_backend_try(const struct adder_backend_info *info, struct adder_error *err)
{
    const struct backend *b;

    return open_backend(info->path, &b, err);
}

/* The virtual environment of a backend: venv-X.Y beside it, as in an installation, or the one
 * it was built with. When neither exists the former: that is where to make one. */
static char *own_venv(const struct adder_backend_info *info, const struct backend *b,
                      bool *exists)
{
    int folder = (int)(strrchr(info->path, '/') - info->path);
    AUTOFREE char *beside = mem_printf("%.*s/venv-%s", folder, info->path, info->version);

    if (beside == NULL)
        return NULL;
    *exists = true;
    if (access(beside, F_OK) == 0)
        return TAKE(beside);
    if (access(b->venv, F_OK) == 0)
        return mem_strdup(b->venv);
    *exists = false;
    return TAKE(beside);
}

static int open_with_venv(const struct adder_backend_info *info, struct selection *s,
                          bool *exists, struct adder_error *err)
{
    mem_free(TAKE(s->venv));
    if (open_backend(info->path, &s->backend, err) < 0)
        return -1;
    s->venv = own_venv(info, s->backend, exists);
    return s->venv != NULL ? 0 : err_nomem(err);
}

/* What pick() chooses from. */
struct choice {
    const struct adder_runtime_options *options;
    struct adder_backend_info found[BACKENDS_MAX];
    size_t count;
    char folder[PATH_MAX]; /* they are in */
    bool own_venv;         /* the backend's own is wanted */
};

static int open_one(const struct choice *c, size_t i, struct selection *s, bool *exists,
                    struct adder_error *err)
{
    *exists = true;
    return c->own_venv ? open_with_venv(&c->found[i], s, exists, err)
                       : open_backend(c->found[i].path, &s->backend, err);
}

/* Says why a backend is not used. The only one needs no warning: its error is returned. */
static void pass_over(const struct choice *c, size_t i, const struct adder_error *why)
{
    const struct adder_facts *facts = c->options->facts;
    char text[ADDER_MESSAGE_MAX + 64];

    if (facts == NULL || facts->log == NULL || c->count == 1)
        return;
    snprintf(text, sizeof(text), "Python %s is passed over: %s", c->found[i].version,
             why->message);
    facts->log(c->options->facts_ctx, str_of(text), ADDER_LOG_WARNING);
}

/* Opens the newest backend whose venv exists, else the newest. Those that cannot be opened do
 * not count. */
static int open_best(const struct choice *c, struct selection *s, struct adder_error *err)
{
    struct adder_error first = {.code = ADDER_OK};
    size_t newest = c->count;
    bool exists = false;

    for (size_t i = 0; i < c->count; i++) {
        if (open_one(c, i, s, &exists, err) == 0) {
            newest = newest == c->count ? i : newest;
            if (exists)
                return 0;
        } else if (err->code == ADDER_NOMEM) {
            return -1;
        } else {
            pass_over(c, i, err);
            if (first.code == ADDER_OK)
                first = *err;
        }
    }
    if (newest < c->count)
        return open_one(c, newest, s, &exists, err);
    *err = first;
    return c->count == 1 ? -1
                         : err_wrap(err, "none of %zu backends in '%s' can be used; the newest",
                                    c->count, c->folder);
}

/* Names the versions there are. */
static int no_backend(const char *want, const struct choice *c, struct adder_error *err)
{
    char versions[BACKENDS_MAX * 8] = "";
    size_t used = 0;

    if (c->count == 0)
        return err_set(err, ADDER_NOT_FOUND, "there is no backend (adder-py3.*.so) in '%s'",
                       c->folder);
    for (size_t i = 0; i < c->count && used < sizeof(versions); i++)
        used += (size_t)snprintf(versions + used, sizeof(versions) - used, "%s%s",
                                 i > 0 ? ", " : "", c->found[i].version);
    return err_set(err, ADDER_NOT_FOUND,
                   "there is no backend for Python %s in '%s', but for: %s", want, c->folder,
                   versions);
}

static int pick(const struct adder_runtime_options *o, const char *want, struct selection *s,
                struct adder_error *err)
{
    struct choice c = {
        .options = o,
        .own_venv = s->venv == NULL && (o->python == NULL || strchr(o->python, '/') == NULL),
    };
    bool exists;

    c.count = list(o->backend_dir, c.found, c.folder);
    if (c.count > 0 && want[0] == '\0')
        return open_best(&c, s, err);
    for (size_t i = 0; i < c.count; i++)
        if (strcmp(c.found[i].version, want) == 0)
            return open_one(&c, i, s, &exists, err);
    return no_backend(want, &c, err);
}

static void free_venv(struct selection *s)
{
    mem_free(s->venv);
}

int select_backend(const struct adder_runtime_options *options, struct selection *ret,
                   struct adder_error *err)
{
    CLEANUP(free_venv) struct selection s = {.backend = NULL};
    char want[VENV_VERSION_MAX];

    if (read_wishes(options, want, &s.venv, err) < 0 || pick(options, want, &s, err) < 0)
        return -1;
    *ret = (struct selection){s.backend, TAKE(s.venv)};
    return 0;
}
