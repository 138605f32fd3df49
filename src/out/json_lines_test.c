#include "out/json_lines.h"

#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "core/testing.h"

enum { FILE_MAX = 64 * 1024 * 1024 };

static char folder[] = "/tmp/adder-json-lines.XXXXXX";
static char path[PATH_MAX];
static const struct origin from = {{"c", 1}, {"c:1", 3}, 15};

static int set_up(void **state)
{
    (void)state;
    log_set_level(log_level_of("off"));
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* A path that no test had before. */
static const char *new_path(void)
{
    static int number;

    snprintf(path, sizeof(path), "%s/%d.json", folder, number++);
    return path;
}

static void remove_files(void)
{
    char old[PATH_MAX + 16];

    unlink(path);
    for (int i = 1; i < 6; i++) {
        snprintf(old, sizeof(old), "%s.%d", path, i);
        unlink(old);
    }
}

static struct output *new_output(struct json_lines_options options)
{
    struct output *o = NULL;
    struct adder_error err;

    assert_int_equal(json_lines_new(&options, &o, &err), 0);
    return o;
}

/* A series whose value is `number`, with a name of `len` bytes. */
static void send(struct output *o, int number, size_t len)
{
    static char name[1024 * 1024];

    memset(name, 'n', sizeof(name));
    o->class->series(o, &from, &(struct series){.name = {name, len}, .value = number});
}

static void commit(struct output *o)
{
    o->class->commit(o, &from, 0);
}

/* The values of the lines of a text, "1 2 3"; all of it must be lines. */
static const char *values_of(struct adder_str text)
{
    static struct buf values = {.max = FILE_MAX};

    buf_clear(&values);
    buf_add(&values, "", 0);
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t len;
        json_t *value;

        assert_non_null(end);
        len = (size_t)(end - text.ptr);
        value = json_loadb(text.ptr, len, 0, NULL);
        assert_non_null(value);
        buf_printf(&values, "%s%lld", values.len > 0 ? " " : "",
                   (long long)json_integer_value(json_object_get(value, "value")));
        json_decref(value);
        text = (struct adder_str){end + 1, text.len - len - 1};
    }
    return values.data;
}

/* The same of the file with that suffix; "none" when there is none. */
static const char *values_in(const char *suffix)
{
    char name[PATH_MAX + 16], *text;
    struct adder_error err;
    const char *values;
    size_t len;

    snprintf(name, sizeof(name), "%s%s", path, suffix);
    if (file_read(name, FILE_MAX, &text, &len, &err) < 0)
        return "none";
    values = values_of((struct adder_str){text, len});
    mem_free(text);
    return values;
}

static void lines_are_written_with_the_commit(void **state)
{
    struct output *o = new_output((struct json_lines_options){.path = new_path()});
    struct sketch sketch = {0};

    (void)state;
    assert_string_equal(o->class->name, "json");
    send(o, 1, 1);
    send(o, 2, 1);
    assert_string_equal(values_in(""), "none");
    commit(o);
    assert_string_equal(values_in(""), "1 2");
    o->class->sketch(o, &from, &(struct sketch_series){.name = {"s", 1}, .sketch = &sketch});
    o->class->service_check(o, &from, &(struct adder_service_check){.name = {"s", 1}}, 1);
    o->class->event(o, &from, &(struct adder_event){.title = {"s", 1}}, 1);
    send(o, 3, 1);
    o->class->free(o);
    assert_string_equal(values_in(""), "1 2 0 0 0 3");
    remove_files();
}

static void a_file_goes_on_where_it_ended(void **state)
{
    struct output *o;
    struct stat st;

    (void)state;
    for (int i = 0; i < 2; i++) {
        o = new_output((struct json_lines_options){.path = i == 0 ? new_path() : path});
        send(o, i, 1);
        o->class->free(o);
    }
    assert_string_equal(values_in(""), "0 1");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07137, 0);
    remove_files();
}

/* As after a power cut. */
static void a_torn_line_spoils_no_other(void **state)
{
    struct output *o = new_output((struct json_lines_options){.path = new_path()});
    FILE *f = fopen(path, "w");
    struct adder_error err;
    size_t len;
    char *text;

    (void)state;
    fputs("{\"torn", f);
    fclose(f);
    send(o, 1, 1);
    o->class->free(o);
    assert_int_equal(file_read(path, FILE_MAX, &text, &len, &err), 0);
    assert_true(str_starts((struct adder_str){text, len}, "{\"torn\n{\"record\":"));
    mem_free(text);
    remove_files();
}

static void a_full_file_is_rotated(void **state)
{
    struct output *o = new_output(
        (struct json_lines_options){.path = new_path(), .rotate_bytes = 400, .rotate_keep = 2});

    (void)state;
    for (int i = 0; i < 8; i++)
        send(o, i, 1);
    commit(o);
    assert_string_equal(values_in(""), "6 7");
    assert_string_equal(values_in(".1"), "4 5");
    assert_string_equal(values_in(".2"), "2 3");
    assert_string_equal(values_in(".3"), "none");
    /* One that is longer than a file may be has one of its own. */
    send(o, 8, 1000);
    send(o, 9, 1);
    commit(o);
    assert_string_equal(values_in(""), "9");
    assert_string_equal(values_in(".1"), "8");
    assert_int_equal(o->stats.dropped, 0);
    o->class->free(o);
    remove_files();
}

static void what_cannot_be_rotated_does_not_grow(void **state)
{
    struct output *o = new_output(
        (struct json_lines_options){.path = new_path(), .rotate_bytes = 400, .rotate_keep = 1});
    char blocker[PATH_MAX + 16], inside[PATH_MAX + 32];

    (void)state;
    snprintf(blocker, sizeof(blocker), "%s.1", path);
    snprintf(inside, sizeof(inside), "%s/x", blocker);
    assert_int_equal(mkdir(blocker, 0700), 0);
    assert_int_equal(mkdir(inside, 0700), 0);
    for (int i = 0; i < 4; i++)
        send(o, i, 1);
    commit(o);
    assert_string_equal(values_in(""), "0 1");
    assert_non_null(strstr(o->stats.last_error, "cannot rotate"));
    rmdir(inside);
    rmdir(blocker);
    commit(o);
    assert_string_equal(values_in(""), "2 3");
    assert_string_equal(values_in(".1"), "0 1");
    assert_string_equal(o->stats.last_error, "");
    o->class->free(o);
    remove_files();
}

static void a_file_that_was_taken_away_is_begun_anew(void **state)
{
    struct output *o = new_output((struct json_lines_options){.path = new_path()});
    char aside[PATH_MAX + 8];

    (void)state;
    send(o, 1, 1);
    commit(o);
    snprintf(aside, sizeof(aside), "%s.1", path);
    assert_int_equal(rename(path, aside), 0);
    send(o, 2, 1);
    commit(o);
    assert_string_equal(values_in(".1"), "1");
    assert_string_equal(values_in(""), "2");
    /* Or emptied in place. */
    assert_int_equal(truncate(path, 0), 0);
    send(o, 3, 1);
    commit(o);
    assert_string_equal(values_in(""), "3");
    o->class->free(o);
    remove_files();
}

static void a_folder_that_is_not_there_yet_is_waited_for(void **state)
{
    char missing[PATH_MAX + 8];
    struct output *o;

    (void)state;
    new_path();
    snprintf(missing, sizeof(missing), "%s/x", path);
    o = new_output((struct json_lines_options){.path = missing});
    send(o, 1, 1);
    commit(o);
    assert_non_null(strstr(o->stats.last_error, "No such file or directory"));
    assert_int_equal(o->stats.dropped, 0);
    assert_int_equal(mkdir(path, 0700), 0);
    send(o, 2, 1);
    commit(o);
    assert_string_equal(o->stats.last_error, "");
    assert_string_equal(values_in("/x"), "1 2");
    o->class->free(o);
    unlink(missing);
    rmdir(path);
}

/* The kernel refuses to let files grow: what a full disk does. */
static void set_file_limit(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_leaves_whole_lines(void **state)
{
    struct output *o = new_output((struct json_lines_options){.path = new_path()});

    (void)state;
    set_file_limit(500);
    for (int i = 0; i < 6; i++)
        send(o, i, 1);
    commit(o);
    assert_string_equal(values_in(""), "0 1 2");
    assert_non_null(strstr(o->stats.last_error, "File too large"));
    set_file_limit(RLIM_INFINITY);
    send(o, 6, 1);
    commit(o);
    assert_string_equal(values_in(""), "0 1 2 3 4 5 6");
    assert_string_equal(o->stats.last_error, "");
    assert_int_equal(o->stats.dropped, 0);
    o->class->free(o);
    remove_files();
}

static void what_waits_too_long_is_dropped_and_counted(void **state)
{
    const size_t len = 1000 * 1000;
    struct output *o = new_output((struct json_lines_options){.path = "/dev/full"});
    int sent = 0;

    (void)state;
    for (; o->stats.dropped == 0 && sent < 100; sent++) {
        send(o, sent, len);
        commit(o);
    }
    assert_int_equal(sent, JSON_LINES_WAITING_MAX / len + 1);
    assert_non_null(strstr(o->stats.last_error, "/dev/full: No space left"));
    send(o, sent, 1); /* for a short one there is room */
    assert_int_equal(o->stats.dropped, 1);
    assert_int_equal(o->stats.series, sent + 1);
    o->class->free(o);
}

/* Reads what is in a pipe now. */
static void drain(int fd, struct buf *to)
{
    char chunk[4096];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof(chunk))) > 0)
        buf_add(to, chunk, (size_t)n);
}

/* Nobody reads for a while; then all comes, in whole lines. */
static void a_slow_reader_is_not_waited_for(void **state)
{
    struct output *o = new_output((struct json_lines_options){.path = new_path()});
    struct buf got = {.max = FILE_MAX};
    int fd;

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    send(o, 0, 1);
    commit(o); /* nobody has opened it */
    assert_non_null(strstr(o->stats.last_error, "No such device or address"));
    fd = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(fd >= 0);
    for (int i = 1; i < 6; i++) {
        send(o, i, 100 * 1000);
        commit(o);
    }
    for (int i = 0; i < 100; i++) {
        drain(fd, &got);
        commit(o);
    }
    assert_string_equal(values_of((struct adder_str){got.data, got.len}), "0 1 2 3 4 5");
    assert_int_equal(o->stats.dropped, 0);
    assert_string_equal(o->stats.last_error, "");
    buf_free(&got);
    close(fd);
    o->class->free(o);
    remove_files();
}

/* A reader that goes away in a line: the next one begins with the line after it. */
static void a_new_reader_begins_with_a_whole_line(void **state)
{
    struct output *o = new_output((struct json_lines_options){.path = new_path()});
    struct buf got = {.max = FILE_MAX};
    int fd;

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    fd = open(path, O_RDONLY | O_NONBLOCK);
    send(o, 1, 1000 * 1000);
    send(o, 2, 1);
    commit(o);
    close(fd);
    commit(o);
    assert_non_null(strstr(o->stats.last_error, "Broken pipe"));
    fd = open(path, O_RDONLY | O_NONBLOCK);
    commit(o);
    drain(fd, &got);
    assert_string_equal(values_of((struct adder_str){got.data, got.len}), "2");
    buf_free(&got);
    close(fd);
    o->class->free(o);
    remove_files();
}

static void a_dash_is_standard_output(void **state)
{
    struct output *o = new_output((struct json_lines_options){.path = "-"});
    int kept = dup(STDOUT_FILENO), fd;

    (void)state;
    fflush(stdout);
    fd = open(new_path(), O_WRONLY | O_CREAT, 0600);
    dup2(fd, STDOUT_FILENO);
    send(o, 1, 1);
    commit(o);
    send(o, 2, 20000);
    o->class->free(o);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(fd);
    assert_string_equal(values_in(""), "1 2");
    remove_files();
}

static void a_path_is_needed(void **state)
{
    AUTOFREE char *longest = mem_zalloc(PATH_MAX + 1);
    const char *const bad[] = {NULL, "", longest};
    struct adder_error err;
    struct output *o;

    (void)state;
    memset(longest, 'x', PATH_MAX);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err.code = ADDER_OK;
        assert_int_equal(json_lines_new(&(struct json_lines_options){.path = bad[i]}, &o, &err),
                         -1);
        assert_int_equal(err.code, ADDER_INVALID);
    }
}

static int writes(void)
{
    struct output *o;
    struct adder_error err;
    bool failed;

    if (json_lines_new(&(struct json_lines_options){.path = "/dev/null"}, &o, &err) < 0)
        return -1;
    for (int i = 0; i < 20; i++)
        send(o, i, 200);
    commit(o);
    send(o, 1, 1);
    failed = o->stats.dropped > 0;
    o->class->free(o);
    return failed ? -1 : 0;
}

static void without_memory_lines_are_dropped_and_counted(void **state)
{
    (void)state;
    each_alloc_fails(writes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_written_with_the_commit),
        cmocka_unit_test(a_file_goes_on_where_it_ended),
        cmocka_unit_test(a_torn_line_spoils_no_other),
        cmocka_unit_test(a_full_file_is_rotated),
        cmocka_unit_test(what_cannot_be_rotated_does_not_grow),
        cmocka_unit_test(a_file_that_was_taken_away_is_begun_anew),
        cmocka_unit_test(a_folder_that_is_not_there_yet_is_waited_for),
        cmocka_unit_test(a_full_disk_leaves_whole_lines),
        cmocka_unit_test(what_waits_too_long_is_dropped_and_counted),
        cmocka_unit_test(a_slow_reader_is_not_waited_for),
        cmocka_unit_test(a_new_reader_begins_with_a_whole_line),
        cmocka_unit_test(a_dash_is_standard_output),
        cmocka_unit_test(a_path_is_needed),
        cmocka_unit_test(without_memory_lines_are_dropped_and_counted),
    };

    return cmocka_run_group_tests_name("json_lines", tests, set_up, tear_down);
}
