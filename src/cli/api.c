#include "cli/api.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#include "agent/config.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

const struct option api_options[API_OPTIONS] = {
    {.name = "config",
     .letter = 'c',
     .type = OPTION_TEXT,
     .offset = offsetof(struct api_options, config),
     .value = "FILE",
     .help = "Read from this adder.yaml where the agent listens, and its token. Else "
             "from " CONFIG_FILE_DEFAULT ", if it is there.",
     .completion = COMPLETE_FILES},
    {.name = "address",
     .letter = 'a',
     .type = OPTION_TEXT,
     .offset = offsetof(struct api_options, address),
     .value = "ADDR:PORT|unix:PATH",
     .help = "Where the agent listens. Else as $ADDER_LISTEN or adder.yaml says, "
             "else " CONFIG_LISTEN_DEFAULT "."},
    {.name = "token",
     .type = OPTION_TEXT,
     .offset = offsetof(struct api_options, token),
     .value = "TOKEN",
     .help = "The agent's api_token. Better left to adder.yaml or $ADDER_API_TOKEN, for other "
             "users can see the command line."},
};

struct api {
    CURL *curl;
    char *base;   /* "http://127.0.0.1:23337" */
    char *socket; /* path of a unix socket, NULL: none */
    char *where;  /* as people write it */
    struct curl_slist *headers;
};

/* ---- New -------------------------------------------------------------------------------- */

static int set_address(struct api *a, const char *listen, struct adder_error *err)
{
    const char *unix_prefix = "unix:", *http = "http://";

    if (*listen == '\0')
        return err_set(err, ADDER_INVALID,
                       "adder.yaml has an empty 'listen': the agent cannot be asked anything");
    if (strchr(listen, ':') == NULL)
        return err_set(err, ADDER_INVALID, "'%s' is no address: write ADDR:PORT or unix:PATH",
                       listen);
    a->where = mem_strdup(listen);
    if (strncmp(listen, unix_prefix, strlen(unix_prefix)) == 0) {
        a->socket = mem_strdup(listen + strlen(unix_prefix));
        a->base = mem_strdup("http://localhost");
    } else if (strncmp(listen, http, strlen(http)) == 0) {
        a->base = mem_strdup(listen);
    } else {
        a->base = mem_printf("http://%s", listen);
    }
    if (a->base == NULL || a->where == NULL)
        return err_nomem(err);
    return 0;
}

static int set_token(struct api *a, const char *token, struct adder_error *err)
{
    AUTOFREE char *header = NULL;

    if (token == NULL || *token == '\0')
        return 0;
    header = mem_printf("Authorization: Bearer %s", token);
    if (header != NULL)
        a->headers = curl_slist_append(NULL, header);
    return a->headers != NULL ? 0 : err_nomem(err);
}

/* An adder.yaml that was not named, and cannot be read, is no obstacle to whoever names the
 * address: often it is only for root to read. *ret is NULL then. */
static int read_settings(const struct api_options *options, struct config **ret,
                         struct adder_error *err)
{
    struct config_remarks remarks = {NULL, 0};
    int rc = config_read(options->config, ret, &remarks, err);

    config_remarks_free(&remarks);
    return options->config == NULL && options->address != NULL ? 0 : rc;
}

static int set_up(struct api *a, const struct api_options *options, struct adder_error *err)
{
    CLEANUP(config_freep) struct config *config = NULL;
    const char *address = options->address, *token = options->token;
    struct adder_error ignored;

    if (read_settings(options, &config, err) < 0)
        return -1;
    a->curl = curl_easy_init();
    if (a->curl == NULL)
        return err_nomem(err);
    if (address == NULL)
        address = config->listen;
    /* Who may not read the token's file is told when one is needed, which is seldom. */
    if (token == NULL && config != NULL && config_read_token(config, &ignored) == 0)
        token = config->token;
    return set_address(a, address, err) < 0 ? -1 : set_token(a, token, err);
}

int api_new(const struct api_options *options, struct api **ret, struct adder_error *err)
{
    CLEANUP(api_freep) struct api *a = mem_zalloc(sizeof(*a));

    if (a == NULL)
        return err_nomem(err);
    if (set_up(a, options, err) < 0)
        return -1;
    *ret = TAKE(a);
    return 0;
}

void api_free(struct api *a)
{
    if (a == NULL)
        return;
    if (a->curl != NULL)
        curl_easy_cleanup(a->curl);
    curl_slist_free_all(a->headers);
    mem_free(a->base);
    mem_free(a->socket);
    mem_free(a->where);
    mem_free(a);
}

/* ---- Asking ----------------------------------------------------------------------------- */

void api_escape(struct buf *b, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (isalnum(c) || strchr("-._~", c) != NULL)
            buf_add_char(b, *text);
        else
            buf_printf(b, "%%%02X", c);
    }
}

static int prepare(struct api *a, const char *method, const char *path, struct adder_error *err)
{
    AUTOFREE char *url = mem_printf("%s%s", a->base, path);

    if (url == NULL)
        return err_nomem(err);
    curl_easy_reset(a->curl);
    curl_easy_setopt(a->curl, CURLOPT_URL, url); /* copied */
    curl_easy_setopt(a->curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(a->curl, CURLOPT_HTTPHEADER, a->headers);
    curl_easy_setopt(a->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(a->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(a->curl, CURLOPT_CONNECTTIMEOUT, (long)API_TIMEOUT_S);
    if (a->socket != NULL)
        curl_easy_setopt(a->curl, CURLOPT_UNIX_SOCKET_PATH, a->socket);
    return 0;
}

static int explain(const struct api *a, CURLcode code, struct adder_error *err)
{
    long errnum = 0;

    curl_easy_getinfo(a->curl, CURLINFO_OS_ERRNO, &errnum);
    if (code == CURLE_COULDNT_CONNECT && errnum == EACCES)
        return err_set(err, ADDER_SYSTEM,
                       "asking the agent at %s: permission denied: its socket is for root and "
                       "its own user",
                       a->where);
    if (code == CURLE_COULDNT_CONNECT)
        return err_set(err, ADDER_SYSTEM,
                       "no agent listens at %s: is `adder run` running? --address says where "
                       "else to look",
                       a->where);
    return err_set(err, ADDER_SYSTEM, "asking the agent at %s: %s", a->where,
                   curl_easy_strerror(code));
}

/* What the agent says of a request it refuses is one line of text. */
static int judge(const struct api *a, struct adder_str body, struct adder_error *err)
{
    long status = 0;

    curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200 || status == 202)
        return 0;
    body = str_trim(body);
    if (status == 401)
        return err_set(err, ADDER_INVALID,
                       "the agent at %s wants its token, and %s: give api_token of its "
                       "adder.yaml by --config, $ADDER_API_TOKEN or --token",
                       a->where, a->headers != NULL ? "this is another one" : "none was given");
    if (status == 403)
        return err_set(err, ADDER_INVALID, "the agent at %s refuses: %.*s", a->where,
                       STR_ARG(body));
    return err_set(err,
                   status == 404   ? ADDER_NOT_FOUND
                   : status == 409 ? ADDER_STATE
                                   : ADDER_SYSTEM,
                   "%.*s", STR_ARG(body));
}

static size_t keep(char *bytes, size_t one, size_t count, void *ctx)
{
    struct buf *b = ctx;

    buf_add(b, bytes, one * count);
    return b->failed ? 0 : one * count;
}

int api_ask(struct api *a, const char *method, const char *path, json_t **ret,
            struct adder_error *err)
{
    CLEANUP(buf_free) struct buf body;
    json_error_t why;
    json_t *document;
    CURLcode code;

    buf_init(&body, API_ANSWER_MAX);
    if (prepare(a, method, path, err) < 0)
        return -1;
    curl_easy_setopt(a->curl, CURLOPT_TIMEOUT, (long)API_TIMEOUT_S * 6);
    curl_easy_setopt(a->curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(a->curl, CURLOPT_WRITEDATA, &body);
    code = curl_easy_perform(a->curl);
    if (buf_check(&body, err) < 0)
        return -1;
    if (code != CURLE_OK)
        return explain(a, code, err);
    if (judge(a, (struct adder_str){body.data, body.len}, err) < 0)
        return -1;
    document = json_loadb(body.data != NULL ? body.data : "", body.len, JSON_DECODE_ANY, &why);
    if (document == NULL)
        return err_set(err, ADDER_SYSTEM, "%s does not answer as an agent does: %s", a->where,
                       why.text);
    *ret = document;
    return 0;
}

/* ---- Events ----------------------------------------------------------------------------- */

struct follower {
    struct api *api;
    struct buf line;
    bool (*fn)(void *ctx, struct adder_str data);
    void *ctx;
    bool enough;
};

/* A line of an event stream (HTML Living Standard, section 9.2): only "data:" is of interest.
 */
static void take_line(struct follower *f)
{
    struct adder_str line = {f->line.data, f->line.len};

    if (str_starts(line, "data:")) {
        line.ptr += strlen("data:");
        line.len -= strlen("data:");
        f->enough = !f->fn(f->ctx, str_trim(line));
    }
    buf_clear(&f->line);
}

static size_t follow(char *bytes, size_t one, size_t count, void *ctx)
{
    struct follower *f = ctx;
    long status = 0;

    curl_easy_getinfo(f->api->curl, CURLINFO_RESPONSE_CODE, &status);
    for (size_t i = 0; i < one * count && !f->enough; i++) {
        if (bytes[i] == '\n' && status == 200)
            take_line(f);
        else
            buf_add_char(&f->line, bytes[i]);
    }
    return f->enough ? 0 : one * count;
}

int api_follow(struct api *a, const char *path, bool (*fn)(void *ctx, struct adder_str data),
               void *ctx, struct adder_error *err)
{
    struct follower f = {.api = a, .fn = fn, .ctx = ctx};
    CURLcode code;
    long status = 0;
    int rc;

    if (prepare(a, "GET", path, err) < 0)
        return -1;
    buf_init(&f.line, API_LINE_MAX);
    curl_easy_setopt(a->curl, CURLOPT_WRITEFUNCTION, follow);
    curl_easy_setopt(a->curl, CURLOPT_WRITEDATA, &f);
    code = curl_easy_perform(a->curl);
    curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
    if (f.enough)
        rc = 0;
    else if (status == 200)
        rc = err_set(err, ADDER_SYSTEM, "the agent at %s has ended", a->where);
    else if (code != CURLE_OK)
        rc = explain(a, code, err);
    else
        rc = judge(a, (struct adder_str){f.line.data, f.line.len}, err);
    buf_free(&f.line);
    return rc;
}
