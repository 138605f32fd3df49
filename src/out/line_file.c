#include "out/line_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/err.h"
#include "core/log.h"

enum {
    MODE = 0640,
    NUMBER_SPACE = 16, /* bytes of ".1" and the like */
};

void line_file_close(struct line_file *f)
{
    if (f->fd >= 0 && f->path[0] != '\0')
        close(f->fd);
    f->fd = -1;
}

static int failed(const struct line_file *f, const char *doing, struct adder_error *err)
{
    return err_errno(err, errno, "%s%s", doing, f->path[0] != '\0' ? f->path : "stdout");
}

/* Whether a file that has something in it ends within a line, as after a power cut. */
static bool ends_in_line(const struct line_file *f)
{
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char last = '\n';

    if (fd < 0)
        return false;
    if (pread(fd, &last, 1, (off_t)f->size - 1) < 1)
        last = '\n';
    close(fd);
    return last != '\n';
}

/* A FIFO without a reader is an error and not waited for. */
static int open_path(struct line_file *f, struct adder_error *err)
{
    struct stat st;

    f->fd =
        open(f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, MODE);
    if (f->fd < 0)
        return failed(f, "", err);
    if (fstat(f->fd, &st) < 0)
        return failed(f, "", err);
    f->is_stream = !S_ISREG(st.st_mode);
    f->in_line = false;
    f->device = st.st_dev;
    f->inode = st.st_ino;
    f->size = (uint64_t)st.st_size;
    if (f->is_stream || f->size == 0 || !ends_in_line(f))
        return 0;
    if (write(f->fd, "\n", 1) != 1)
        return failed(f, "", err);
    f->size++;
    return 0;
}

/* Has the file open that the path names: others may have moved it away, or cut it. */
static int make_ready(struct line_file *f, struct adder_error *err)
{
    struct stat st;

    if (f->path[0] == '\0') {
        f->fd = STDOUT_FILENO;
        f->is_stream = true;
        return 0;
    }
    if (f->fd < 0)
        return open_path(f, err);
    if (f->is_stream)
        return 0;
    if (stat(f->path, &st) < 0 || st.st_dev != f->device || st.st_ino != f->inode) {
        line_file_close(f);
        return open_path(f, err);
    }
    f->size = (uint64_t)st.st_size;
    return 0;
}

static int rotate(struct line_file *f, struct adder_error *err)
{
    char from[PATH_MAX + NUMBER_SPACE], to[PATH_MAX + NUMBER_SPACE];

    for (unsigned n = f->rotate_keep; n > 0; n--) {
        snprintf(from, sizeof(from), n > 1 ? "%s.%u" : "%s", f->path, n - 1);
        snprintf(to, sizeof(to), "%s.%u", f->path, n);
        if (rename(from, to) < 0 && errno != ENOENT)
            return failed(f, "cannot rotate ", err);
    }
    line_file_close(f);
    return open_path(f, err);
}

/* Bytes of the whole lines at the start of `lines` that fit `room`; of the first one in any
 * case when `always`. */
static size_t fit(struct adder_str lines, uint64_t room, bool always)
{
    const char *end;

    if (lines.len <= room)
        return lines.len;
    end = memrchr(lines.ptr, '\n', room);
    if (end == NULL && always)
        end = memchr(lines.ptr, '\n', lines.len);
    return end != NULL ? (size_t)(end - lines.ptr) + 1 : 0;
}

/* Cuts what was written of a line off again, unless somebody else has written after it. */
static void cut_back(struct line_file *f, size_t whole, size_t written)
{
    struct stat st;

    if (whole == written || fstat(f->fd, &st) < 0 || (uint64_t)st.st_size != f->size + written)
        return;
    if (ftruncate(f->fd, (off_t)(f->size + whole)) < 0)
        LOG_WARN("%s: a line is torn: %s", f->path, strerror(errno));
}

/* Writes to a regular file, so that it ends with a whole line. Returns the bytes that are in
 * it; less than all when the disk is full. */
static size_t write_whole(struct line_file *f, struct adder_str lines, struct adder_error *err)
{
    size_t written = 0, whole;

    while (written < lines.len) {
        ssize_t n = write(f->fd, lines.ptr + written, lines.len - written);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            failed(f, "", err);
            break;
        }
        written += (size_t)n;
    }
    whole = fit(lines, written, false);
    cut_back(f, whole, written);
    f->size += whole;
    return whole;
}

static size_t write_file(struct line_file *f, struct adder_str lines, struct adder_error *err)
{
    size_t done = 0;

    while (done < lines.len && err->code == ADDER_OK) {
        struct adder_str rest = {lines.ptr + done, lines.len - done};
        uint64_t room = f->rotate_bytes > f->size ? f->rotate_bytes - f->size : 0;

        rest.len = fit(rest, room, f->size == 0);
        if (rest.len > 0)
            done += write_whole(f, rest, err);
        else
            rotate(f, err);
    }
    return done;
}

/* A pipe that is ready takes PIPE_BUF bytes without making anyone wait (pipe(7)). */
static size_t write_stream(struct line_file *f, struct adder_str lines, struct adder_error *err)
{
    struct pollfd ready = {.fd = f->fd, .events = POLLOUT};
    size_t done = 0;

    while (done < lines.len && poll(&ready, 1, 0) > 0) {
        size_t len = lines.len - done < PIPE_BUF ? lines.len - done : PIPE_BUF;
        ssize_t n = write(f->fd, lines.ptr + done, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            failed(f, "", err);
        if (n <= 0)
            break;
        done += (size_t)n;
        f->in_line = lines.ptr[done - 1] != '\n';
    }
    return done;
}

/* Whoever reads next from a stream that broke shall not begin in a line. */
static size_t skip_line(struct line_file *f, struct adder_str lines, size_t done)
{
    const char *end = memchr(lines.ptr + done, '\n', lines.len - done);

    if (!f->in_line || end == NULL)
        return done;
    f->in_line = false;
    return (size_t)(end - lines.ptr) + 1;
}

size_t line_file_write(struct line_file *f, struct adder_str lines, struct adder_error *err)
{
    size_t done;

    err->code = ADDER_OK;
    if (make_ready(f, err) < 0) {
        line_file_close(f);
        return 0;
    }
    if (!f->is_stream)
        return write_file(f, lines, err);
    done = write_stream(f, lines, err);
    if (err->code == ADDER_OK)
        return done;
    line_file_close(f);
    return skip_line(f, lines, done);
}
