/*
 * session.h - what commands that run checks share: their options, Python, and the answers to
 * what checks ask.
 */
#ifndef ADDER_CLI_SESSION_H
#define ADDER_CLI_SESSION_H

#include <stdnoreturn.h>

#include "cli/option.h"
#include "cli/paths.h"
#include "core/closest.h"
#include "host/host.h"

struct session_options {
    const char *config; /* file or folder */
    const char *confd;
    struct words checks, pythonpath; /* folders */
    const char *python, *venv;
    const char *instance; /* number or expression */
    int log_level;
};

/* The options that fill it. */
enum { SESSION_OPTIONS = 8 };
extern const struct option session_options[SESSION_OPTIONS];

struct session {
    struct host *host;
    struct adder_runtime *rt;
    struct adder_sink sink; /* of the runtime */
    struct texts folders;   /* with checks */
    char hostname[256];     /* "" when there is none to be found */
};

/* Starts all that running checks needs; from here on Ctrl-C ends the program. Once in a
 * process. session_free() is due whatever the outcome; `ret` is zero before. */
int session_start(const struct session_options *options, struct session *ret,
                  struct adder_error *err);
void session_free(struct session *s);

/* The name that a check's name which was not found most likely means, "" if none. */
void session_suggest(struct session *s, struct closest *closest);

/*
 * Ends the program. Not by way of exit(): threads that checks left behind still run Python
 * code then, while handlers and destructors of extension modules tear down what it uses. All
 * that matters has been written out and freed by now.
 */
noreturn void session_leave(int code);

#endif
