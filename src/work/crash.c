/*
 * A fatal signal: before it ends the process, the supervisor is told whose run it was.
 *
 * Our handlers are in front of those of Python's faulthandler, which write the stacks of all
 * threads to standard error and then let the signal do what it does.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "work/worker_impl.h"

enum {
    STACK_BYTES = 64 * 1024, /* for handlers; faulthandler's share one with ours */
    FRAME_MAX = 128,
};

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static struct sigaction before[ARRAY_LEN(signals)];
static struct outbox *out;
static pid_t process; /* children that checks fork have the handlers too */

/* The message to be sent if this thread dies now. A handler reads it, so nothing is allocated
 * then. */
static _Thread_local struct {
    volatile sig_atomic_t len; /* bytes; 0: none */
    char frame[FRAME_MAX];
} last_words __attribute__((tls_model("initial-exec")));

static void say_last_words(int sig)
{
    int32_t number = sig;
    size_t len = (size_t)last_words.len;

    if (len == 0 || getpid() != process)
        return;
    last_words.len = 0;
    /* The signal is the last field. */
    memcpy(last_words.frame + len - sizeof(number), &number, sizeof(number));
    outbox_urgent(out, last_words.frame, len);
}

/* Whatever comes next, faulthandler or the end, comes by the signal itself. */
static void on_fatal(int sig)
{
    say_last_words(sig);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        if (signals[i] == sig)
            sigaction(sig, &before[i], NULL);
    raise(sig);
}

void crash_install(struct worker *w)
{
    struct sigaction action = {.sa_handler = on_fatal, .sa_flags = SA_ONSTACK | SA_NODEFER};

    out = w->out;
    process = getpid();
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaction(signals[i], &action, &before[i]);
}

/* Also one that has overrun its stack can tell then. */
int crash_thread(struct adder_error *err)
{
    stack_t stack = {.ss_size = STACK_BYTES};

    stack.ss_sp = mem_alloc(STACK_BYTES);
    if (stack.ss_sp == NULL)
        return err_nomem(err);
    sigaltstack(&stack, NULL);
    return 0;
}

void crash_enter(uint64_t key, uint64_t run)
{
    CLEANUP(buf_free) struct buf b;
    struct message m = {.type = MESSAGE_CRASH, .key = key, .crash = {.run = run}};

    buf_init(&b, FRAME_MAX);
    message_write(&m, &b);
    if (b.failed)
        return;
    memcpy(last_words.frame, b.data, b.len);
    last_words.len = (sig_atomic_t)b.len;
}

void crash_leave(void)
{
    last_words.len = 0;
}
