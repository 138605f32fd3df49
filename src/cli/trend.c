#include "cli/trend.h"

#include <stdlib.h>

#include "core/err.h"
#include "core/mem.h"

enum {
    POINTS_MAX = 400, /* pairs grow with the square */
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The middle one of an odd number of sorted values, the mean of the middle two of an even one.
 */
static double median(const double *values, size_t count)
{
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

int trend_find(const double *values, size_t count, struct trend *ret, struct adder_error *err)
{
    /* First runs import modules and fill caches: a quarter, two at least. */
    size_t skipped = count / 4 > 2 ? count / 4 : 2;
    size_t step = (count - skipped + POINTS_MAX - 1) / POINTS_MAX;
    size_t points = (count - skipped + step - 1) / step, pairs = 0;
    AUTOFREE double *slopes = mem_alloc(points * (points - 1) / 2 * sizeof(*slopes));

    if (slopes == NULL)
        return err_nomem(err);
    for (size_t i = skipped; i < count; i += step)
        for (size_t j = i + step; j < count; j += step)
            slopes[pairs++] = (values[j] - values[i]) / (double)(j - i);
    qsort(slopes, pairs, sizeof(*slopes), by_size);
    *ret = (struct trend){skipped, median(slopes, pairs), slopes[(pairs - 1) / 4]};
    return 0;
}
