#include "server/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

#define UNIX_PREFIX "unix:"

enum { BACKLOG = 128 }; /* connections that wait to be accepted */

/* ---- Reading --------------------------------------------------------------------------- */

static int parse_unix(const char *path, struct listen_address *ret, struct adder_error *err)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&ret->sa;
    size_t len = strlen(path);

    if (path[0] != '/')
        return err_set(err, ADDER_INVALID, "the path of a unix socket begins with '/'");
    if (len >= sizeof(un->sun_path))
        return err_set(err, ADDER_INVALID, "the path of a unix socket has at most %zu bytes",
                       sizeof(un->sun_path) - 1);
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, len + 1);
    ret->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    ret->local = true;
    return 0;
}

/* -1 when it is no port. */
static int parse_port(const char *text)
{
    size_t len = strspn(text, "0123456789");
    long port = len > 0 && len <= 5 && text[len] == '\0' ? strtol(text, NULL, 10) : -1;

    return port <= UINT16_MAX ? (int)port : -1;
}

static bool is_loopback(const struct sockaddr_storage *sa)
{
    const struct in_addr *v4 = &((const struct sockaddr_in *)sa)->sin_addr;
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)sa)->sin6_addr;

    if (sa->ss_family == AF_INET)
        return ntohl(v4->s_addr) >> 24 == IN_LOOPBACKNET;
    return IN6_IS_ADDR_LOOPBACK(v6) ||
           (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == IN_LOOPBACKNET);
}

static int parse_host(const char *host, const char *port, struct listen_address *ret,
                      struct adder_error *err)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;

    if (getaddrinfo(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, port, &hints,
                    &found) != 0)
        return err_set(err, ADDER_INVALID, "'%s' is no numeric address", host);
    memcpy(&ret->sa, found->ai_addr, found->ai_addrlen);
    ret->len = found->ai_addrlen;
    ret->local = is_loopback(&ret->sa);
    freeaddrinfo(found);
    return 0;
}

static int parse(const char *text, struct listen_address *ret, struct adder_error *err)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
    char host[LISTEN_TEXT_MAX];

    if (strlen(text) >= LISTEN_TEXT_MAX)
        return err_set(err, ADDER_INVALID, "it has more than %d bytes", LISTEN_TEXT_MAX - 1);
    if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
        return parse_unix(text + strlen(UNIX_PREFIX), ret, err);
    if (colon == NULL)
        return err_set(err, ADDER_INVALID, "write ADDRESS:PORT or unix:/PATH");
    if (len == 0)
        return err_set(err, ADDER_INVALID,
                       "the address is missing: write 127.0.0.1%s, or 0.0.0.0%s for all "
                       "interfaces",
                       colon, colon);
    if (parse_port(colon + 1) < 0)
        return err_set(err, ADDER_INVALID, "'%s' is no port", colon + 1);
    if (!brackets && memchr(text, ':', len) != NULL)
        return err_set(err, ADDER_INVALID, "an IPv6 address stands in brackets: [::1]:PORT");
    snprintf(host, sizeof(host), "%.*s", (int)(len - (brackets ? 2 : 0)),
             text + (brackets ? 1 : 0));
    return parse_host(host, colon + 1, ret, err);
}

int listen_parse(const char *text, struct listen_address *ret, struct adder_error *err)
{
    struct listen_address at = {0};

    if (parse(text, &at, err) < 0)
        return err_wrap(err, "cannot listen on '%s'", text);
    *ret = at;
    return 0;
}

/* ---- Binding --------------------------------------------------------------------------- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* As in server_address(). NULL: no memory. */
static char *format(const struct sockaddr_storage *sa, socklen_t len)
{
    bool v6 = sa->ss_family == AF_INET6;
    char host[INET6_ADDRSTRLEN + 32], port[8]; /* the scope of an address has a name, too */

    if (sa->ss_family == AF_UNIX)
        return mem_printf(UNIX_PREFIX "%s", ((const struct sockaddr_un *)sa)->sun_path);
    if (getnameinfo((const struct sockaddr *)sa, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return NULL;
    return mem_printf("http://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

/* Removes a socket that nobody listens to, left by an agent that was killed. */
static int remove_stale(const struct sockaddr_un *un, struct adder_error *err)
{
    CLEANUP(close_fd) int fd = -1;
    struct stat st;

    if (lstat(un->sun_path, &st) < 0)
        return errno == ENOENT ? 0 : err_errno(err, errno, "%s", un->sun_path);
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, ADDER_SYSTEM, "it exists and is no socket");
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_errno(err, errno, "socket");
    if (connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0 || errno == EAGAIN)
        return err_set(err, ADDER_SYSTEM,
                       "another process listens there, perhaps another agent: end it or choose "
                       "another path");
    if (errno != ECONNREFUSED)
        return err_errno(err, errno, "is somebody there?");
    if (unlink(un->sun_path) < 0 && errno != ENOENT)
        return err_errno(err, errno, "cannot remove what another agent left there");
    return 0;
}

static int bind_failed(int errnum, struct adder_error *err)
{
    static const struct {
        int errnum;
        const char *advice;
    } advices[] = {
        {EADDRINUSE, "another process listens there, perhaps another agent: end it or choose "
                     "another port"},
        {EADDRNOTAVAIL, "this machine has no such address: choose one of its own"},
        {EACCES, "ports below 1024, and other people's folders, need a privilege"},
    };

    err_errno(err, errnum, "%s", "bind");
    for (size_t i = 0; i < ARRAY_LEN(advices); i++)
        if (advices[i].errnum == errnum)
            return err_set(err, ADDER_SYSTEM, "%s", advices[i].advice);
    return -1;
}

static int bind_to(int fd, const struct listen_address *at, struct adder_error *err)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)&at->sa;
    int on = 1, off = 0;

    if (at->sa.ss_family == AF_UNIX && remove_stale(un, err) < 0)
        return -1;
    /* On Linux the file is made with the mode of the descriptor, so it never has another. */
    if (at->sa.ss_family == AF_UNIX && fchmod(fd, S_IRUSR | S_IWUSR) < 0)
        return err_errno(err, errno, "fchmod");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (at->sa.ss_family == AF_INET6) /* [::] is everything, IPv4 included */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, (const struct sockaddr *)&at->sa, at->len) < 0)
        return bind_failed(errno, err);
    return listen(fd, BACKLOG) < 0 ? bind_failed(errno, err) : 0;
}

static int open_at(const struct listen_address *at, struct listener *ret,
                   struct adder_error *err)
{
    CLEANUP(close_fd) int fd =
        socket(at->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct listener l = {.fd = -1};
    struct sockaddr_storage sa = at->sa;
    socklen_t len = at->len;

    if (fd < 0)
        return err_errno(err, errno, "socket");
    if (bind_to(fd, at, err) < 0)
        return -1;
    if (sa.ss_family == AF_UNIX)
        stat(((struct sockaddr_un *)&sa)->sun_path, &l.socket);
    else
        getsockname(fd, (struct sockaddr *)&sa, &len);
    l.address = format(&sa, len);
    if (l.address == NULL) {
        listen_done(&l);
        return err_nomem(err);
    }
    l.fd = fd;
    fd = -1;
    *ret = l;
    return 0;
}

int listen_open(const struct listen_address *at, struct listener *ret, struct adder_error *err)
{
    AUTOFREE char *address = format(&at->sa, at->len);

    if (address == NULL)
        return err_nomem(err);
    if (open_at(at, ret, err) < 0)
        return err_wrap(err, "cannot listen on %s", address);
    return 0;
}

void listen_done(struct listener *l)
{
    const char *path = l->address != NULL ? l->address + strlen(UNIX_PREFIX) : NULL;
    struct stat st;

    if (l->socket.st_ino != 0 && path != NULL && lstat(path, &st) == 0 &&
        st.st_ino == l->socket.st_ino && st.st_dev == l->socket.st_dev)
        unlink(path);
    mem_free(TAKE(l->address));
}
