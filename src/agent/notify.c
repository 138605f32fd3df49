#include "agent/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"

/* The address that $NOTIFY_SOCKET names; a leading '@' stands for the abstract namespace. */
static bool address_of(const char *name, struct sockaddr_un *ret, socklen_t *len)
{
    size_t n = name != NULL ? strlen(name) : 0;

    if (n < 2 || n >= sizeof(ret->sun_path) || (name[0] != '/' && name[0] != '@'))
        return false;
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret->sun_path, name, n);
    if (name[0] == '@')
        ret->sun_path[0] = '\0';
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (name[0] == '/'));
    return true;
}

void notify(const char *state)
{
    struct sockaddr_un to;
    socklen_t len;
    int fd;

    if (!address_of(getenv("NOTIFY_SOCKET"), &to, &len))
        return;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
               (const struct sockaddr *)&to, len) < 0)
        LOG_DEBUG("the service manager cannot be told '%s': %s", state, strerror(errno));
    close(fd);
}

void notify_reloading(void)
{
    char state[64];

    snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%.0f", clock_monotonic() * 1e6);
    notify(state);
}

double notify_watchdog(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    double every = usec != NULL ? strtod(usec, NULL) / 1e6 / 2 : 0;

    if (pid != NULL && strtol(pid, NULL, 10) != getpid())
        return 0;
    return every > 0 ? every : 0;
}
