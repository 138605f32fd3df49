#include <string.h>

#include "core/str.h"
#include "metrics/sampler.h"

/* Shell's sort with Ciura's gaps ("Best increments for the average case of Shellsort", 2001),
 * the large ones added: it needs no memory, is an insertion sort for the usual few tags, and
 * not quadratic for many. */
static void sort(struct adder_str *tags, size_t count)
{
    static const size_t gaps[] = {20253, 9001, 4001, 1750, 701, 301, 132, 57, 23, 10, 4, 1};

    for (size_t g = 0; g < ARRAY_LEN(gaps); g++) {
        for (size_t i = gaps[g]; i < count; i++) {
            struct adder_str tag = tags[i];
            size_t at = i;

            for (; at >= gaps[g] && str_cmp(tags[at - gaps[g]], tag) > 0; at -= gaps[g])
                tags[at] = tags[at - gaps[g]];
            tags[at] = tag;
        }
    }
}

size_t tags_normalise(struct adder_tags tags, struct adder_tags extra, struct adder_str *ret)
{
    size_t all = tags.count + extra.count, kept = 0;

    if (tags.count > 0)
        memcpy(ret, tags.items, tags.count * sizeof(*ret));
    if (extra.count > 0)
        memcpy(ret + tags.count, extra.items, extra.count * sizeof(*ret));
    sort(ret, all);
    for (size_t i = 0; i < all; i++)
        if (kept == 0 || !str_eq(ret[kept - 1], ret[i]))
            ret[kept++] = ret[i];
    return kept;
}
