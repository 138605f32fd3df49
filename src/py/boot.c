#include "py/boot.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/venv.h"
#include "py/backend.h"
#include "py/modules.h"

/* What an interpreter is started with. */
struct plan {
    char *executable; /* sys.executable */
    char *home;       /* or NULL: found from the executable */
    char *pip;        /* the command, for messages */
};

/* The plan of the interpreter that runs, for the life of the process. */
static struct plan running;
static bool failed; /* CPython cannot be started again after a failure */

static void plan_free(struct plan *p)
{
    mem_free(p->executable);
    mem_free(p->home);
    mem_free(p->pip);
}

/* ---- Deciding --------------------------------------------------------------------------- */

/* Names the folder and how to make it. */
static int no_venv(const char *venv, struct adder_error *err)
{
    return err_set(err, ADDER_NOT_FOUND,
                   "there is no virtual environment '%s'; make one: python%s -m venv '%s' && "
                   "'%s/bin/pip' install " BOOT_REQUIREMENT,
                   venv, adder_backend.version, venv, venv);
}

static int plan_venv(const char *venv, struct plan *ret, struct adder_error *err)
{
    char version[VENV_VERSION_MAX];

    if (venv_version(venv, version, err) < 0)
        return err->code == ADDER_NOT_FOUND ? no_venv(venv, err) : -1;
    if (version[0] != '\0' && strcmp(version, adder_backend.version) != 0)
        return err_set(err, ADDER_INVALID,
                       "the virtual environment '%s' is one of Python %s, not of Python %s",
                       venv, version, adder_backend.version);
    ret->executable = mem_printf("%s/bin/python", venv);
    ret->pip = mem_printf("'%s/bin/pip'", venv);
    if (ret->executable == NULL || ret->pip == NULL)
        return err_nomem(err);
    if (access(ret->executable, X_OK) < 0)
        return err_set(
            err, ADDER_NOT_FOUND,
            "the virtual environment '%s' has no interpreter any more: '%s' does not "
            "lead to one; make it anew",
            venv, ret->executable);
    return 0;
}

static int plan_interpreter(const char *path, struct plan *ret, struct adder_error *err)
{
    ret->executable = mem_strdup(path);
    ret->pip = mem_printf("'%s' -m pip", path);
    if (ret->executable == NULL || ret->pip == NULL)
        return err_nomem(err);
    if (access(path, X_OK) < 0)
        return err_set(err, ADDER_NOT_FOUND, "there is no interpreter '%s'", path);
    return 0;
}

/* The standard library is in lib, or in lib64 where distributions keep those apart. */
static int check_home(const char *home, struct adder_error *err)
{
    static const char *const libs[] = {"lib", "lib64"};

    for (size_t i = 0; i < ARRAY_LEN(libs); i++) {
        AUTOFREE char *path =
            mem_printf("%s/%s/python%s/os.py", home, libs[i], adder_backend.version);

        if (path == NULL)
            return err_nomem(err);
        if (access(path, R_OK) == 0)
            return 0;
    }
    return err_set(err, ADDER_NOT_FOUND,
                   "'%s' is not the home of a Python %s: it has no lib/python%s/os.py", home,
                   adder_backend.version, adder_backend.version);
}

static int plan_home(const char *home, struct plan *ret, struct adder_error *err)
{
    if (home == NULL)
        return 0;
    if (check_home(home, err) < 0)
        return -1;
    ret->home = mem_strdup(home);
    return ret->home != NULL ? 0 : err_nomem(err);
}

static int plan_make(const struct adder_runtime_options *o, struct plan *ret,
                     struct adder_error *err)
{
    bool is_path = o->python != NULL && strchr(o->python, '/') != NULL;
    int rc;

    if (o->venv == NULL && is_path)
        rc = plan_interpreter(o->python, ret, err);
    else
        rc = plan_venv(o->venv != NULL ? o->venv : adder_backend.venv, ret, err);
    return rc < 0 ? -1 : plan_home(o->home, ret, err);
}

/* ---- Starting --------------------------------------------------------------------------- */

static int check_status(PyStatus status, struct adder_error *err)
{
    if (!PyStatus_Exception(status))
        return 0;
    return err_set(err, ADDER_PYTHON, "Python does not start: %s",
                   status.err_msg != NULL ? status.err_msg : "it wants to exit");
}

static int preinitialize(struct adder_error *err)
{
    PyPreConfig pre;

    PyPreConfig_InitIsolatedConfig(&pre);
    pre.utf8_mode = 1;
    return check_status(Py_PreInitialize(&pre), err);
}

static int set_string(PyConfig *c, wchar_t **member, const char *value, struct adder_error *err)
{
    if (value == NULL)
        return 0;
    return check_status(PyConfig_SetBytesString(c, member, value), err);
}

/* Program name and executable are both the interpreter's, so that its pyvenv.cfg is found and
 * children that checks start through sys.executable work. */
static int set_paths(PyConfig *c, const struct plan *p, struct adder_error *err)
{
    if (set_string(c, &c->program_name, p->executable, err) < 0 ||
        set_string(c, &c->executable, p->executable, err) < 0)
        return -1;
    return set_string(c, &c->home, p->home, err);
}

static int initialize(const struct plan *p, struct adder_error *err)
{
    CLEANUP(PyConfig_Clear) PyConfig c;

    PyConfig_InitIsolatedConfig(&c);
    c.install_signal_handlers = 0;
    c.parse_argv = 0;
    c.site_import = 1;
    c.user_site_directory = 0;
    c.pathconfig_warnings = 0;
    c.write_bytecode = 1;
    if (set_paths(&c, p, err) < 0)
        return -1;
    return check_status(Py_InitializeFromConfig(&c), err);
}

/*
 * Older setuptools replace the standard library's distutils at start-up unless told otherwise,
 * which breaks integrations that compare the two. From 3.12 on there is only theirs.
 */
static void choose_distutils(void)
{
#if PY_HAS_DISTUTILS
    const char *now = getenv("SETUPTOOLS_USE_DISTUTILS");

    if (now == NULL || now[0] == '\0')
        setenv("SETUPTOOLS_USE_DISTUTILS", "stdlib", 1);
#endif
}

/* Extension modules do not name the library they get Python's functions from; they expect them
 * to be there for all, which our being opened for the front alone does not make so. Where it
 * fails they say what they miss. */
static void share_libpython(void)
{
    Dl_info info;

    if (dladdr((void *)&Py_IsInitialized, &info) != 0)
        dlopen(info.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD | RTLD_NODELETE);
}

/* The module that `signal` is built on takes SIGINT for KeyboardInterrupt when it is imported,
 * asked for or not. So that is done now and undone; later imports do nothing. */
static void import_signals(void)
{
    struct sigaction before;
    PyObject *module;

    sigaction(SIGINT, NULL, &before);
    module = PyImport_ImportModule("_signal");
    sigaction(SIGINT, &before, NULL);
    Py_XDECREF(module);
    PyErr_Clear();
}

static int start(struct plan *p, struct adder_error *err)
{
    if (Py_IsInitialized())
        return err_set(err, ADDER_STATE, "this process runs a Python of its own already");
    failed = true;
    share_libpython();
    choose_distutils();
    if (preinitialize(err) < 0 || modules_register(err) < 0 || initialize(p, err) < 0)
        return -1;
    failed = false;
    running = *p;
    *p = (struct plan){.executable = NULL};
    import_signals();
    PyEval_SaveThread();
    return 0;
}

/* ---- The interpreter that runs already -------------------------------------------------- */

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static int check_running(const struct plan *p, struct adder_error *err)
{
    if (same(p->executable, running.executable) && same(p->home, running.home))
        return 0;
    return err_set(
        err, ADDER_STATE,
        "Python of '%s' runs in this process for good and cannot be replaced by that "
        "of '%s'",
        running.executable, p->executable);
}

int boot_python(const struct adder_runtime_options *options, struct adder_error *err)
{
    CLEANUP(plan_free) struct plan p = {.executable = NULL};

    if (failed)
        return err_set(err, ADDER_STATE, "Python failed to start earlier in this process");
    if (plan_make(options, &p, err) < 0)
        return -1;
    return running.executable != NULL ? check_running(&p, err) : start(&p, err);
}

const char *boot_pip(void)
{
    return running.pip != NULL ? running.pip : "";
}
