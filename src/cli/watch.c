#include "cli/watch.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/children.h"
#include "cli/command.h"
#include "cli/out.h"
#include "cli/text.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/str.h"

enum {
    TICK_MS = 250,
    LABEL_MAX = 200,
    TIME_WIDTH = 12, /* columns kept for " (1234 s)" */
    DESK_S = 1,      /* waited for the owner of the results to go away */
    PRESENT_S = 5,   /* for presenting them: nobody may be reading */
};
static const double PATIENCE_S = 1.0; /* what is faster needs no progress line */

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

/* One per process, as signal handlers are. */
static struct {
    void (*stop)(void *ctx);
    void *ctx;
    void (*present)(void *ctx);
    void *present_ctx;
    pthread_mutex_t desk; /* held by whoever may touch the results */
    bool away;            /* the owner does not; the owner's alone */
    pid_t pid;
    bool tty; /* standard error is one */
    sem_t wake;
    atomic_int signal;         /* that ends us; 0: none yet */
    atomic_bool presenting;    /* what there is, before we end */
    pthread_mutex_t stop_lock; /* of `stop` and `present` */
    pthread_mutex_t lock;      /* of the rest */
    char label[LABEL_MAX];     /* "": nothing is going on */
    double since;              /* of the label, monotonic seconds */
    bool shown;                /* the line is on the terminal */
} watch = {.desk = PTHREAD_MUTEX_INITIALIZER,
           .stop_lock = PTHREAD_MUTEX_INITIALIZER,
           .lock = PTHREAD_MUTEX_INITIALIZER};

/* The ending needs locks and memory, which a handler may not use: the thread does it. Who asks
 * again while results are printed does not want them. */
static void on_signal(int sig)
{
    int saved = errno;

    if (getpid() == watch.pid && watch.presenting) {
        _exit(128 + sig);
    } else if (getpid() == watch.pid) {
        watch.signal = sig;
        sem_post(&watch.wake);
    } else { /* a child that Python forked has our handler but not our thread */
        signal(sig, SIG_DFL);
        raise(sig);
    }
    errno = saved;
}

static void say(const char *text, size_t len)
{
    if (write(STDERR_FILENO, text, len) < 0)
        return; /* the terminal is gone, nobody to tell */
}

static void wipe(void)
{
    if (watch.shown)
        say("\r\033[K", 4);
    watch.shown = false;
}

static void show(void)
{
    double lasted = clock_monotonic() - watch.since;
    char line[LABEL_MAX + 40];
    size_t fits;
    int len;

    if (watch.label[0] == '\0' || lasted < PATIENCE_S)
        return;
    fits = text_fit(str_of(watch.label), terminal_width(STDERR_FILENO) - TIME_WIDTH);
    len =
        snprintf(line, sizeof(line), "\r\033[K%.*s (%.0f s)\r", (int)fits, watch.label, lasted);
    say(line, (size_t)len);
    watch.shown = true;
}

/* ---- The end --------------------------------------------------------------------------- */

/* Whether results are to be presented, and are ours for good. */
static bool take_desk(void)
{
    struct timespec until;
    bool wanted;

    pthread_mutex_lock(&watch.stop_lock);
    wanted = watch.present != NULL;
    pthread_mutex_unlock(&watch.stop_lock);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += DESK_S;
    return wanted && pthread_mutex_timedlock(&watch.desk, &until) == 0 && watch.present != NULL;
}

static void *give_up(void *unused)
{
    (void)unused;
    sleep(PRESENT_S);
    _exit(128 + watch.signal);
}

static void present_results(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, give_up, NULL) != 0)
        return;
    watch.presenting = true;
    watch.present(watch.present_ctx);
}

static void end(void)
{
    bool presents = take_desk();

    /* Not waiting for the lock: whoever has it may be stopped in the middle of a line. */
    if (pthread_mutex_trylock(&watch.lock) == 0)
        wipe();
    pthread_mutex_lock(&watch.stop_lock);
    if (watch.stop != NULL)
        watch.stop(watch.ctx);
    children_kill();
    if (presents)
        present_results();
    _exit(128 + watch.signal);
}

void watch_present(void (*present)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&watch.stop_lock);
    watch.present = present;
    watch.present_ctx = ctx;
    pthread_mutex_unlock(&watch.stop_lock);
}

/* Waits for the end of the program, if that has come. */
static void heed_signal(void)
{
    while (watch.signal != 0)
        pause();
}

void watch_away(void)
{
    watch.away = true;
    pthread_mutex_unlock(&watch.desk);
    heed_signal();
}

void watch_back(void)
{
    if (!watch.away)
        return;
    heed_signal();
    pthread_mutex_lock(&watch.desk);
    watch.away = false;
}

/* ---- The thread ------------------------------------------------------------------------ */

static void *run(void *unused)
{
    (void)unused;
    for (;;) {
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (watch.tty)
            sem_timedwait(&watch.wake, &until);
        else
            sem_wait(&watch.wake);
        if (watch.signal != 0)
            end();
        pthread_mutex_lock(&watch.lock);
        if (watch.tty)
            show();
        pthread_mutex_unlock(&watch.lock);
    }
    return NULL;
}

static int start_thread(struct adder_error *err)
{
    pthread_t thread;
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&thread, NULL, run, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        return err_errno(err, rc, "starting a thread");
    pthread_detach(thread);
    return 0;
}

int watch_start(void (*stop)(void *ctx), void *ctx, struct adder_error *err)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;

    watch.stop = stop;
    watch.ctx = ctx;
    watch.pid = getpid();
    watch.tty = isatty(STDERR_FILENO);
    pthread_mutex_lock(&watch.desk);
    sem_init(&watch.wake, 0, 0);
    if (start_thread(err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        /* Ignored signals stay so: nohup and background jobs rely on it. */
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
    return 0;
}

void watch_forget(void)
{
    pthread_mutex_lock(&watch.stop_lock);
    watch.stop = NULL;
    pthread_mutex_unlock(&watch.stop_lock);
}

void watch_end_child(const char *check)
{
    if (getpid() == watch.pid)
        return;
    LOG_WARN("%s: a process that the check forked came back from it, and ends here", check);
    _exit(EXIT_PROBLEM);
}

void watch_progress(const char *fmt, ...)
{
    char label[LABEL_MAX];
    CLEANUP(buf_free) struct buf safe;
    va_list args;

    va_start(args, fmt);
    vsnprintf(label, sizeof(label), fmt, args);
    va_end(args);
    buf_init(&safe, LABEL_MAX - 1);
    text_escape(&safe, str_of(label), false);
    pthread_mutex_lock(&watch.lock);
    snprintf(watch.label, sizeof(watch.label), "%s", safe.data != NULL ? safe.data : "");
    watch.since = clock_monotonic();
    pthread_mutex_unlock(&watch.lock);
}

void watch_quiet(void)
{
    pthread_mutex_lock(&watch.lock);
    watch.label[0] = '\0';
    wipe();
    pthread_mutex_unlock(&watch.lock);
}
