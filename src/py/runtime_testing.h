/*
 * runtime_testing.h - what tests of a running backend include: folders of modules to load, a
 * log and a sink that remember, and children in which Python has not been started yet.
 */
#ifndef ADDER_PY_RUNTIME_TESTING_H
#define ADDER_PY_RUNTIME_TESTING_H

#include "py/python.h"

#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/file.h"
#include "core/str.h"
#include "core/testing.h"
#include "py/backend.h"
#include "py/check.h"
#include "py/memory.h"
#include "py/runtime.h"
#include "py/sanitizers_testing.h"

/* ---- Folders ---------------------------------------------------------------------------- */

/* A folder of this test program, removed at its end. */
static char scratch[64];

static inline int remove_entry(const char *path, const struct stat *info, int type,
                               struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static inline void scratch_remove(void)
{
    nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void scratch_make(void)
{
    snprintf(scratch, sizeof(scratch), "/tmp/adder-test-XXXXXX");
    assert_non_null(mkdtemp(scratch));
}

/* Writes a file below the scratch folder, with the folders it is in. */
static inline void scratch_write(const char *name, const char *text)
{
    AUTOFREE char *path = mem_printf("%s/%s", scratch, name);
    struct adder_error err;

    for (char *slash = strchr(path + strlen(scratch) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    assert_int_equal(file_write(path, str_of(text), &err), 0);
}

/* The text with every mention of the scratch folder as TMP; in a buffer of its own, used again
 * with the next call. */
static inline const char *without_scratch(const char *text)
{
    static struct buf b;
    const char *at;

    buf_free(&b);
    buf_init(&b, 1 << 16);
    for (; (at = strstr(text, scratch)) != NULL; text = at + strlen(scratch)) {
        buf_add(&b, text, (size_t)(at - text));
        buf_add_str(&b, "TMP");
    }
    buf_add_str(&b, text);
    return b.data;
}

/* ---- What is heard ---------------------------------------------------------------------- */

static struct buf heard; /* log records and submissions, a line each */
static pthread_mutex_t heard_lock = PTHREAD_MUTEX_INITIALIZER;

static inline void hear_log(void *ctx, struct adder_str message, int level)
{
    (void)ctx;
    pthread_mutex_lock(&heard_lock);
    buf_printf(&heard, "%d %.*s\n", level, STR_ARG(message));
    pthread_mutex_unlock(&heard_lock);
}

/* `user` is a string in these tests. */
static inline void hear_metric(void *ctx, void *user, struct adder_str id,
                               const struct adder_metric *m)
{
    (void)ctx;
    buf_printf(&heard, "metric %s '%.*s' %.*s %g\n", user != NULL ? (const char *)user : "-",
               STR_ARG(id), STR_ARG(m->name), m->value);
}

static inline void hear_commit(void *ctx, void *user, struct adder_str id)
{
    (void)ctx;
    buf_printf(&heard, "commit %s '%.*s'\n", user != NULL ? (const char *)user : "-",
               STR_ARG(id));
}

static inline void hear_discard(void *ctx, void *user, struct adder_str id)
{
    (void)ctx;
    buf_printf(&heard, "discard %s '%.*s'\n", user != NULL ? (const char *)user : "-",
               STR_ARG(id));
}

static const struct adder_sink hearing_sink = {
    .metric = hear_metric, .commit = hear_commit, .discard = hear_discard};
static const char *log_level_setting = "debug\n";

static inline void answer_config(void *ctx, struct adder_str key, struct adder_reply *ret)
{
    (void)ctx;
    if (str_is(key, "log_level") && log_level_setting != NULL)
        adder_reply(ret, log_level_setting, strlen(log_level_setting));
}

static const struct adder_facts hearing_facts = {.log = hear_log, .config = answer_config};

/* Options of a runtime that loads from the scratch folder and is heard. */
static inline struct adder_runtime_options hearing_options(void)
{
    static const char *folders[] = {scratch, NULL};

    return (struct adder_runtime_options){
        .check_paths = folders, .sink = &hearing_sink, .facts = &hearing_facts};
}

/* Whether a line was heard, all of it. */
static inline bool was_heard(const char *line)
{
    AUTOFREE char *whole = mem_printf("%s\n", line);

    return heard.data != NULL && strstr(heard.data, whole) != NULL;
}

static inline void assert_heard(const char *line)
{
    if (!was_heard(line))
        print_error("heard was:\n%s", heard.data != NULL ? heard.data : "");
    assert_true(was_heard(line));
}

/* ---- The life of a test program --------------------------------------------------------- */

static inline void hearing_begin(void)
{
    scratch_make();
    buf_init(&heard, 1 << 20);
}

static inline void hearing_start(void)
{
    struct adder_runtime_options o = hearing_options();
    struct adder_error err;

    if (runtime_start(&o, &err) < 0)
        fail_msg("%s\n%s", err.message, err.traceback);
}

/* For cmocka, after a test and after all of them: whatever was tested, all that was copied
 * across the border must have been released, and nothing else. */
static inline int stop(void **state)
{
    (void)state;
    runtime_stop();
    return 0;
}

static inline int tear_down(void **state)
{
    struct adder_memory memory;

    stop(state);
    scratch_remove();
    buf_free(&heard);
    memory_process(&memory);
    return memory.border.inuse_bytes == 0 && memory.border.allocations == memory.border.frees
               ? 0
               : -1;
}

/* ---- Checks ----------------------------------------------------------------------------- */

static inline struct py_check *make_with(struct adder_check_config config)
{
    struct py_check *check;
    struct adder_error err;

    if (check_new(&config, &check, &err) < 0)
        fail_msg("%s: %s\n%s", config.name, err.message, err.traceback);
    return check;
}

static inline void must_run(struct py_check *c)
{
    struct adder_error err;

    if (check_run(c, ADDER_COMMIT, &err) < 0)
        fail_msg("%s\n%s", err.message, err.traceback);
}

/* ---- Replies ---------------------------------------------------------------------------- */

struct text_reply {
    struct adder_reply reply;
    struct buf text; /* a line each */
};

static inline void add_reply(struct adder_reply *self, const char *text, size_t len)
{
    struct text_reply *r = (struct text_reply *)self;

    buf_add(&r->text, text, len);
    buf_add_char(&r->text, '\n');
}

static inline void text_reply_start(struct text_reply *r)
{
    r->reply.add = add_reply;
    buf_init(&r->text, 1 << 20);
}

/* ---- Children --------------------------------------------------------------------------- */

/* Runs `fn` in a child process and gives the error it ended with; code ADDER_OK for none. */
static inline struct adder_error in_child(int (*fn)(struct adder_error *err))
{
    struct adder_error err = {.code = ADDER_OK};
    size_t got = 0;
    int fds[2], status;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (fn(&err) == 0)
            err.code = ADDER_OK;
        _exit(write(fds[1], &err, sizeof(err)) == (ssize_t)sizeof(err) ? 0 : 1);
    }
    close(fds[1]);
    while (got < sizeof(err)) {
        ssize_t n = read(fds[0], (char *)&err + got, sizeof(err) - got);

        if (n <= 0)
            break;
        got += (size_t)n;
    }
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(got, sizeof(err));
    return err;
}

#endif
