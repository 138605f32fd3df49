#include "core/log.h"

#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/str.h"
#include "core/text.h"

enum { LINE_MAX_BYTES = 16 * 1024 }; /* a longer message is cut */

static atomic_int lowest = ADDER_LOG_INFO;
static atomic_bool json;

static const struct {
    const char *name;
    int level;
} names[] = {
    {"TRACE", ADDER_LOG_TRACE},     {"DEBUG", ADDER_LOG_DEBUG},
    {"INFO", ADDER_LOG_INFO},       {"WARN", ADDER_LOG_WARNING},
    {"ERROR", ADDER_LOG_ERROR},     {"CRITICAL", ADDER_LOG_CRITICAL},
    {"WARNING", ADDER_LOG_WARNING}, {"OFF", ADDER_LOG_CRITICAL + 1},
};

void log_set_level(int level)
{
    atomic_store_explicit(&lowest, level, memory_order_relaxed);
}

void log_set_json(bool on)
{
    atomic_store_explicit(&json, on, memory_order_relaxed);
}

bool log_enabled(int level)
{
    return level >= atomic_load_explicit(&lowest, memory_order_relaxed);
}

int log_level_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcasecmp(name, names[i].name) == 0)
            return names[i].level;
    return -1;
}

const char *log_level_name(int level)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].level == level)
            return names[i].name;
    return "INFO"; /* as the Agent takes numbers it does not know */
}

static void add_time(struct buf *b)
{
    struct timespec now;
    struct tm local;

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    buf_printf(b, "%04d-%02d-%02d %02d:%02d:%02d.%03ld", local.tm_year + 1900, local.tm_mon + 1,
               local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec, now.tv_nsec / 1000000);
}

/* Adds text so that a check cannot write lines, or to the terminal, as if it were us. New
 * lines become a line break with an indent, which keeps tracebacks readable. */
static void add_escaped(struct buf *b, const char *text)
{
    for (;;) {
        size_t len = strcspn(text, "\n");

        text_escape(b, (struct adder_str){text, len}, true);
        if (text[len] == '\0')
            return;
        buf_add_str(b, "\n    ");
        text += len + 1;
    }
}

/* Takes a character that was cut in two off the end of a text. */
static void drop_half_character(char *text)
{
    size_t end = strlen(text), start = end;

    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    start -= start > 0;
    if (str_utf8_prefix((struct adder_str){text + start, end - start}) == 0)
        text[start] = '\0';
}

/* ---- Rate ------------------------------------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    double burst, per_second; /* 0: no limit */
    double tokens, then;
    unsigned long left_out;
} rate = {.lock = PTHREAD_MUTEX_INITIALIZER};

void log_set_rate(double burst, double per_second)
{
    pthread_mutex_lock(&rate.lock);
    rate.burst = rate.tokens = burst;
    rate.per_second = per_second;
    rate.then = clock_monotonic();
    pthread_mutex_unlock(&rate.lock);
}

/* Whether a line may be written; *left_out: how many were not since the last that was. */
static bool take_token(unsigned long *left_out)
{
    double now = clock_monotonic();
    bool may;

    pthread_mutex_lock(&rate.lock);
    rate.tokens = fmin(rate.burst, rate.tokens + (now - rate.then) * rate.per_second);
    rate.then = now;
    may = rate.burst <= 0 || rate.tokens >= 1;
    rate.tokens -= may;
    *left_out = may ? rate.left_out : 0;
    rate.left_out = may ? 0 : rate.left_out + 1;
    pthread_mutex_unlock(&rate.lock);
    return may;
}

/* ---- Writing ---------------------------------------------------------------------------- */

static void write_text(struct buf *line, int level, const char *text)
{
    add_time(line);
    buf_printf(line, " %-5s ", log_level_name(level));
    add_escaped(line, text);
}

/* RFC 3339 time in UTC, level in small letters, as collectors of logs expect them. */
static void write_json(struct buf *line, int level, const char *text)
{
    const char *name = log_level_name(level);
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    buf_printf(line, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ\",\"level\":\"",
               utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
               utc.tm_sec, now.tv_nsec / 1000000);
    for (; *name != '\0'; name++)
        buf_add_char(line, (char)tolower((unsigned char)*name));
    buf_add_str(line, "\",\"message\":");
    text_json(line, str_of(text));
    buf_add_char(line, '}');
}

static void write_line(int level, const char *text)
{
    CLEANUP(buf_free) struct buf line;

    buf_init(&line, (size_t)8 * LINE_MAX_BYTES);
    if (atomic_load_explicit(&json, memory_order_relaxed))
        write_json(&line, level, text);
    else
        write_text(&line, level, text);
    buf_add_char(&line, '\n');
    if (!line.failed && write(STDERR_FILENO, line.data, line.len) < 0)
        return; /* nowhere left to say so */
}

void log_write(int level, const char *fmt, ...)
{
    char text[LINE_MAX_BYTES];
    unsigned long left_out;
    va_list args;

    if (!take_token(&left_out))
        return;
    if (left_out > 0) {
        snprintf(text, sizeof(text), "%lu lines were left out: too many at once", left_out);
        write_line(ADDER_LOG_WARNING, text);
    }
    va_start(args, fmt);
    if (vsnprintf(text, sizeof(text), fmt, args) >= (int)sizeof(text))
        drop_half_character(text);
    va_end(args);
    write_line(level, text);
}
