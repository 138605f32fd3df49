/*
 * log.h - what the agent has to say, one line a message, on stderr.
 *
 * Only commands and loops at the top log; everything below returns errors. A record below the
 * level in force is not formatted. Any thread: a line is one write.
 */
#ifndef ADDER_CORE_LOG_H
#define ADDER_CORE_LOG_H

#include "core/base.h"

/* Sets the lowest level that is written. The default is ADDER_LOG_INFO. */
void log_set_level(int level);
bool log_enabled(int level);

/* Writes lines as JSON objects: {"time": RFC 3339, "level", "message"}. */
void log_set_json(bool on);

/* Lines beyond `burst` at once and `per_second` later are left out, and counted in a line of
 * their own. 0: no limit, which is the default. */
void log_set_rate(double burst, double per_second);

/* The level with this name (trace, debug, info, warn, warning, error, critical, off; any
 * case), or -1. */
int log_level_of(const char *name);
const char *log_level_name(int level);

/* Writes "<time> <LEVEL> <text>" to stderr. Control characters in `text` are escaped as
 * text_escape() does. */
void log_write(int level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define LOG(level, ...)                    \
    do {                                   \
        if (log_enabled(level))            \
            log_write(level, __VA_ARGS__); \
    } while (0)
#define LOG_TRACE(...) LOG(ADDER_LOG_TRACE, __VA_ARGS__)
#define LOG_DEBUG(...) LOG(ADDER_LOG_DEBUG, __VA_ARGS__)
#define LOG_INFO(...)  LOG(ADDER_LOG_INFO, __VA_ARGS__)
#define LOG_WARN(...)  LOG(ADDER_LOG_WARNING, __VA_ARGS__)
#define LOG_ERROR(...) LOG(ADDER_LOG_ERROR, __VA_ARGS__)

#endif
