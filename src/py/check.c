#include "py/check.h"

#include <pthread.h>
#include <string.h>

#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/text.h"
#include "py/construct.h"
#include "py/convert.h"
#include "py/fail.h"
#include "py/gil.h"
#include "py/interrupt.h"
#include "py/loader.h"
#include "py/memory.h"
#include "py/runtime.h"
#include "py/users.h"

/* Bytes of diagnoses we write ourselves; an escaped error text fits. */
enum { DIAGNOSES_MAX = 6 * (ADDER_MESSAGE_MAX + ADDER_TRACEBACK_MAX) + 256 };

struct py_check {
    PyObject *object;
    struct py_loaded loaded;
    struct adder_check_info info;
    char *name, *id, *source; /* what `info` and `user` point to */
    void *sink_user;          /* as configured; NULL once freed. The GIL guards it */
    struct user user;
    struct account *account;
    pthread_mutex_t turn;     /* held by whoever runs it */
    unsigned long generation; /* of the runtime it belongs to */
    struct interruptible run; /* the GIL guards it */
    unsigned inside;          /* calls under way; the GIL guards it */
    bool freed;               /* by one of those: the last is to do it */
    bool run_broke;           /* the last run() raised; `turn` guards it */
    struct py_check *next_orphan;
};

static struct py_check *orphans; /* freed while no runtime was up */
static pthread_mutex_t orphans_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- The end ---------------------------------------------------------------------------- */

static void free_memory(struct py_check *c)
{
    account_release(c->account);
    pthread_mutex_destroy(&c->turn);
    py_loaded_end(&c->loaded);
    mem_free(c->name);
    mem_free(c->id);
    mem_free(c->source);
    mem_free(c);
}

/* Its destructor may still submit. GIL held. */
static void release(struct py_check *c)
{
    user_enter(&c->user);
    Py_CLEAR(c->object);
    user_leave();
    users_remove(&c->user);
    free_memory(c);
}

/* ---- Visits: a thread inside a check ---------------------------------------------------- */

struct visit {
    struct py_check *check; /* NULL: not begun */
    struct adder_gil gil;
    struct account *account_before;
};

/* Waits for the check's turn. Whoever has it may need the GIL to finish, so a thread that
 * holds the GIL gives it back while it waits. */
static int take_turn(struct py_check *c, struct adder_error *err)
{
    PyThreadState *held;

    if (user_is_here(&c->user))
        return err_set(err, ADDER_STATE, "check '%s' is running on this very thread", c->name);
    if (pthread_mutex_trylock(&c->turn) == 0)
        return 0;
    held = gil_is_here() ? PyEval_SaveThread() : NULL;
    pthread_mutex_lock(&c->turn);
    if (held != NULL)
        PyEval_RestoreThread(held);
    return 0;
}

/* Takes the GIL for a check of the runtime that is up. */
static int enter(struct py_check *c, struct adder_gil *gil, struct adder_error *err)
{
    if (gil_lock(gil, err) < 0)
        return -1;
    if (c->generation == gil_generation()) {
        c->inside++;
        return 0;
    }
    gil_unlock(gil);
    return err_set(err, ADDER_STATE, "the runtime of check '%s' has ended", c->name);
}

static void leave(struct py_check *c, struct adder_gil *gil)
{
    if (--c->inside == 0 && c->freed)
        release(c);
    gil_unlock(gil);
}

static int visit_begin(struct visit *v, struct py_check *c, struct adder_error *err)
{
    if (take_turn(c, err) < 0)
        return -1;
    if (enter(c, &v->gil, err) < 0) {
        pthread_mutex_unlock(&c->turn);
        return -1;
    }
    v->check = c;
    user_enter(&c->user);
    v->account_before = account_enter(c->account);
    return 0;
}

static void visit_end(struct visit *v)
{
    if (v->check == NULL)
        return;
    account_leave(v->account_before);
    user_leave();
    pthread_mutex_unlock(&v->check->turn);
    leave(v->check, &v->gil);
}

/* ---- New and free ----------------------------------------------------------------------- */

/* From inside one of its own calls it cannot go yet, but the sink's user may: nobody is handed
 * that any more. GIL held. */
static void free_now_or_later(struct py_check *c)
{
    c->freed = true;
    if (c->inside == 0) {
        release(c);
        return;
    }
    users_remove(&c->user);
    c->sink_user = NULL;
}

void check_free(struct py_check *c)
{
    struct adder_gil gil = {{NULL}};
    struct adder_error err;

    if (c == NULL)
        return;
    if (take_turn(c, &err) == 0)
        pthread_mutex_unlock(&c->turn);
    if (gil_lock(&gil, &err) == 0) {
        free_now_or_later(c);
        gil_unlock(&gil);
        return;
    }
    users_remove(&c->user);
    pthread_mutex_lock(&orphans_lock);
    c->next_orphan = orphans;
    orphans = c;
    pthread_mutex_unlock(&orphans_lock);
}

void check_drop_orphans(void)
{
    struct py_check *c, *next;

    pthread_mutex_lock(&orphans_lock);
    c = TAKE(orphans);
    pthread_mutex_unlock(&orphans_lock);
    for (; c != NULL; c = next) {
        next = c->next_orphan;
        Py_CLEAR(c->object);
        free_memory(c);
    }
}

static struct py_check *allocate(const struct adder_check_config *config,
                                 struct adder_error *err)
{
    struct py_check *c = mem_zalloc(sizeof(*c));

    if (c == NULL || pthread_mutex_init(&c->turn, NULL) != 0) {
        mem_free(c);
        err_nomem(err);
        return NULL;
    }
    c->account = account_new();
    c->name = mem_strdup(config->name != NULL ? config->name : "");
    c->id = mem_strdup(config->id != NULL ? config->id : "");
    c->source = mem_strdup(config->source != NULL ? config->source : "");
    c->generation = gil_generation();
    c->sink_user = config->user;
    c->user = (struct user){.id = {"", 0}, .user = &c->sink_user};
    if (c->account != NULL && c->name != NULL && c->id != NULL && c->source != NULL)
        return c;
    free_memory(c);
    err_nomem(err);
    return NULL;
}

/* During the constructor the check has no id: it has not been told. */
static int construct(struct py_check *c, const struct adder_check_config *config,
                     struct adder_error *err)
{
    struct account *before = account_enter(c->account);

    user_enter(&c->user);
    c->object = py_construct(c->loaded.class, config, &c->info.deprecated_api, err);
    user_leave();
    account_leave(before);
    Py_CLEAR(c->loaded.class); /* the object has its own reference */
    if (c->object == NULL)
        return -1;
    c->user.id = str_of(c->id);
    return users_add(&c->user, err);
}

static void describe(struct py_check *c)
{
    c->info.name = c->name;
    c->info.id = c->id;
    c->info.source = c->source;
    c->info.module = c->loaded.module;
    c->info.file = c->loaded.file;
    c->info.version = c->loaded.version;
    c->info.wheel = c->loaded.wheel;
}

int check_new(const struct adder_check_config *config, struct py_check **ret,
              struct adder_error *err)
{
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    struct py_check *c;

    if (gil_lock(&gil, err) < 0 || (c = allocate(config, err)) == NULL)
        return -1;
    if (py_load(config->name, &c->loaded, err) < 0 || construct(c, config, err) < 0) {
        release(c);
        return -1;
    }
    describe(c);
    *ret = c;
    return 0;
}

const struct adder_check_info *check_info(const struct py_check *c)
{
    return &c->info;
}

void check_memory(const struct py_check *c, struct adder_memory *ret)
{
    memory_account(c->account, ret);
}

/* ---- Run -------------------------------------------------------------------------------- */

/* The first object of a JSON list, as the base reports a failed check(): [{"message": ...,
 * "traceback": ...}]. NULL, nothing pending, for any other text. */
static PyObject *parse_report(PyObject *text)
{
    REF *json = PyImport_ImportModule("json");
    REF *list = json != NULL ? PyObject_CallMethod(json, "loads", "O", text) : NULL;
    PyObject *first = list != NULL && PyList_Check(list) ? PyList_GetItem(list, 0) : NULL;

    PyErr_Clear();
    return first != NULL && PyDict_Check(first) ? Py_NewRef(first) : NULL;
}

/* Makes an error of what run() returned. Always returns -1. */
static int failure_of(PyObject *text, struct adder_error *err)
{
    REF *report = parse_report(text);
    PyObject *said = report != NULL ? PyDict_GetItemString(report, "message") : NULL;
    PyObject *where = said != NULL ? PyDict_GetItemString(report, "traceback") : NULL;
    REF *message = py_encoded(said != NULL ? said : text);
    REF *traceback = py_encoded(where);

    err_set(err, ADDER_CHECK, "%s",
            message != NULL ? PyBytes_AS_STRING(message) : "the check failed");
    if (traceback != NULL)
        err_traceback(err, PyBytes_AS_STRING(traceback), (size_t)PyBytes_GET_SIZE(traceback));
    return -1;
}

/* Calls a method without arguments. Its name is interned, as in the class: one made anew with
 * each call would stay in CPython's method cache. */
static PyObject *call_method(PyObject *object, const char *name)
{
    REF *interned = PyUnicode_InternFromString(name);

    return interned != NULL ? PyObject_CallMethodNoArgs(object, interned) : NULL;
}

/* Calls run(). Its text, a str; NULL with *err set, ADDER_CHECK when it was interrupted. */
static PyObject *call_run(struct py_check *c, struct adder_error *err)
{
    REF *result = NULL;

    interruptible_begin(&c->run);
    result = call_method(c->object, "run");
    interruptible_end(&c->run);
    if (result == NULL && interrupted()) {
        py_fail(err, NULL);
        err->code = ADDER_CHECK;
    } else if (result == NULL)
        py_fail(err, "error invoking 'run' method");
    else if (!PyUnicode_Check(result))
        err_set(err, ADDER_PYTHON, "error invoking 'run' method: it returned %s, not str",
                Py_TYPE(result)->tp_name);
    else
        return TAKE(result);
    return NULL;
}

/* Tells the sink what becomes of what was submitted. */
static void settle(const struct py_check *c,
                   void (*how)(void *ctx, void *user, struct adder_str check_id))
{
    if (how != NULL)
        how(py_runtime()->sink_ctx, c->sink_user, c->user.id);
}

int check_run(struct py_check *c, enum adder_run_mode mode, struct adder_error *err)
{
    CLEANUP(visit_end) struct visit v = {.check = NULL};
    REF *result = NULL;

    if (mode != ADDER_COMMIT && mode != ADDER_NO_COMMIT)
        return err_set(err, ADDER_INVALID, "there is no run mode %d", (int)mode);
    if (visit_begin(&v, c, err) < 0)
        return -1;
    result = call_run(c, err);
    c->run_broke = result == NULL && err->code != ADDER_CHECK;
    if (c->run_broke)
        settle(c, py_runtime()->sink.discard);
    else if (mode == ADDER_COMMIT)
        settle(c, py_runtime()->sink.commit);
    if (result == NULL)
        return -1;
    return PyUnicode_GetLength(result) == 0 ? 0 : failure_of(result, err);
}

int check_interrupt(struct py_check *c, const char *why, bool *ret, struct adder_error *err)
{
    struct adder_gil gil = {{NULL}};
    int rc = 0;
    bool hit;

    if (enter(c, &gil, err) < 0)
        return -1;
    hit = interruptible_hit(&c->run, why);
    if (!hit && PyErr_Occurred() != NULL)
        rc = py_fail(err, "error interrupting the run");
    else
        *ret = hit;
    leave(c, &gil);
    return rc;
}

int check_cancel(struct py_check *c, struct adder_error *err)
{
    struct adder_gil gil = {{NULL}};
    struct user here;
    PyObject *done;
    int rc;

    if (enter(c, &gil, err) < 0)
        return -1;
    here = c->user; /* which a run under way uses */
    user_enter(&here);
    done = call_method(c->object, "cancel");
    rc = done != NULL ? 0 : py_fail(err, "error invoking 'cancel' method");
    Py_XDECREF(done);
    user_leave();
    leave(c, &gil);
    return rc;
}

/* ---- Warnings and diagnoses ------------------------------------------------------------- */

int check_warnings(struct py_check *c, struct adder_reply *ret, struct adder_error *err)
{
    CLEANUP(visit_end) struct visit v = {.check = NULL};
    REF *list = NULL;

    if (visit_begin(&v, c, err) < 0)
        return -1;
    if (c->run_broke)
        return 0;
    list = call_method(c->object, "get_warnings");
    if (list == NULL)
        return py_fail(err, "error invoking 'get_warnings' method");
    if (!PyList_Check(list))
        return err_set(err, ADDER_PYTHON,
                       "error invoking 'get_warnings' method: it returned %s, not list",
                       Py_TYPE(list)->tp_name);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        struct adder_str text;

        if (py_text(item, &text))
            adder_reply(ret, text.ptr, text.len);
        else
            py_log(ADDER_LOG_DEBUG, "check '%s': skipped a warning that is no text but %s",
                   c->name, Py_TYPE(item)->tp_name);
    }
    return 0;
}

/* Says, as a diagnosis, that the diagnoses could not be had. */
static int diagnose_failure(const struct adder_error *why, struct adder_reply *ret,
                            struct adder_error *err)
{
    CLEANUP(buf_free) struct buf b;

    buf_init(&b, DIAGNOSES_MAX);
    buf_add_str(&b, "[{\"result\":3, \"diagnosis\": \"check's get_diagnoses() method failed\", "
                    "\"rawerror\": ");
    text_json(&b, str_of(why->traceback[0] != '\0' ? why->traceback : why->message));
    buf_add_str(&b, "}]");
    if (buf_check(&b, err) < 0)
        return -1;
    adder_reply(ret, b.data, b.len);
    return 0;
}

int check_diagnoses(struct py_check *c, struct adder_reply *ret, struct adder_error *err)
{
    CLEANUP(visit_end) struct visit v = {.check = NULL};
    struct adder_error why;
    struct adder_str text;
    REF *result = NULL;

    if (visit_begin(&v, c, err) < 0)
        return -1;
    result = call_method(c->object, "get_diagnoses");
    if (result == NULL) {
        py_fail(&why, NULL);
        return diagnose_failure(&why, ret, err);
    }
    if (!PyUnicode_Check(result) || !py_text(result, &text)) {
        err_set(&why, ADDER_PYTHON, "error converting 'get_diagnoses' result to string");
        return diagnose_failure(&why, ret, err);
    }
    adder_reply(ret, text.ptr, text.len);
    return 0;
}
