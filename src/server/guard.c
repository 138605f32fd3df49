#include "server/guard.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

#include "core/str.h"

/* "host:port" without ":port"; what is in brackets may hold colons. */
static struct adder_str without_port(struct adder_str host)
{
    const char *bracket = memchr(host.ptr, ']', host.len);
    const char *from = bracket != NULL ? bracket : host.ptr;
    const char *colon = memchr(from, ':', host.len - (size_t)(from - host.ptr));

    if (colon != NULL)
        host.len = (size_t)(colon - host.ptr);
    return host;
}

bool guard_host_is_loopback(const char *host)
{
    struct adder_str name = without_port(str_of(host));
    char text[INET_ADDRSTRLEN];
    struct in_addr v4;

    if (name.len == strlen("localhost") && strncasecmp(name.ptr, "localhost", name.len) == 0)
        return true;
    if (str_is(name, "[::1]"))
        return true;
    if (name.len >= sizeof(text))
        return false;
    snprintf(text, sizeof(text), "%.*s", STR_ARG(name));
    return inet_pton(AF_INET, text, &v4) == 1 && ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool guard_origin_is_host(const char *origin, const char *host)
{
    const char *mark = strstr(origin, "://");

    return mark != NULL && strcasecmp(mark + strlen("://"), host) == 0;
}

bool guard_token_fits(const char *given, const char *token)
{
    size_t given_len = strlen(given), len = strlen(token);
    volatile unsigned char differ = given_len != len || len == 0;

    for (size_t i = 0; i < given_len && len > 0; i++)
        differ |= (unsigned char)(given[i] ^ token[i % len]);
    return differ == 0;
}

bool guard_bearer_fits(const char *authorization, const char *token)
{
    static const char scheme[] = "Bearer ";
    size_t len = sizeof(scheme) - 1;

    if (strncasecmp(authorization, scheme, len) != 0)
        return false;
    authorization += len;
    return guard_token_fits(authorization + strspn(authorization, " "), token);
}
