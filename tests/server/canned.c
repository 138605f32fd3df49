/*
 * canned.c - a server that serves what lies in a folder, for the tests of src/server.
 *
 *   server-canned FOLDER LISTEN TOKEN [LIMIT=N]...
 *
 * FOLDER has status.json, checks.json, memory.json and metrics.txt, read for each request;
 * while it has a file live or ready, that one is not, and the file says why. Prints its address
 * or why it has none. Then it does what the lines of standard input say, until that ends:
 *
 *   tail ID NAME JSON   hands the line to tails
 *   flood N             hands N lines about check "flood:1" to tails, in one turn of the loop
 *   stats               prints them
 *   answers             gives the answer to diagnoses of "late"
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/err.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"
#include "server/server.h"

enum { FILE_MAX = 64 * 1024 * 1024, LATE_MAX = 64, LINE_BYTES = 64 * 1024 };

static struct {
    const char *folder;
    struct server *server;
    uint64_t late[LATE_MAX];
    size_t late_count;
    char line[LINE_BYTES];
    uv_pipe_t input;
    struct buf pending;
} canned;

static void say(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void say(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

/* ---- The source ------------------------------------------------------------------------ */

static bool read_file(const char *name, char **ret, size_t *len)
{
    AUTOFREE char *path = mem_printf("%s/%s", canned.folder, name);
    struct adder_error err;

    return path != NULL && file_read(path, FILE_MAX, ret, len, &err) == 0;
}

static json_t *json_of(const char *name)
{
    AUTOFREE char *text = NULL;
    size_t len;

    return read_file(name, &text, &len) ? json_loadb(text, len, JSON_ALLOW_NUL, NULL) : NULL;
}

static const char *metrics(void *ctx, const char *accept, struct buf *to)
{
    AUTOFREE char *text = NULL;
    size_t len;

    (void)ctx;
    if (read_file("metrics.txt", &text, &len))
        buf_add(to, text, len);
    if (accept != NULL && strstr(accept, "application/openmetrics-text") != NULL)
        return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    return "text/plain; version=0.0.4; charset=utf-8";
}

static json_t *status(void *ctx)
{
    (void)ctx;
    return json_of("status.json");
}

static json_t *checks(void *ctx)
{
    (void)ctx;
    return json_of("checks.json");
}

static json_t *memory(void *ctx)
{
    (void)ctx;
    return json_of("memory.json");
}

static bool is_well(const char *name, struct buf *why)
{
    AUTOFREE char *text = NULL;
    size_t len;

    if (!read_file(name, &text, &len))
        return true;
    buf_add(why, text, len);
    return false;
}

static bool live(void *ctx, struct buf *why)
{
    (void)ctx;
    return is_well("live", why);
}

static bool ready(void *ctx, struct buf *why)
{
    (void)ctx;
    return is_well("ready", why);
}

static int run(void *ctx, struct adder_str id, struct adder_error *err)
{
    (void)ctx;
    if (str_starts(id, "unknown"))
        return err_set(err, ADDER_NOT_FOUND, "there is no check '%.*s'", STR_ARG(id));
    if (str_is(id, "busy:1"))
        return err_set(err, ADDER_STATE, "it is running");
    say("run %.*s", STR_ARG(id));
    return 0;
}

static int diagnose(void *ctx, struct adder_str id, uint64_t ticket, struct adder_error *err)
{
    struct adder_error bad;

    (void)ctx;
    if (str_is(id, "unknown"))
        return err_set(err, ADDER_NOT_FOUND, "there is no check 'unknown'");
    if (str_is(id, "now"))
        server_answer(canned.server, ticket, json_pack("[{s:s}]", "result", "success"), NULL);
    if (str_is(id, "bad")) {
        err_set(&bad, ADDER_PYTHON, "ValueError: two\nlines");
        server_answer(canned.server, ticket, NULL, &bad);
    }
    if (str_is(id, "late") && canned.late_count < LATE_MAX)
        canned.late[canned.late_count++] = ticket;
    say("diagnose %.*s", STR_ARG(id));
    return 0;
}

/* ---- Commands -------------------------------------------------------------------------- */

static void flood(long count)
{
    static const char json[] = "{\"id\":\"flood:1\",\"name\":\"flood.metric\",\"type\":"
                               "\"gauge\",\"value\":1,\"tags\":[]}";

    for (long i = 0; i < count; i++)
        server_tail(canned.server, str_of("flood:1"), str_of("flood.metric"), str_of(json));
    say("flooded");
}

static void give_answers(void)
{
    for (size_t i = 0; i < canned.late_count; i++)
        server_answer(canned.server, canned.late[i], json_pack("[]"), NULL);
    canned.late_count = 0;
    say("answered");
}

static void print_stats(void)
{
    struct server_stats s;

    server_stats(canned.server, &s);
    say("{\"requests\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"tail_lines\":%" PRIu64
        ",\"tail_lost\":%" PRIu64 ",\"connections\":%u,\"tails\":%u,\"has_tails\":%s}",
        s.requests, s.refused, s.tail_lines, s.tail_lost, s.connections, s.tails,
        server_has_tails(canned.server) ? "true" : "false");
}

static void obey(char *line)
{
    char *save = NULL;
    const char *word = strtok_r(line, " ", &save);

    if (word == NULL)
        return;
    if (strcmp(word, "tail") == 0) {
        const char *id = strtok_r(NULL, " ", &save), *name = strtok_r(NULL, " ", &save);

        server_tail(canned.server, str_of(id), str_of(name), str_of(save));
        say("tailed");
    } else if (strcmp(word, "flood") == 0) {
        flood(strtol(save, NULL, 10));
    } else if (strcmp(word, "stats") == 0) {
        print_stats();
    } else if (strcmp(word, "answers") == 0) {
        give_answers();
    }
}

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
    (void)handle, (void)size;
    *ret = uv_buf_init(canned.line, sizeof(canned.line));
}

static void on_input(uv_stream_t *input, ssize_t len, const uv_buf_t *bytes)
{
    char *line, *end;

    if (len < 0) {
        uv_close((uv_handle_t *)input, NULL);
        server_free(canned.server);
        return;
    }
    buf_add(&canned.pending, bytes->base, (size_t)len);
    for (line = canned.pending.data; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        obey(line);
    }
    canned.pending.len = strlen(line);
    memmove(canned.pending.data, line, canned.pending.len + 1);
}

/* ---- Starting -------------------------------------------------------------------------- */

static int set_limit(struct server_limits *limits, const char *text)
{
    const char *is = strchr(text, '=');
    unsigned long n = is != NULL ? strtoul(is + 1, NULL, 10) : 0;
    const struct {
        const char *name;
        unsigned *count;
        size_t *bytes;
    } all[] = {
        {"connections", &limits->connections, NULL},
        {"request_s", &limits->request_s, NULL},
        {"response_s", &limits->response_s, NULL},
        {"answer_s", &limits->answer_s, NULL},
        {"heartbeat_s", &limits->heartbeat_s, NULL},
        {"tail_bytes", NULL, &limits->tail_bytes},
        {"replies_bytes", NULL, &limits->replies_bytes},
    };

    for (size_t i = 0; n > 0 && i < ARRAY_LEN(all); i++) {
        if (!str_is((struct adder_str){text, (size_t)(is - text)}, all[i].name))
            continue;
        if (all[i].bytes != NULL)
            *all[i].bytes = n;
        else
            *all[i].count = (unsigned)n;
        return 0;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct server_options options = {
        .loop = uv_default_loop(),
        .listen = argc > 3 ? argv[2] : "",
        .token = argc > 3 ? argv[3] : "",
        .source = {NULL, metrics, status, checks, memory, live, ready, run, diagnose},
    };
    struct adder_error err;

    canned.folder = argc > 3 ? argv[1] : "";
    buf_init(&canned.pending, (size_t)2 * LINE_BYTES);
    for (int i = 4; i < argc; i++)
        if (set_limit(&options.limits, argv[i]) < 0)
            return 2;
    if (server_new(&options, &canned.server, &err) < 0) {
        say("%s", err.message);
    } else {
        say("%s", server_address(canned.server));
        uv_pipe_init(options.loop, &canned.input, 0);
        uv_pipe_open(&canned.input, STDIN_FILENO);
        uv_read_start((uv_stream_t *)&canned.input, on_room, on_input);
    }
    uv_run(options.loop, UV_RUN_DEFAULT);
    uv_loop_close(options.loop);
    buf_free(&canned.pending);
    return mem_live() == 0 ? 0 : 3;
}
