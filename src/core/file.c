#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/mem.h"

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static int open_failed(const char *path, struct adder_error *err)
{
    int errnum = errno;

    err_errno(err, errnum, "%s", path);
    if (errnum == ENOENT || errnum == ENOTDIR)
        err->code = ADDER_NOT_FOUND;
    return -1;
}

/* Reads `fd` to its end into `b`. Files of /proc have no size, so none is asked for. */
static int read_all(int fd, struct buf *b, const char *path, struct adder_error *err)
{
    for (;;) {
        char chunk[16 * 1024];
        ssize_t n = read(fd, chunk, sizeof(chunk));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, errno, "%s", path);
        if (n == 0)
            return 0;
        buf_add(b, chunk, (size_t)n);
        if (buf_check(b, err) < 0)
            return err_wrap(err, "%s", path);
    }
}

int file_read(const char *path, size_t max, char **ret, size_t *ret_len,
              struct adder_error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    CLEANUP(buf_free) struct buf b;
    size_t len;
    char *text;

    buf_init(&b, max);
    if (fd < 0)
        return open_failed(path, err);
    if (read_all(fd, &b, path, err) < 0)
        return -1;
    len = b.len;
    text = buf_detach(&b);
    if (text == NULL)
        return err_nomem(err);
    *ret = text;
    *ret_len = len;
    return 0;
}

static int write_all(int fd, struct adder_str text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.ptr, text.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        text.ptr += n;
        text.len -= (size_t)n;
    }
    return 0;
}

int file_write(const char *path, struct adder_str text, struct adder_error *err)
{
    AUTOFREE char *temporary = mem_printf("%s.XXXXXX.new", path);
    CLEANUP(close_fd) int fd = -1;

    if (temporary == NULL)
        return err_nomem(err);
    fd = mkostemps(temporary, (int)strlen(".new"), O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, errno, "%s", path);
    if (write_all(fd, text) < 0 || fsync(fd) < 0 || rename(temporary, path) < 0) {
        err_errno(err, errno, "%s", path);
        unlink(temporary);
        return -1;
    }
    return 0;
}

char *file_absolute(const char *path)
{
    char cwd[PATH_MAX];
    size_t len;

    if (path[0] == '/' || getcwd(cwd, sizeof(cwd)) == NULL)
        cwd[0] = '\0';
    else
        while (path[0] == '.' && (path[1] == '/' || path[1] == '\0'))
            path += 1 + strspn(path + 1, "/");
    len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (cwd[0] == '\0')
        return mem_strndup(path, len);
    if (len == 0)
        return mem_strdup(cwd);
    return mem_printf("%s/%.*s", cwd[1] != '\0' ? cwd : "", (int)len, path);
}

int file_make_folder(const char *path, struct adder_error *err)
{
    AUTOFREE char *copy = mem_strdup(path);

    if (copy == NULL)
        return err_nomem(err);
    for (char *at = copy + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(copy, 0700) < 0 && errno != EEXIST)
            return err_errno(err, errno, "%s", copy);
        *at = '/';
    }
    if (mkdir(copy, 0700) < 0 && errno != EEXIST)
        return err_errno(err, errno, "%s", copy);
    return 0;
}

bool file_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int file_program_folder(char ret[PATH_MAX], struct adder_error *err)
{
    ssize_t len = readlink("/proc/self/exe", ret, PATH_MAX - 1);
    char *slash;

    if (len < 0)
        return err_errno(err, errno, "/proc/self/exe");
    ret[len] = '\0';
    slash = strrchr(ret, '/');
    if (slash != NULL)
        *slash = '\0';
    return 0;
}
