/*
 * http_fuzz.c - any bytes as what people and clients write: an address to listen on, headers, a
 * filter of the tail. A filter fits what it is made of.
 */
#include <stdlib.h>

#include "core/mem.h"
#include "core/str.h"
#include "server/filter.h"
#include "server/guard.h"
#include "server/listen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void headers(const char *first, const char *second)
{
    guard_host_is_loopback(first);
    guard_origin_is_host(first, second);
    guard_bearer_fits(first, second);
    if (guard_token_fits(first, second) != (strcmp(first, second) == 0 && second[0] != '\0'))
        abort();
}

static void filters(const char *filter, const char *text)
{
    filter_fits(str_of(filter), str_of(text));
    if (!filter_fits(str_of(filter), str_of(filter)) || !filter_fits(str_of("*"), str_of(text)))
        abort();
}

/* Two texts, the second behind the first NUL. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTOFREE char *first = mem_strndup((const char *)data, size);
    const char *second = first + strnlen(first, size);
    struct listen_address at;
    struct adder_error err;

    if (second < first + size)
        second++;
    listen_parse(first, &at, &err);
    headers(first, second);
    filters(first, second);
    return 0;
}
