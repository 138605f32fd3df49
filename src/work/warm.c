#include "work/warm.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"

/* ---- The throwaway check ---------------------------------------------------------------- */

/* It fails in the end: what the base loads to tell of an error (a module that loads itself when
 * it is first used, which two threads at once do not survive) is to be there as well. */

static const char before[] =
    "import faulthandler, sys, types\n"
    "faulthandler.enable(2)\n"
    "from datadog_checks.base import AgentCheck\n"
    "class WarmUp(AgentCheck):\n"
    "    def check(self, instance):\n"
    "        self.gauge('adder.warm_up', 1, tags=['a:b'])\n"
    "        self.monotonic_count('adder.warm_up', 1)\n"
    "        self.service_check('adder.warm_up', self.OK)\n"
    "        self.log.debug('warm')\n"
    "        raise RuntimeError('warm')\n"
    "WarmUp.__module__ = 'adder_warm_up'\n"
    "sys.modules['adder_warm_up'] = m = types.ModuleType('adder_warm_up')\n"
    "m.WarmUp = WarmUp\n";

static const char after[] = "import sys\n"
                            "sys.modules.pop('adder_warm_up', None)\n";

static const char freeze[] = "import gc\n"
                             "gc.collect()\n"
                             "gc.freeze()\n";

static int run_once(struct adder_runtime *rt, struct adder_error *err)
{
    struct adder_check_config config = {.name = "adder_warm_up", .id = "adder_warm_up"};
    struct adder_check *check;
    int rc;

    if (adder_check_new(rt, &config, &check, err) < 0)
        return -1;
    rc = adder_check_run(check, ADDER_COMMIT, err);
    adder_check_free(check);
    return rc < 0 && err->code == ADDER_CHECK ? 0 : -1;
}

static int run_throwaway(struct adder_runtime *rt, struct adder_error *err)
{
    if (adder_runtime_exec(rt, before, err) < 0 || run_once(rt, err) < 0 ||
        adder_runtime_exec(rt, after, err) < 0)
        return err_wrap(err, "warming up");
    return 0;
}

/* ---- Modules ---------------------------------------------------------------------------- */

enum verdict { UNTRIED, GOOD, LEFT_OUT };

struct trial {
    struct adder_runtime *rt;
    const char *const *modules;
    size_t count;
    char *verdicts; /* enum verdict of each */
    double until;   /* monotonic */
};

/* Letters and what else names have: nothing that could end the text it is put into. */
static bool is_name(const char *module)
{
    size_t len = strlen(module);

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)module[i];

        if (c < 0x80 && c != '.' && c != '_' && !(c >= '0' && c <= '9') &&
            !((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
            return false;
    }
    return len > 0 && strcmp(module, "__main__") != 0;
}

static int import_module(struct adder_runtime *rt, const char *module, struct adder_error *err)
{
    AUTOFREE char *code =
        is_name(module) ? mem_printf("__import__('%s')\n", module) : mem_strdup("");

    if (code == NULL)
        return err_nomem(err);
    if (*code == '\0')
        return err_set(err, ADDER_INVALID, "that is no name of a module");
    return adder_runtime_exec(rt, code, err);
}

static long thread_count(void)
{
    struct stat tasks;

    return stat("/proc/self/task", &tasks) == 0 ? (long)tasks.st_nlink : -1;
}

/* In the child: a byte for each module that is yet untried, as far as it gets. */
static void try_all(const struct trial *t, int out)
{
    long threads = thread_count();
    struct adder_error err;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < t->count; i++) {
        char verdict = GOOD;

        if (t->verdicts[i] == LEFT_OUT)
            continue;
        if (import_module(t->rt, t->modules[i], &err) < 0) {
            LOG_DEBUG("not imported ahead: %s: %s", t->modules[i], err.message);
            verdict = LEFT_OUT;
        } else if (thread_count() != threads) {
            LOG_INFO("%s starts threads when it is imported, so not ahead", t->modules[i]);
            _exit(0);
        }
        if (write(out, &verdict, 1) != 1)
            _exit(1);
    }
    _exit(0);
}

/* Takes what the child says, until it ends or has had its time. Whether it got to the end. */
static bool listen_to(struct trial *t, int in)
{
    for (size_t i = 0; i < t->count; i++) {
        struct pollfd p = {.fd = in, .events = POLLIN};
        double left_s = t->until - clock_monotonic();

        if (t->verdicts[i] == LEFT_OUT)
            continue;
        if (left_s <= 0 || poll(&p, 1, (int)(left_s * 1000) + 1) <= 0)
            return false;
        if (read(in, &t->verdicts[i], 1) != 1) {
            t->verdicts[i] = LEFT_OUT; /* it ended at this one */
            return false;
        }
    }
    return true;
}

static int try_once(struct trial *t, bool *complete, struct adder_error *err)
{
    int64_t pid;
    int fds[2], rc;

    if (pipe2(fds, O_CLOEXEC) < 0)
        return err_errno(err, errno, "trying modules");
    rc = adder_runtime_fork(t->rt, false, &pid, err);
    if (rc == 0 && pid == 0)
        try_all(t, fds[1]);
    close(fds[1]);
    if (rc == 0) {
        *complete = listen_to(t, fds[0]);
        kill((pid_t)pid, SIGKILL);
        while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    close(fds[0]);
    return rc;
}

/* Each time a module does harm, all are tried anew without it: what was good in its company may
 * not be so any more. */
static int try_modules(struct trial *t, struct adder_error *err)
{
    bool complete = t->count == 0;

    for (int i = 0; i < WARM_TRIALS && !complete && clock_monotonic() < t->until; i++)
        if (try_once(t, &complete, err) < 0)
            return -1;
    if (!complete) {
        LOG_WARN("no module is imported ahead: trying them did harm, or took too long");
        t->count = 0;
    }
    return 0;
}

static int import_good(const struct trial *t, struct buf *imported, struct adder_error *err)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->verdicts[i] != GOOD)
            continue;
        if (import_module(t->rt, t->modules[i], err) < 0) {
            LOG_WARN("%s: %s", t->modules[i], err->message);
            continue;
        }
        buf_add_str(imported, t->modules[i]);
        buf_add_char(imported, '\n');
    }
    return buf_check(imported, err);
}

static int import_modules(struct adder_runtime *rt, const char *const *modules,
                          struct buf *imported, struct adder_error *err)
{
    AUTOFREE char *verdicts = NULL;
    struct trial t = {.rt = rt, .modules = modules, .until = clock_monotonic() + WARM_TRIAL_S};

    while (modules != NULL && modules[t.count] != NULL && t.count < WARM_MODULES_MAX)
        t.count++;
    t.verdicts = verdicts = mem_zalloc(t.count + 1);
    if (verdicts == NULL)
        return err_nomem(err);
    if (try_modules(&t, err) < 0)
        return -1;
    return import_good(&t, imported, err);
}

int warm_up(struct adder_runtime *rt, const char *const *modules, struct buf *imported,
            struct adder_error *err)
{
    if (run_throwaway(rt, err) < 0 || import_modules(rt, modules, imported, err) < 0 ||
        adder_runtime_exec(rt, freeze, err) < 0)
        return -1;
    malloc_trim(0);
    return 0;
}
