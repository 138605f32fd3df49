#include "metrics/sketch.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"

/*
 * DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with
 * relative-error guarantees", 2019) with logarithmic bins. The Datadog Agent has a relative
 * accuracy of 1/128, so gamma = 1 + 2/128, and numbers its bins so that the smallest magnitude
 * with a bin of its own, about 1e-9, has key 1: the bias is 1 + ceil(-ln 1e-9 / ln gamma).
 * Series from both can be merged by a receiver only when all of these are the same.
 */
#define GAMMA     1.015625
#define LN_GAMMA  0.015504186535965254 /* log1p(1.0 / 64) */
#define MAGNITUDE 9.94185408912145e-10 /* smaller is zero: gamma to the power of 1 - bias */

enum { BIAS = 1338, KEY_MAX = 32767 };

/* Values of one key; `value` is what each counts as in min, max, sum and avg. */
struct run {
    int key;
    int64_t n;
    double value;
};

struct sketch *sketch_new(void)
{
    return mem_zalloc(sizeof(struct sketch));
}

void sketch_free(struct sketch *s)
{
    if (s == NULL)
        return;
    mem_free(s->bins);
    mem_free(s);
}

int sketch_key(double value)
{
    double magnitude = fabs(value), key;

    if (!(magnitude >= MAGNITUDE))
        return 0;
    key = rint(log(magnitude) / LN_GAMMA) + BIAS;
    key = fmin(fmax(key, 1), KEY_MAX);
    return value < 0 ? -(int)key : (int)key;
}

double sketch_key_value(int key)
{
    if (key < 0)
        return -sketch_key_value(-key);
    if (key == 0)
        return 0;
    return key < KEY_MAX ? pow(GAMMA, key - BIAS) : INFINITY;
}

/* How many of `n` values there is room for. */
static int64_t room(const struct sketch *s, int64_t n)
{
    return n < INT64_MAX - s->count ? n : INT64_MAX - s->count;
}

/* Takes `n` values of `value` into the figures that are exact. */
static void count(struct sketch *s, double value, int64_t n)
{
    if (s->count == 0)
        s->min = s->max = value;
    s->min = fmin(s->min, value);
    s->max = fmax(s->max, value);
    s->count += n;
    s->sum += value * (double)n;
    s->avg += (value - s->avg) * ((double)n / (double)s->count);
}

/* Appends to sorted runs, joining equal keys. */
static void push(struct run *runs, size_t *run_count, int key, int64_t n)
{
    struct run *last = *run_count > 0 ? &runs[*run_count - 1] : NULL;

    if (last == NULL || last->key != key) {
        last = &runs[(*run_count)++];
        *last = (struct run){.key = key};
    }
    last->n += n;
}

/* Joins the lowest runs when there are too many for the bins; returns the first run left. */
static size_t collapse(struct run *runs, size_t run_count)
{
    size_t first = run_count > SKETCH_BINS ? run_count - SKETCH_BINS : 0;

    for (size_t i = 0; i < first; i++)
        runs[first].n += runs[i].n;
    return first;
}

static int make_room(struct sketch *s, size_t bin_count)
{
    size_t capacity = s->bin_capacity * 2 > bin_count ? s->bin_capacity * 2 : bin_count;
    struct sketch_bin *bins;

    if (bin_count <= s->bin_capacity)
        return 0;
    bins = mem_realloc(s->bins, capacity * sizeof(*bins));
    if (bins == NULL)
        return -1;
    s->bins = bins;
    s->bin_capacity = capacity;
    return 0;
}

/* Replaces the bins by those that hold the runs. */
static int set_bins(struct sketch *s, const struct run *runs, size_t run_count)
{
    if (make_room(s, run_count) < 0)
        return -1;
    for (size_t i = 0; i < run_count; i++)
        s->bins[i] = (struct sketch_bin){(int16_t)runs[i].key, runs[i].n};
    s->bin_count = run_count;
    return 0;
}

/* Adds runs, sorted by key, to the bins. */
static int insert(struct sketch *s, const struct run *runs, size_t run_count)
{
    AUTOFREE struct run *all = mem_alloc((s->bin_count + run_count) * sizeof(*all));
    size_t n = 0, first, i = 0, j = 0;

    if (all == NULL)
        return -1;
    while (i < s->bin_count || j < run_count) {
        if (j == run_count || (i < s->bin_count && s->bins[i].key <= runs[j].key)) {
            push(all, &n, s->bins[i].key, s->bins[i].n);
            i++;
        } else {
            push(all, &n, runs[j].key, runs[j].n);
            j++;
        }
    }
    first = collapse(all, n);
    return set_bins(s, all + first, n - first);
}

/* The first bin whose key is not below `key`, or the end. */
static struct sketch_bin *find(const struct sketch *s, int key)
{
    size_t low = 0, high = s->bin_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (s->bins[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return s->bins + low;
}

int sketch_add(struct sketch *s, double value, int64_t n)
{
    struct run run = {sketch_key(value), room(s, n), value};
    struct sketch_bin *bin;

    if (!isfinite(value) || run.n <= 0)
        return 0;
    bin = s->bin_count > 0 ? find(s, run.key) : NULL;
    if (bin != NULL && bin < s->bins + s->bin_count && bin->key == run.key)
        bin->n += run.n;
    else if (insert(s, &run, 1) < 0)
        return -1;
    count(s, value, run.n);
    return 0;
}

/* A key above `key` to go on with, when the keys from there to `target` are too few to count:
 * the keys of narrow buckets near zero are many, and each costs a power. */
static int skip_to(int key, double target)
{
    int below = sketch_key(target) - 1;

    return below > key ? below : key + 1;
}

/*
 * Spreads `n` values evenly over [lower, upper]: walks up the keys, and whenever those since
 * the last stop have a share of one value or more, gives the whole part of it to the first of
 * them. Fractions add up to further values; what is left goes to where the walk stands. As the
 * Agent does it, values count as the lower end of their bin. Returns the number of runs.
 */
static size_t spread(struct run *runs, double lower, double upper, int64_t n)
{
    int key = sketch_key(lower), last = sketch_key(upper);
    double start = isfinite(sketch_key_value(key)) ? sketch_key_value(key) : lower;
    double one = (upper - lower) / (double)n, fractions = 0;
    size_t run_count = 0;
    int64_t left = n;
    int next = skip_to(key, start + one);

    while (next <= last && left > 0) {
        double end = sketch_key_value(next);
        double share = (end - start) / (upper - lower) * (double)n;
        int64_t whole;

        if (!(share >= 1)) {
            next++;
            continue;
        }
        whole = share < (double)left ? (int64_t)share : left;
        fractions += share - trunc(share);
        if (fractions > 1) {
            fractions--;
            whole += whole < left;
        }
        runs[run_count++] = (struct run){key, whole, start};
        left -= whole;
        key = next;
        start = end;
        next = skip_to(key, start + one);
    }
    if (left > 0)
        runs[run_count++] = (struct run){key, left, start};
    return run_count;
}

int sketch_add_range(struct sketch *s, double lower, double upper, int64_t n)
{
    AUTOFREE struct run *runs = NULL;
    int64_t most;
    size_t run_count;

    n = room(s, n);
    if (!isfinite(lower) || !(lower <= upper) || n <= 0)
        return 0;
    if (isinf(upper))
        return sketch_add(s, lower, n);
    most = sketch_key(upper) - sketch_key(lower) + 1;
    runs = mem_alloc((size_t)(n < most ? n : most) * sizeof(*runs));
    if (runs == NULL)
        return -1;
    run_count = spread(runs, lower, upper, n);
    if (insert(s, runs, run_count) < 0)
        return -1;
    for (size_t i = 0; i < run_count; i++)
        count(s, runs[i].value, runs[i].n);
    return 0;
}

int sketch_merge(struct sketch *to, const struct sketch *from)
{
    AUTOFREE struct run *runs = NULL;
    int64_t left = room(to, from->count), n = left;
    size_t run_count = 0;

    if (n == 0)
        return 0;
    runs = mem_alloc(from->bin_count * sizeof(*runs));
    if (runs == NULL)
        return -1;
    for (size_t i = 0; i < from->bin_count && left > 0; i++) {
        int64_t some = from->bins[i].n < left ? from->bins[i].n : left;

        push(runs, &run_count, from->bins[i].key, some);
        left -= some;
    }
    if (insert(to, runs, run_count) < 0)
        return -1;
    to->min = to->count > 0 ? fmin(to->min, from->min) : from->min;
    to->max = to->count > 0 ? fmax(to->max, from->max) : from->max;
    to->count += n;
    to->sum += from->sum;
    to->avg += (from->avg - to->avg) * ((double)n / (double)to->count);
    return 0;
}

double sketch_quantile(const struct sketch *s, double q)
{
    double rank, below = 0;

    if (s->count == 0)
        return 0;
    for (size_t i = 0; i < s->bin_count; i++)
        below += s->bins[i].n;
    rank = rint(fmin(fmax(q, 0), 1) * (below - 1));
    below = 0;
    for (size_t i = 0; i < s->bin_count; i++) {
        below += s->bins[i].n;
        if (below > rank)
            return fmin(fmax(sketch_key_value(s->bins[i].key), s->min), s->max);
    }
    return s->max;
}
