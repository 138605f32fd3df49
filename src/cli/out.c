#include "cli/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/text.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

enum {
    WIDTH_LEAST = 40, /* a narrower terminal gets lines it has to break itself */
};

unsigned terminal_width(int fd)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    unsigned long n = 0;

    if (ioctl(fd, TIOCGWINSZ, &size) == 0)
        n = size.ws_col;
    if (n == 0 && columns != NULL)
        n = strtoul(columns, NULL, 10);
    if (n == 0 || n > 10000)
        n = WIDTH_USUAL;
    return n < WIDTH_LEAST ? WIDTH_LEAST : (unsigned)n;
}

static bool wants_colour(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return (no == NULL || *no == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}

void out_reserve(void)
{
    static const int modes[] = {
        [STDIN_FILENO] = O_RDONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_WRONLY};

    for (int fd = 0; fd < (int)ARRAY_LEN(modes); fd++)
        if (fcntl(fd, F_GETFD) < 0) /* open() takes the lowest number that is free: this one */
            (void)open("/dev/null", modes[fd]);
}

/* A stream forgets why a write failed, and most writes are its own, when its buffer is full. */
struct out_target {
    int fd;
    int errnum; /* of the first write that failed; 0: none has */
};

static ssize_t write_target(void *cookie, const char *bytes, size_t size)
{
    struct out_target *t = cookie;
    size_t done = 0;

    while (done < size) {
        ssize_t n = write(t->fd, bytes + done, size - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            t->errnum = t->errnum != 0 ? t->errnum : errno;
            return 0; /* as fopencookie() wants failures reported */
        }
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static int close_target(void *cookie)
{
    struct out_target *t = cookie;

    if (close(t->fd) < 0 && t->errnum == 0)
        t->errnum = errno;
    return 0;
}

/* Opens a stream to `fd`, which it owns, also on failure. */
static FILE *open_target(int fd, struct out_target **ret)
{
    static const cookie_io_functions_t functions = {.write = write_target,
                                                    .close = close_target};
    AUTOFREE struct out_target *t = mem_zalloc(sizeof(*t));
    FILE *file = t != NULL ? fopencookie(t, "w", functions) : NULL;

    if (file == NULL) {
        close(fd);
        return NULL;
    }
    t->fd = fd;
    *ret = TAKE(t);
    return file;
}

int out_open(struct out *ret, struct adder_error *err)
{
    struct out o = {0};
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

    if (fd < 0)
        return err_errno(err, errno, "standard output");
    o.tty = isatty(fd);
    o.colour = o.tty && wants_colour();
    o.width = o.tty ? terminal_width(fd) : 0;
    o.file = open_target(fd, &o.target);
    if (o.file == NULL)
        return err_nomem(err);
    fflush(stdout);
    if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        err_errno(err, errno, "standard error");
        fclose(o.file);
        mem_free(o.target);
        return -1;
    }
    *ret = o;
    return 0;
}

int out_close(struct out *o, struct adder_error *err)
{
    AUTOFREE struct out_target *t = TAKE(o->target);

    fclose(TAKE(o->file));
    return t->errnum != 0 ? err_errno(err, t->errnum, "writing to standard output") : 0;
}

void out_abandon(struct out *o)
{
    struct adder_error ignored;

    if (o->file != NULL)
        out_close(o, &ignored);
}

static const char *const codes[] = {
    [INK_PLAIN] = "", [INK_TITLE] = "1", [INK_GOOD] = "32",
    [INK_BAD] = "31", [INK_WARN] = "33", [INK_DIM] = "2",
};

void out_ink(struct out *o, enum ink ink, const char *text, size_t len)
{
    bool coloured = o->colour && ink != INK_PLAIN && len > 0;

    if (coloured)
        fprintf(o->file, "\033[%sm", codes[ink]);
    fwrite(text, 1, len, o->file);
    if (coloured)
        fputs("\033[0m", o->file);
}

void out_print(struct out *o, enum ink ink, const char *fmt, ...)
{
    bool coloured = o->colour && ink != INK_PLAIN;
    va_list args;

    if (coloured)
        fprintf(o->file, "\033[%sm", codes[ink]);
    va_start(args, fmt);
    vfprintf(o->file, fmt, args);
    va_end(args);
    if (coloured)
        fputs("\033[0m", o->file);
}

/* One line of the text, wrapped. `hanging`: its first line begins where the cursor is. */
static void wrap_line(struct out *o, enum ink ink, unsigned indent, struct adder_str line,
                      bool hanging)
{
    size_t columns = o->width > indent + 10 ? o->width - indent : SIZE_MAX;

    do {
        size_t len = text_wrap(line, columns);

        if (len > 0 && !hanging)
            fprintf(o->file, "%*s", (int)indent, "");
        hanging = false;
        out_ink(o, ink, line.ptr, len);
        fputc('\n', o->file);
        while (len < line.len && line.ptr[len] == ' ')
            len++;
        line = (struct adder_str){line.ptr + len, line.len - len};
    } while (line.len > 0);
}

static void wrap(struct out *o, enum ink ink, unsigned indent, struct adder_str text,
                 bool hanging)
{
    while (text.len > 0 && text.ptr[text.len - 1] == '\n')
        text.len--;
    do {
        const char *end = text.len > 0 ? memchr(text.ptr, '\n', text.len) : NULL;
        size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;

        wrap_line(o, ink, indent, (struct adder_str){text.ptr, len}, hanging);
        hanging = false;
        len += end != NULL;
        text = (struct adder_str){text.ptr + len, text.len - len};
    } while (text.len > 0);
}

void out_paragraph(struct out *o, enum ink ink, unsigned indent, struct adder_str text)
{
    wrap(o, ink, indent, text, false);
}

void out_hanging(struct out *o, enum ink ink, unsigned indent, struct adder_str text)
{
    wrap(o, ink, indent, text, true);
}
