#include "work/signals.h"

#include <signal.h>
#include <unistd.h>

#include "core/base.h"

static pid_t process;

/* Not ignored, because programs that checks start would inherit that; and children that are
 * forked without exec are to end as usual. */
static void on_signal(int sig)
{
    if (getpid() == process)
        return;
    signal(sig, SIG_DFL);
    raise(sig);
}

void signals_leave_to_supervisor(void)
{
    static const int polite[] = {SIGTERM, SIGINT, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    process = getpid();
    for (size_t i = 0; i < ARRAY_LEN(polite); i++)
        sigaction(polite[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}
