#include "agent/secret.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/template.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/map.h"
#include "core/mem.h"
#include "core/str.h"
#include "host/command.h"

enum {
    REQUEST_MAX = 64 * 1024 * 1024, /* bytes; handles come from files that have limits */
    COMPLAINT_MAX = 200,            /* bytes of what the command says that go into a message */
};

struct secrets {
    char **argv; /* of the command; NULL: there is none */
    int timeout_ms;
    bool group_may_execute, trim_newline;
    struct map *values;      /* handle -> NUL-terminated text */
    struct adder_error hung; /* why the command is not asked again; code 0: it is */
    struct commands *commands;
};

/* ---- Life ------------------------------------------------------------------------------- */

static void wipe(void *text)
{
    explicit_bzero(text, strlen(text));
    mem_free(text);
}

static int copy_command(struct secrets *s, const struct secret_options *options)
{
    const char *const none[] = {NULL}, *const *arguments = options->arguments;
    size_t count = 0;

    if (options->command == NULL || options->command[0] == '\0')
        return 0;
    arguments = arguments != NULL ? arguments : none;
    while (arguments[count] != NULL)
        count++;
    s->argv = mem_zalloc((count + 2) * sizeof(char *));
    if (s->argv == NULL || (s->argv[0] = mem_strdup(options->command)) == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        if ((s->argv[i + 1] = mem_strdup(arguments[i])) == NULL)
            return -1;
    return 0;
}

static int to_ms(double seconds)
{
    double ms = (seconds > 0 ? seconds : SECRET_TIMEOUT_S) * 1000;

    return ms < INT_MAX ? (int)ceil(ms) : INT_MAX;
}

int secrets_new(const struct secret_options *options, struct secrets **ret,
                struct adder_error *err)
{
    CLEANUP(secrets_freep) struct secrets *s = mem_zalloc(sizeof(*s));

    if (s == NULL)
        return err_nomem(err);
    s->timeout_ms = to_ms(options->timeout_s);
    s->group_may_execute = options->group_may_execute;
    s->trim_newline = options->trim_newline;
    s->values = map_new();
    if (s->values == NULL || copy_command(s, options) < 0)
        return err_nomem(err);
    if (commands_new(&s->commands, err) < 0)
        return -1;
    *ret = TAKE(s);
    return 0;
}

void secrets_free(struct secrets *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; s->argv != NULL && s->argv[i] != NULL; i++)
        mem_free(s->argv[i]);
    mem_free(s->argv);
    if (s->values != NULL)
        map_free(s->values, wipe);
    commands_free(s->commands);
    mem_free(s);
}

void secrets_forget(struct secrets *s)
{
    struct adder_str handle;
    size_t at = 0;
    void *text;

    while (map_next(s->values, &at, &handle, &text))
        wipe(map_remove(s->values, handle));
    s->hung.code = ADDER_OK;
}

/* ---- Whom to trust ---------------------------------------------------------------------- */

/* Whoever can change the command can read every secret, and whoever can run it too. */
static int check_rights(const struct secrets *s, struct adder_error *err)
{
    const char *path = s->argv[0];
    mode_t forbidden = s->group_may_execute ? S_IWGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    struct stat st;

    if (path[0] != '/')
        return err_set(err, ADDER_INVALID, "an absolute path is needed");
    if (stat(path, &st) < 0)
        return err_errno(err, errno, "it cannot be run");
    if (!S_ISREG(st.st_mode))
        return err_set(err, ADDER_INVALID, "it is no file");
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return err_set(err, ADDER_INVALID, "it belongs to user %u, neither to root nor to us",
                       (unsigned)st.st_uid);
    if ((st.st_mode & forbidden) != 0)
        return err_set(err, ADDER_INVALID,
                       "its mode is %03o, but neither group nor others may have rights "
                       "(chmod %s)",
                       (unsigned)st.st_mode & 0777, s->group_may_execute ? "750" : "700");
    if (access(path, X_OK) < 0)
        return err_errno(err, errno, "it cannot be run");
    return 0;
}

/* ---- Asking ----------------------------------------------------------------------------- */

static void free_json(json_t **json)
{
    json_decref(*json);
}

/* The texts are jansson's, but nobody will read them again. */
static void free_answer(json_t **answer)
{
    const char *handle;
    json_t *item;

    json_object_foreach(*answer, handle, item)
    {
        json_t *value = json_object_get(item, "value");

        if (json_is_string(value))
            explicit_bzero((char *)json_string_value(value), json_string_length(value));
    }
    json_decref(*answer);
}

static void wipe_buf(struct buf *b)
{
    if (b->data != NULL)
        explicit_bzero(b->data, b->cap);
    buf_free(b);
}

static int to_buf(const char *text, size_t len, void *buf)
{
    buf_add(buf, text, len);
    return 0;
}

static int write_request(json_t *handles, struct buf *to, struct adder_error *err)
{
    CLEANUP(free_json)
    json_t *request = json_pack("{s:s, s:O}", "version", "1.0", "secrets", handles);

    if (request == NULL || json_dump_callback(request, to_buf, to, JSON_COMPACT) < 0)
        return err_nomem(err);
    return buf_check(to, err);
}

/* As much of a complaint as goes into a message: its first line. */
static struct adder_str shorten(struct adder_str text)
{
    size_t len = 0;

    text = str_trim(text);
    while (len < text.len && len < COMPLAINT_MAX && text.ptr[len] != '\n')
        len++;
    text.len = len;
    text.len = str_utf8_prefix(text);
    return text;
}

/* What the command says on standard error should hold no secrets: the Agent logs it, too. */
static int failed(int code, const struct buf *errout, struct adder_error *err)
{
    struct adder_str text = shorten((struct adder_str){errout->data, errout->len});

    if (text.len > 0)
        err_set(err, ADDER_SYSTEM, "%.*s", STR_ARG(text));
    else
        err_set(err, ADDER_SYSTEM, "it does not say why");
    return code < 0 ? err_wrap(err, "a signal ended it") : err_wrap(err, "exit code %d", code);
}

/* Room for all it may print is there from the beginning, for a buffer that moves leaves copies
 * behind. */
static int run(struct secrets *s, struct adder_str request, struct buf *out,
               struct adder_error *err)
{
    CLEANUP(buf_free) struct buf errout;
    int code = 0;

    buf_init(&errout, SECRET_OUTPUT_MAX);
    if (buf_reserve(out, SECRET_OUTPUT_MAX) == NULL)
        return err_nomem(err);
    if (command_run(s->commands,
                    &(struct command_request){
                        .argv = (const char *const *)s->argv,
                        .env = (const char *const *)environ,
                        .timeout_ms = s->timeout_ms,
                        .input = request,
                    },
                    out, &errout, &code, err) < 0)
        return -1;
    return code != 0 ? failed(code, &errout, err) : 0;
}

static int ask(struct secrets *s, json_t *handles, json_t **ret, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf request;
    CLEANUP(wipe_buf) struct buf out;
    json_error_t why;

    buf_init(&request, REQUEST_MAX);
    buf_init(&out, SECRET_OUTPUT_MAX);
    if (check_rights(s, err) < 0 || write_request(handles, &request, err) < 0 ||
        run(s, (struct adder_str){request.data, request.len}, &out, err) < 0)
        return err_wrap(err, "secret_backend_command '%s'", s->argv[0]);
    *ret = json_loadb(out.data, out.len, 0, &why);
    if (json_is_object(*ret))
        return 0;
    json_decref(*ret);
    *ret = NULL;
    return err_set(err, ADDER_INVALID,
                   "secret_backend_command '%s': what it printed is no JSON object",
                   s->argv[0]);
}

/* ---- Answers ---------------------------------------------------------------------------- */

/* What an answer says of a handle. */
struct entry {
    bool there;
    struct adder_str error; /* "" when all is well */
    struct adder_str value; /* absent when it is no text */
};

static struct adder_str text_in(const json_t *item, const char *key)
{
    const json_t *text = json_object_get(item, key);

    return (struct adder_str){json_string_value(text), json_string_length(text)};
}

static struct entry look_up(const struct secrets *s, const json_t *answer, const char *handle)
{
    const json_t *item = json_object_get(answer, handle);
    struct entry e = {json_is_object(item), text_in(item, "error"), text_in(item, "value")};

    if (s->trim_newline && e.value.len > 0 && e.value.ptr[e.value.len - 1] == '\n')
        e.value.len -= e.value.len > 1 && e.value.ptr[e.value.len - 2] == '\r' ? 2 : 1;
    return e;
}

/* Keeps the values that there are; whether one is missing is seen when it is needed. */
static int keep_values(struct secrets *s, const json_t *handles, const json_t *answer)
{
    for (size_t i = 0; i < json_array_size(handles); i++) {
        const char *handle = json_string_value(json_array_get(handles, i));
        struct entry e = look_up(s, answer, handle);
        char *text;

        if (!e.there || e.error.len > 0 || e.value.len == 0)
            continue;
        text = mem_strndup(e.value.ptr, e.value.len);
        if (text == NULL)
            return -1;
        if (map_set(s->values, str_of(handle), text, NULL) < 0) {
            wipe(text);
            return -1;
        }
    }
    return 0;
}

/* Says why there is no value. */
static int no_value(const struct entry *e, struct adder_error *err)
{
    struct adder_str complaint = shorten(e->error);
    const char *why = "answered with an empty value";

    if (complaint.len > 0)
        return err_set(err, ADDER_NOT_FOUND, "%.*s", STR_ARG(complaint));
    if (!e->there)
        why = "did not answer for it";
    else if (e->value.ptr == NULL)
        why = "answered with a value that is no text";
    return err_set(err, ADDER_NOT_FOUND, "secret_backend_command %s", why);
}

/* ---- Trees ------------------------------------------------------------------------------ */

/* One tree on its way. */
struct resolving {
    struct secrets *s;
    json_t *handles; /* wanted and not known, each once */
    struct map *seen;
    const struct value *first; /* that wants one of them */
    json_t *answer;
    struct adder_error *err;
};

static void resolving_clear(struct resolving *r)
{
    json_decref(r->handles);
    if (r->answer != NULL)
        free_answer(&r->answer);
    map_free(r->seen, NULL);
}

/* A value that was made, not read, has no place. */
static int fail_at(const struct value *at, struct adder_error *err)
{
    return at->line > 0 ? err_wrap(err, "%u:%u", at->line, at->column) : -1;
}

/* Whether a string is ENC[handle]. */
static bool has_handle(const struct value *string, struct adder_str *handle)
{
    struct adder_str text = str_trim(string->text);

    if (!is_secret(text))
        return false;
    *handle = (struct adder_str){text.ptr + strlen("ENC["), text.len - strlen("ENC[]")};
    return true;
}

static int collect_handle(void *ctx, const struct value *key, struct value **string)
{
    struct resolving *r = ctx;
    struct adder_str handle;

    (void)key;
    if (!has_handle(*string, &handle) || map_get(r->s->values, handle) != NULL ||
        map_get(r->seen, handle) != NULL)
        return 0;
    if (map_count(r->seen) == SECRET_HANDLES_MAX) {
        err_set(r->err, ADDER_LIMIT, "more than %d secrets", SECRET_HANDLES_MAX);
        return fail_at(*string, r->err);
    }
    if (map_set(r->seen, handle, r, NULL) < 0 ||
        json_array_append_new(r->handles, json_stringn(handle.ptr, handle.len)) < 0)
        return err_nomem(r->err);
    if (r->first == NULL)
        r->first = *string;
    return 0;
}

static int check_value(void *ctx, const struct value *key, struct value **string)
{
    struct resolving *r = ctx;
    AUTOFREE char *name = NULL;
    struct adder_str handle;
    struct entry e;

    (void)key;
    if (!has_handle(*string, &handle) || map_get(r->s->values, handle) != NULL)
        return 0;
    name = mem_strndup(handle.ptr, handle.len);
    if (name == NULL)
        return err_nomem(r->err);
    e = look_up(r->s, r->answer, name);
    no_value(&e, r->err);
    handle = shorten(handle);
    err_wrap(r->err, "secret '%.*s'", STR_ARG(handle));
    return fail_at(*string, r->err);
}

static int replace(void *ctx, const struct value *key, struct value **string)
{
    struct resolving *r = ctx;
    struct adder_str handle;
    struct value *v;

    (void)key;
    if (!has_handle(*string, &handle))
        return 0;
    v = value_new_text(VALUE_STRING, str_of(map_get(r->s->values, handle)));
    if (v == NULL)
        return err_nomem(r->err);
    v->line = (*string)->line;
    v->column = (*string)->column;
    value_free(*string);
    *string = v;
    return 0;
}

/* A command that took all its time once is not waited for again: each of many files would be.
 */
static int ask_unless_hung(struct resolving *r)
{
    struct secrets *s = r->s;

    if (s->hung.code == ADDER_OK && ask(s, r->handles, &r->answer, r->err) == 0)
        return 0;
    if (s->hung.code != ADDER_OK)
        *r->err = s->hung;
    else if (r->err->code == ADDER_LIMIT)
        s->hung = *r->err;
    return -1;
}

/* Asks for what is not known yet. */
static int complete(struct resolving *r)
{
    struct adder_error *err = r->err;
    int rc;

    if (r->s->argv == NULL)
        rc = err_set(err, ADDER_INVALID, "a secret, but secret_backend_command is not set");
    else
        rc = ask_unless_hung(r);
    if (rc < 0)
        return fail_at(r->first, err);
    return keep_values(r->s, r->handles, r->answer) < 0 ? err_nomem(err) : 0;
}

int secrets_resolve(struct secrets *s, struct value **tree, struct adder_error *err)
{
    CLEANUP(resolving_clear) struct resolving r = {
        .s = s, .handles = json_array(), .seen = map_new(), .err = err};

    if (r.handles == NULL || r.seen == NULL)
        return err_nomem(err);
    if (strings_each(tree, collect_handle, &r) != 0)
        return -1;
    if (r.first != NULL && (complete(&r) < 0 || strings_each(tree, check_value, &r) != 0))
        return -1;
    return strings_each(tree, replace, &r) != 0 ? -1 : 0;
}
