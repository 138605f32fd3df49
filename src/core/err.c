#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* True for a byte inside a UTF-8 character, where text must not be cut. */
static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Ends a text of ADDER_MESSAGE_MAX bytes that lost its tail with "...", between characters. */
static void mark_cut(char *message)
{
    size_t end = ADDER_MESSAGE_MAX - 4;

    while (end > 0 && is_continuation(message[end]))
        end--;
    memcpy(message + end, "...", 4);
}

PRINTF_LIKE(2, 0)
static void set_message(struct adder_error *err, const char *fmt, va_list args)
{
    int n = vsnprintf(err->message, sizeof(err->message), fmt, args);

    if (n >= (int)sizeof(err->message))
        mark_cut(err->message);
}

int err_set(struct adder_error *err, enum adder_code code, const char *fmt, ...)
{
    va_list args;

    err->code = code;
    err->traceback[0] = '\0';
    va_start(args, fmt);
    set_message(err, fmt, args);
    va_end(args);
    return -1;
}

/* Adds ": text" to the message, cutting what does not fit. */
static void append(struct adder_error *err, const char *text)
{
    size_t used = strlen(err->message);
    int n = snprintf(err->message + used, sizeof(err->message) - used, ": %s", text);

    if (n >= (int)(sizeof(err->message) - used))
        mark_cut(err->message);
}

int err_errno(struct adder_error *err, int errnum, const char *fmt, ...)
{
    char reason[128];
    va_list args;

    err->code = ADDER_SYSTEM;
    err->traceback[0] = '\0';
    va_start(args, fmt);
    set_message(err, fmt, args);
    va_end(args);
    append(err, strerror_r(errnum, reason, sizeof(reason)));
    return -1;
}

int err_nomem(struct adder_error *err)
{
    return err_set(err, ADDER_NOMEM, "out of memory");
}

int err_wrap(struct adder_error *err, const char *fmt, ...)
{
    char inner[ADDER_MESSAGE_MAX];
    va_list args;

    memcpy(inner, err->message, sizeof(inner));
    va_start(args, fmt);
    set_message(err, fmt, args);
    va_end(args);
    append(err, inner);
    return -1;
}

void err_traceback(struct adder_error *err, const char *text, size_t len)
{
    size_t max = sizeof(err->traceback) - 1;

    if (len > max) {
        text += len - max;
        len = max;
        while (len > 0 && is_continuation(*text)) {
            text++;
            len--;
        }
    }
    memcpy(err->traceback, text, len);
    err->traceback[len] = '\0';
}
