#include "server/filter.h"

#include <string.h>

/* One '*' is enough to come back to: what an earlier one could yet take in, the later can. */
static bool glob_fits(struct adder_str glob, struct adder_str text)
{
    size_t g = 0, t = 0, star = SIZE_MAX, taken = 0;

    while (t < text.len) {
        if (g < glob.len && glob.ptr[g] == '*') {
            star = g++;
            taken = t;
        } else if (g < glob.len && (glob.ptr[g] == '?' || glob.ptr[g] == text.ptr[t])) {
            g++;
            t++;
        } else if (star != SIZE_MAX) {
            g = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    while (g < glob.len && glob.ptr[g] == '*')
        g++;
    return g == glob.len;
}

bool filter_fits(struct adder_str filter, struct adder_str text)
{
    if (filter.len == 0)
        return true;
    if (memchr(filter.ptr, '*', filter.len) != NULL ||
        memchr(filter.ptr, '?', filter.len) != NULL)
        return glob_fits(filter, text);
    return text.len > 0 && memmem(text.ptr, text.len, filter.ptr, filter.len) != NULL;
}
