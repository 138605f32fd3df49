#include "core/closest.h"

#include <string.h>

#include "core/str.h"

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/*
 * Typing errors between two words: letters missing, added, wrong, or two swapped (optimal
 * string alignment). Both at most CLOSEST_MAX bytes.
 */
static unsigned distance(struct adder_str a, struct adder_str b)
{
    unsigned rows[3][CLOSEST_MAX + 1];

    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned wrong = a.ptr[i - 1] != b.ptr[j - 1];

            row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + wrong);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

struct closest closest_to(const char *word, size_t len)
{
    /* One mistake in three letters is a slip; more is another word. */
    return (struct closest){.word = word, .len = len, .distance = (unsigned)(len + 2) / 3 + 1};
}

void closest_offer(struct closest *c, const char *name)
{
    struct adder_str candidate = str_of(name);
    unsigned d;

    if (c->len > CLOSEST_MAX || candidate.len > CLOSEST_MAX || c->len == 0)
        return;
    d = distance((struct adder_str){c->word, c->len}, candidate);
    if (d >= c->distance)
        return;
    c->distance = d;
    memcpy(c->best, name, candidate.len + 1);
}
