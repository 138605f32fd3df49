/* The functions of struct adder_facts. Here errors that have no way to the check are logged. */
#include <string.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"
#include "host/answers.h"
#include "host/names.h"
#include "host/state.h"
#include "obfuscate/obfuscate.h"

enum {
    ANSWER_MAX = 16 * 1024 * 1024, /* bytes of a setting as YAML, of the host's tags as JSON */
    OBFUSCATED_MAX = 4 * OBFUSCATE_INPUT_MAX, /* bytes; one of input can become several */
};

/* ---- Names ------------------------------------------------------------------------------ */

static void reply_text(struct adder_reply *ret, const char *text)
{
    adder_reply(ret, text, strlen(text));
}

static void fact_hostname(void *ctx, struct adder_reply *ret)
{
    struct adder_error err;
    char name[HOSTNAME_MAX + 2];

    if (host_name(ctx, name, sizeof(name), &err) < 0) {
        LOG_WARN("%s", err.message);
        name[0] = '\0';
    }
    reply_text(ret, name);
}

static void fact_cluster_name(void *ctx, struct adder_reply *ret)
{
    AUTOFREE char *name = host_cluster_name(ctx);

    reply_text(ret, name != NULL ? name : "");
}

/* ---- Settings and what is made of them -------------------------------------------------- */

static void fact_version(void *ctx, struct adder_reply *ret)
{
    (void)ctx;
    reply_text(ret, HOST_AGENT_VERSION);
}

static void fact_headers(void *ctx, struct adder_reply *ret)
{
    (void)ctx;
    reply_text(ret, "Accept: text/html, */*\n"
                    "Content-Type: application/x-www-form-urlencoded\n"
                    "User-Agent: Datadog Agent/" HOST_AGENT_VERSION "\n");
}

static int proxy_yaml(const struct host *h, struct buf *out, struct adder_error *err)
{
    return answer_proxy(h->settings, out, err);
}

static int run_path_yaml(const struct host *h, struct buf *out, struct adder_error *err)
{
    (void)err;
    settings_quote(out, str_of(cache_folder(h->cache)));
    return 0;
}

/* Settings whose answer is more than their value. */
static const struct {
    const char *key;
    int (*answer)(const struct host *h, struct buf *out, struct adder_error *err);
} special_settings[] = {
    {"proxy", proxy_yaml},
    {"run_path", run_path_yaml},
};

static int setting_yaml(const struct host *h, const char *key, struct buf *out,
                        struct adder_error *err)
{
    CLEANUP(setting_clear) struct setting v = {0};

    for (size_t i = 0; i < ARRAY_LEN(special_settings); i++)
        if (strcmp(special_settings[i].key, key) == 0)
            return special_settings[i].answer(h, out, err);
    if (settings_get(h->settings, key, &v, err) < 0)
        return -1;
    return v.value != NULL ? yaml_write(v.value, out, err) : 0;
}

static void fact_config(void *ctx, struct adder_str key, struct adder_reply *ret)
{
    CLEANUP(buf_free) struct buf out;
    char name[SETTINGS_KEY_MAX + 1];
    struct adder_error err;

    buf_init(&out, ANSWER_MAX);
    if (key.len >= sizeof(name) || memchr(key.ptr, '\0', key.len) != NULL)
        return;
    memcpy(name, key.ptr, key.len);
    name[key.len] = '\0';
    if (setting_yaml(ctx, name, &out, &err) < 0 || buf_check(&out, &err) < 0)
        LOG_ERROR("setting %s: %s", name, err.message);
    else if (out.len > 0)
        adder_reply(ret, out.data, out.len);
}

static void fact_host_tags(void *ctx, struct adder_reply *ret)
{
    const struct host *h = ctx;
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    buf_init(&out, ANSWER_MAX);
    if (answer_host_tags(h->settings, &out, &err) < 0 || buf_check(&out, &err) < 0)
        LOG_ERROR("host tags: %s", err.message);
    else
        adder_reply(ret, out.data, out.len);
}

static bool fact_tracemalloc(void *ctx)
{
    const struct host *h = ctx;
    struct adder_error err;
    bool on = false;

    if (settings_bool(h->settings, "tracemalloc_debug", &on, &err) < 0)
        LOG_ERROR("setting tracemalloc_debug: %s", err.message);
    return on;
}

static double fact_start_time(void *ctx)
{
    const struct host *h = ctx;

    return h->started;
}

/* The Agent takes a number that is no level for "info". */
static void fact_log(void *ctx, struct adder_str message, int level)
{
    static const int levels[] = {ADDER_LOG_TRACE,   ADDER_LOG_DEBUG, ADDER_LOG_INFO,
                                 ADDER_LOG_WARNING, ADDER_LOG_ERROR, ADDER_LOG_CRITICAL};
    int taken = ADDER_LOG_INFO;

    (void)ctx;
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (levels[i] == level)
            taken = level;
    LOG(taken, "%.*s", STR_ARG(message));
}

/* ---- Cache, commands, obfuscation ------------------------------------------------------- */

/* Replies with bytes from outside as the Agent does, to which they are a C string: up to the
 * first NUL. `text` may be NULL when `len` is 0. */
static void reply_up_to_nul(struct adder_reply *ret, const char *text, size_t len)
{
    adder_reply(ret, len > 0 ? text : "", len > 0 ? strnlen(text, len) : 0);
}

static int fact_cache_write(void *ctx, struct adder_str key, struct adder_str value,
                            struct adder_error *err)
{
    const struct host *h = ctx;

    return cache_write(h->cache, key, value, err);
}

static int fact_cache_read(void *ctx, struct adder_str key, struct adder_reply *ret,
                           struct adder_error *err)
{
    const struct host *h = ctx;
    AUTOFREE char *text = NULL;
    size_t len;

    if (cache_read(h->cache, key, &text, &len, err) < 0) {
        LOG_ERROR("Failed to read cache %.*s: %s", STR_ARG(key), err->message);
        return -1;
    }
    reply_up_to_nul(ret, text, len);
    return 0;
}

static int fact_subprocess(void *ctx, const struct adder_command *command,
                           struct adder_reply *out, struct adder_reply *errout, int *code,
                           struct adder_error *err)
{
    const struct host *h = ctx;
    struct command_request request = {
        .argv = command->argv,
        .env = command->env != NULL ? command->env : settings_environ(h->settings),
        .path = settings_env(h->settings, "PATH"),
    };
    CLEANUP(buf_free) struct buf stdout_text, stderr_text;

    buf_init(&stdout_text, COMMAND_OUTPUT_MAX);
    buf_init(&stderr_text, COMMAND_OUTPUT_MAX);
    if (command->argv[0] == NULL)
        return err_set(err, ADDER_INVALID, "invalid command: empty list");
    if (command_run(h->commands, &request, &stdout_text, &stderr_text, code, err) < 0)
        return -1;
    reply_up_to_nul(out, stdout_text.data, stdout_text.len);
    reply_up_to_nul(errout, stderr_text.data, stderr_text.len);
    return 0;
}

/* Hands over the result of an obfuscator that returned `rc`. */
static int reply_buf(int rc, const struct buf *b, struct adder_reply *ret,
                     struct adder_error *err)
{
    if (rc < 0 || buf_check(b, err) < 0)
        return -1;
    adder_reply(ret, b->len > 0 ? b->data : "", b->len);
    return 0;
}

static int fact_sql(void *ctx, struct adder_str query, struct adder_str options,
                    struct adder_reply *ret, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf out;

    (void)ctx;
    buf_init(&out, OBFUSCATED_MAX);
    return reply_buf(obfuscate_sql(query, options, &out, err), &out, ret, err);
}

static int fact_sql_plan(void *ctx, struct adder_str plan, bool normalize,
                         struct adder_reply *ret, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf out;

    (void)ctx;
    buf_init(&out, OBFUSCATED_MAX);
    return reply_buf(obfuscate_sql_plan(plan, normalize, &out, err), &out, ret, err);
}

static int fact_mongodb(void *ctx, struct adder_str command, struct adder_reply *ret,
                        struct adder_error *err)
{
    CLEANUP(buf_free) struct buf out;

    (void)ctx;
    buf_init(&out, OBFUSCATED_MAX);
    return reply_buf(obfuscate_mongodb(command, &out, err), &out, ret, err);
}

/* ---- Containers ------------------------------------------------------------------------- */

/* There is no kubelet client: the answer of an Agent built without one. */
static void fact_kubelet(void *ctx, struct adder_reply *ret)
{
    (void)ctx;
    reply_text(ret, "{}");
}

static bool fact_excluded(void *ctx, struct adder_str name, struct adder_str image,
                          struct adder_str ns)
{
    const struct host *h = ctx;

    return container_filter_excludes(h->containers, name, image, ns);
}

/* `tags` is absent: there is no tagger, so no entity has tags. */
const struct adder_facts host_facts = {
    .version = fact_version,
    .hostname = fact_hostname,
    .cluster_name = fact_cluster_name,
    .config = fact_config,
    .headers = fact_headers,
    .host_tags = fact_host_tags,
    .tracemalloc_enabled = fact_tracemalloc,
    .process_start_time = fact_start_time,
    .log = fact_log,
    .cache_write = fact_cache_write,
    .cache_read = fact_cache_read,
    .obfuscate_sql = fact_sql,
    .obfuscate_sql_exec_plan = fact_sql_plan,
    .obfuscate_mongodb = fact_mongodb,
    .subprocess = fact_subprocess,
    .kubelet_connection = fact_kubelet,
    .container_excluded = fact_excluded,
};
