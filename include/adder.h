/*
 * adder.h - run Python checks written for the Datadog Agent from a C program.
 *
 * This is the whole public interface of libadder:
 *
 *   struct adder_runtime *rt;
 *   struct adder_check *check;
 *   struct adder_error err;
 *
 *   adder_runtime_new(&(struct adder_runtime_options){.sink = &my_sink}, &rt, &err);
 *   adder_check_new(rt, &(struct adder_check_config){.name = "disk"}, &check, &err);
 *   adder_check_run(check, ADDER_COMMIT, &err);
 *   adder_check_free(check);
 *   adder_runtime_free(rt);
 *
 * Conventions, unless a function says otherwise:
 *   - Functions return 0 for success and -1 for failure; then *err says why. Out-parameters
 *     come last but for the error, are named `ret`, and are untouched on failure.
 *   - Strings in are borrowed for the call. Strings in structures given to callbacks are
 *     borrowed until the callback returns: copy what you keep.
 *   - Every function may be called from any thread. Those that enter Python take the GIL
 *     themselves; callers never hold it.
 *   - The library never calls exit() or abort(), never sets errno for you to read, and
 *     installs no signal handler. Python code expects SIGPIPE to be ignored; a program whose
 *     checks use sockets or pipes should do so.
 */
#ifndef ADDER_H
#define ADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ADDER_API __attribute__((visibility("default")))

/* ---- Strings and errors ---------------------------------------------------------------- */

/* Bytes by pointer and length. Not NUL-terminated unless said so. `ptr` NULL means absent. */
struct adder_str {
    const char *ptr;
    size_t len; /* bytes */
};

/* What went wrong, for a caller that branches on it. */
enum adder_code {
    ADDER_OK = 0,
    ADDER_INVALID,   /* an argument or a configuration is wrong */
    ADDER_NOT_FOUND, /* no such check, Python, file */
    ADDER_SYSTEM,    /* the operating system refused; the message holds its reason */
    ADDER_LIMIT,     /* a limit of ours was reached */
    ADDER_NOMEM,     /* out of memory */
    ADDER_STATE,     /* the runtime is down */
    ADDER_PYTHON,    /* Python raised; `traceback` holds where */
    ADDER_CHECK,     /* check() raised inside the base's run(), which reported it */
    ADDER_REFUSED,   /* the integration refuses this configuration */
};

#define ADDER_MESSAGE_MAX   2048
#define ADDER_TRACEBACK_MAX 14336

/* Lives on the caller's stack, needs no initialisation and no release. */
struct adder_error {
    enum adder_code code;
    char message[ADDER_MESSAGE_MAX];     /* "outer: inner: cause", no final newline */
    char traceback[ADDER_TRACEBACK_MAX]; /* Python's, or ""; its end is kept when too long */
};

/* ---- What checks submit ---------------------------------------------------------------- */

/* Kinds of metric, with the numbers that Python checks use. */
enum adder_metric_kind {
    ADDER_GAUGE = 0,
    ADDER_RATE = 1,
    ADDER_COUNT = 2,
    ADDER_MONOTONIC_COUNT = 3,
    ADDER_COUNTER = 4,
    ADDER_HISTOGRAM = 5,
    ADDER_HISTORATE = 6,
};

/* A list of tags, each "key:value" or "word". In the check's order, duplicates kept. */
struct adder_tags {
    const struct adder_str *items;
    size_t count;
};

struct adder_metric {
    int kind; /* enum adder_metric_kind; checks can pass any number */
    struct adder_str name;
    double value; /* may be NaN or infinite */
    struct adder_tags tags;
    struct adder_str hostname; /* "" means the agent's own */
    bool flush_first_value;
};

struct adder_histogram_bucket {
    struct adder_str name;
    int64_t value;
    double lower, upper; /* bounds of the bucket; may be infinite */
    bool monotonic;
    struct adder_str hostname;
    struct adder_tags tags;
    bool flush_first_value;
    bool multi; /* came by submit_histogram_bucket_multi */
};

struct adder_service_check {
    struct adder_str name;
    int status; /* 0 ok, 1 warning, 2 critical, 3 unknown; checks can pass any number */
    struct adder_tags tags;
    struct adder_str hostname;
    struct adder_str message;
};

/* An absent text has ptr NULL. `timestamp` is seconds since the epoch, 0 when absent. */
struct adder_event {
    struct adder_str title, text;
    int64_t timestamp;
    struct adder_str priority, host, alert_type, aggregation_key, source_type_name, event_type;
    struct adder_tags tags; /* items NULL when the check gave none */
};

/*
 * Where submissions go. Any function may be NULL: its submissions are then dropped.
 * `ctx` is adder_runtime_options.sink_ctx. `user` is adder_check_config.user of the check
 * with that id, NULL if there is none (during a constructor, where the id is "", it is the
 * one under construction). Called with the GIL held, on the thread that submits: the one that
 * runs the check or, at any time, one that the check started. Return soon, never call back into
 * libadder.
 */
struct adder_sink {
    void (*metric)(void *ctx, void *user, struct adder_str check_id,
                   const struct adder_metric *m);
    void (*histogram_bucket)(void *ctx, void *user, struct adder_str check_id,
                             const struct adder_histogram_bucket *b);
    void (*service_check)(void *ctx, void *user, struct adder_str check_id,
                          const struct adder_service_check *s);
    void (*event)(void *ctx, void *user, struct adder_str check_id,
                  const struct adder_event *e);
    /* `raw` are the event's bytes, which may hold NUL. `type` such as "dbm-samples". */
    void (*event_platform)(void *ctx, void *user, struct adder_str check_id,
                           struct adder_str raw, struct adder_str type);
    void (*metadata)(void *ctx, void *user, struct adder_str check_id, struct adder_str name,
                     struct adder_str value);
    /* A log line as JSON text. */
    void (*log_line)(void *ctx, void *user, struct adder_str check_id, struct adder_str line);
    /* The following know no check id: `user` is the check running on this thread or NULL. */
    void (*external_tags)(void *ctx, void *user, struct adder_str hostname,
                          struct adder_str source, struct adder_tags tags);
    void (*telemetry)(void *ctx, void *user, struct adder_str check_name,
                      struct adder_str metric, double value, struct adder_str type);
    /* A health issue: `json` describes it. */
    void (*issue)(void *ctx, void *user, struct adder_str check_name, struct adder_str json);
    void (*issue_resolved)(void *ctx, void *user, struct adder_str issue_id);
    /* The run is over and what it submitted is complete (adder_check_run, ADDER_COMMIT). */
    void (*commit)(void *ctx, void *user, struct adder_str check_id);
    /* The run broke (adder_check_run, ADDER_PYTHON): what it submitted is not to be used. */
    void (*discard)(void *ctx, void *user, struct adder_str check_id);
};

/* ---- What checks ask for --------------------------------------------------------------- */

/* How a callback answers with text: it calls adder_reply() zero or more times. */
struct adder_reply {
    void (*add)(struct adder_reply *self, const char *text, size_t len);
};

/* Gives one text. Copies it. A getter that never calls this answers None (or an empty list). */
static inline void adder_reply(struct adder_reply *r, const char *text, size_t len)
{
    r->add(r, text, len);
}

/* Levels of a log record, with Python's numbers. */
enum adder_log_level {
    ADDER_LOG_TRACE = 7,
    ADDER_LOG_DEBUG = 10,
    ADDER_LOG_INFO = 20,
    ADDER_LOG_WARNING = 30,
    ADDER_LOG_ERROR = 40,
    ADDER_LOG_CRITICAL = 50,
};

/* A child process that a check wants run to its end. */
struct adder_command {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
    const char *const *env;  /* NULL-terminated "KEY=VALUE"; NULL: inherit ours */
};

/*
 * Questions checks ask. Any function may be NULL: the check then sees None, False, 0 or an
 * empty list, whatever fits. `ctx` is adder_runtime_options.facts_ctx. Called with the GIL
 * held unless marked "GIL free". Functions with `err` return 0, or -1 with *err set.
 */
struct adder_facts {
    void (*version)(void *ctx, struct adder_reply *ret);
    void (*hostname)(void *ctx, struct adder_reply *ret);
    void (*cluster_name)(void *ctx, struct adder_reply *ret);
    /* The setting `key` as YAML text; no reply when unset. */
    void (*config)(void *ctx, struct adder_str key, struct adder_reply *ret);
    /* HTTP headers of the agent as a YAML mapping. */
    void (*headers)(void *ctx, struct adder_reply *ret);
    /* JSON object text: source -> list of host tags. */
    void (*host_tags)(void *ctx, struct adder_reply *ret);
    bool (*tracemalloc_enabled)(void *ctx);
    double (*process_start_time)(void *ctx); /* seconds since the epoch */
    /* A log record of a check. `level` is Python's number, any. GIL free. */
    void (*log)(void *ctx, struct adder_str message, int level);
    /* The persistent cache, text by key. GIL free. A missing key reads as "". */
    int (*cache_write)(void *ctx, struct adder_str key, struct adder_str value,
                       struct adder_error *err);
    int (*cache_read)(void *ctx, struct adder_str key, struct adder_reply *ret,
                      struct adder_error *err);
    /* `options` is JSON text, ptr NULL when absent. */
    int (*obfuscate_sql)(void *ctx, struct adder_str query, struct adder_str options,
                         struct adder_reply *ret, struct adder_error *err);
    int (*obfuscate_sql_exec_plan)(void *ctx, struct adder_str plan, bool normalize,
                                   struct adder_reply *ret, struct adder_error *err);
    int (*obfuscate_mongodb)(void *ctx, struct adder_str command, struct adder_reply *ret,
                             struct adder_error *err);
    /* Runs a command to its end. Exit code in *code, -1 for death by signal. GIL free. */
    int (*subprocess)(void *ctx, const struct adder_command *command, struct adder_reply *out,
                      struct adder_reply *errout, int *code, struct adder_error *err);
    /* Tags of an entity, one reply each. `cardinality`: 0 low, 1 orchestrator, 2 high. */
    void (*tags)(void *ctx, struct adder_str entity, int cardinality, struct adder_reply *ret);
    /* How to reach the kubelet, as a YAML mapping. */
    void (*kubelet_connection)(void *ctx, struct adder_reply *ret);
    /* Whether a container is excluded. `ns` has ptr NULL when absent. */
    bool (*container_excluded)(void *ctx, struct adder_str name, struct adder_str image,
                               struct adder_str ns);
};

/* ---- Runtime --------------------------------------------------------------------------- */

struct adder_runtime;

/* All may be zero or NULL. Everything is copied but `sink`, `facts` and their contexts,
 * which must outlive the runtime. */
struct adder_runtime_options {
    /* Which Python: "3.11", the path of an interpreter, or NULL (or "3") for that of `venv`,
     * else the newest backend whose own venv exists, else the newest; those that cannot be
     * opened are passed over, with a warning to facts->log. "2" is refused. */
    const char *python;
    const char *venv; /* folder of a virtual environment; NULL: the backend's own */
    const char *home; /* sys.prefix of the standard library; NULL: the interpreter's */
    /* Where adder-py*.so are; NULL: beside this library or the program when there are any, else
     * where they were installed. */
    const char *backend_dir;
    /* NULL-terminated lists appended to sys.path in this order, after site-packages, and made
     * absolute. Folders of the environment's PYTHONPATH come first of all, as Python has it. */
    const char *const *python_path;
    const char *const *check_paths;
    const struct adder_sink *sink;
    void *sink_ctx;
    const struct adder_facts *facts;
    void *facts_ctx;
    /* Turns the memory account off (`memtrack_enabled: false`). The first runtime of a process
     * decides for all. */
    bool no_memory_tracking;
};

/*
 * Starts Python, imports the check base. One runtime at a time in a process; a second one
 * after adder_runtime_free() reuses the interpreter, which lives as long as the process does
 * (extension modules written in Rust cannot be loaded twice), and so must ask for the same
 * Python and venv. Errors: ADDER_NOT_FOUND (no such Python, venv, home, or no check base in
 * it), ADDER_INVALID, ADDER_STATE (a runtime exists), ADDER_PYTHON.
 */
ADDER_API int adder_runtime_new(const struct adder_runtime_options *options,
                                struct adder_runtime **ret, struct adder_error *err);

/* Waits for calls under way in other threads, then ends the runtime; later calls on its
 * checks fail with ADDER_STATE. Checks must still be freed, before or after. NULL is fine. */
ADDER_API void adder_runtime_free(struct adder_runtime *rt);

/* Facts about the Python in use. Valid as long as the runtime; NULL when it has ended. */
struct adder_python {
    const char *version;    /* "3.11.2" */
    const char *banner;     /* sys.version, one line */
    const char *executable; /* sys.executable */
    const char *path;       /* repr(sys.path) at start */
};
ADDER_API const struct adder_python *adder_runtime_python(const struct adder_runtime *rt);

/* A Python that adder was built for. */
struct adder_backend_info {
    char version[16]; /* "3.11" */
    char path[1024];  /* of the backend's shared library */
};

/* Fills `ret` with up to `max` backends found in `dir` (NULL: as options.backend_dir), newest
 * first. Returns how many there are, which may be more than `max`. */
ADDER_API size_t adder_backends(const char *dir, struct adder_backend_info *ret, size_t max);

/* Whether a backend can be opened: 0, or ADDER_NOT_FOUND (it or the libpython it needs cannot
 * be read) or ADDER_INVALID (it is of another version of adder). It stays in the process. */
ADDER_API int adder_backend_try(const struct adder_backend_info *backend,
                                struct adder_error *err);

/* Runs Python statements in a fresh namespace. SystemExit is an error like any other. */
ADDER_API int adder_runtime_exec(struct adder_runtime *rt, const char *code,
                                 struct adder_error *err);

/* The installed integrations (wheels named datadog-*), one reply each, sorted. */
ADDER_API int adder_runtime_integrations(struct adder_runtime *rt, struct adder_reply *ret,
                                         struct adder_error *err);

/* The names of all modules imported so far (sys.modules), one reply each, the latest last. */
ADDER_API int adder_runtime_modules(struct adder_runtime *rt, struct adder_reply *ret,
                                    struct adder_error *err);

/*
 * Forks this process so that Python works in the child too. The caller must be its only thread
 * (else ADDER_STATE: locks that other threads hold would stay locked in the child for good) and
 * must not hold the GIL. With `orphan` the process between the two forks ends at once, so that
 * the child's parent becomes, soon, whoever adopts orphans: init or a child subreaper. *ret is
 * 0 in the child, else its process id. ADDER_SYSTEM when the system cannot fork.
 */
ADDER_API int adder_runtime_fork(struct adder_runtime *rt, bool orphan, int64_t *ret,
                                 struct adder_error *err);

/*
 * The sticky GIL lock, for a program that calls CPython itself. Bound to the thread that
 * took it, nests. While any is held adder_runtime_free() waits. Fails with ADDER_STATE, and
 * holds nothing, when the runtime is down.
 */
struct adder_gil {
    void *state[2]; /* zero-initialise; opaque */
};
ADDER_API int adder_gil_lock(struct adder_runtime *rt, struct adder_gil *gil,
                             struct adder_error *err);
ADDER_API void adder_gil_unlock(struct adder_gil *gil); /* not locked: nothing happens */

/* ---- Checks ---------------------------------------------------------------------------- */

struct adder_check;

struct adder_check_config {
    const char *name;         /* "disk": looked for as datadog_checks.disk, disk, then
                                 adder_checks.disk */
    const char *init_config;  /* YAML text; NULL or "" is {} */
    const char *instance;     /* YAML text of one instance; NULL or "" is {} */
    const char *agent_config; /* YAML for constructors of the old API; NULL is {} */
    const char *id;           /* e.g. "disk:67cc0574430a16ba" */
    const char *source;       /* e.g. "file:/etc/adder/conf.d/disk.yaml"; for people */
    void *user;               /* handed to the sink with each submission */
};

/* Imports the check's module, finds its class, constructs it for the one instance. */
ADDER_API int adder_check_new(struct adder_runtime *rt, const struct adder_check_config *config,
                              struct adder_check **ret, struct adder_error *err);

/* Frees the check; its Python object is released. Waits for a run in another thread. Called
 * from inside the check's own run() or cancel(), it returns at once and the check is freed when
 * that ends. In any case the sink is not handed the check's `user` any more once this has
 * returned. NULL is fine. */
ADDER_API void adder_check_free(struct adder_check *check);

struct adder_check_info {
    const char *name; /* as configured */
    const char *id;
    const char *source;  /* as configured, or "" */
    const char *module;  /* "datadog_checks.disk" */
    const char *file;    /* of the module, or "" */
    const char *version; /* the module's __version__, or "unversioned" */
    bool wheel;          /* came as datadog_checks.<name> */
    bool deprecated_api; /* its constructor wanted agentConfig */
};
/* Valid as long as the check. */
ADDER_API const struct adder_check_info *adder_check_info(const struct adder_check *check);

enum adder_run_mode {
    ADDER_COMMIT,    /* tell the sink at the end */
    ADDER_NO_COMMIT, /* run only */
};

/*
 * Runs the check once. Fails with ADDER_CHECK when check() raised: the base caught it,
 * message and traceback are its own, and what had been submitted is committed all the same.
 * Fails with ADDER_PYTHON when run() itself raised (SystemExit, KeyboardInterrupt, …):
 * what had been submitted is discarded then and no warnings are collected. Any
 * other mode is ADDER_INVALID. One run of a check at a time; another thread's waits.
 */
ADDER_API int adder_check_run(struct adder_check *check, enum adder_run_mode mode,
                              struct adder_error *err);

/*
 * Makes the run under way end with an exception, adder.Interrupted, whose text is `why` ("the
 * run passed its timeout of 5 s"). *ret says whether there was a run: a later one is never hit.
 * It derives from BaseException, so that a check which goes on after any Exception ends too.
 * The run fails with ADDER_CHECK, message and traceback; what had been submitted is committed.
 * Waits for the GIL. Code that does not return to Python goes on until it does.
 */
ADDER_API int adder_check_interrupt(struct adder_check *check, const char *why, bool *ret,
                                    struct adder_error *err);

/* Calls the check's cancel(). It may be running meanwhile. */
ADDER_API int adder_check_cancel(struct adder_check *check, struct adder_error *err);

/* The warnings of the last run, one reply each; they are handed out once. */
ADDER_API int adder_check_warnings(struct adder_check *check, struct adder_reply *ret,
                                   struct adder_error *err);

/* The check's diagnoses: one reply, a JSON list. */
ADDER_API int adder_check_diagnoses(struct adder_check *check, struct adder_reply *ret,
                                    struct adder_error *err);

/* ---- Memory account -------------------------------------------------------------------- */

/* Strings and buffers handed across the border between C and Python. */
struct adder_memory_border {
    uint64_t allocations, allocated_bytes;
    uint64_t frees, freed_bytes;
    uint64_t inuse_bytes;
    uint64_t untracked_frees; /* releases of pointers that were never handed out */
};

/* Python's own allocators, all three domains. */
struct adder_memory_python {
    int64_t inuse_bytes;
    uint64_t total_bytes; /* ever allocated */
};

struct adder_memory {
    struct adder_memory_border border;
    struct adder_memory_python python;
};

/* The account of the process. All zero when tracking is off. Needs no GIL. */
ADDER_API void adder_runtime_memory(const struct adder_runtime *rt, struct adder_memory *ret);

/* The account of one check: what was allocated while it ran, wherever it is released. */
ADDER_API void adder_check_memory(const struct adder_check *check, struct adder_memory *ret);

#ifdef __cplusplus
}
#endif

#endif
