#include "out/buckets.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"

/*
 * The bounds are those that Prometheus' own libraries have by default, 1, 2.5 and 5 times each
 * power of ten. Sketches know values to within 1/128, in bins; a bin belongs to the lowest
 * bound whose own bin is not below it, so a value never counts above a bound that it is not
 * above.
 */
#define TINY(n)  1e-##n, 2.5e-##n, 5e-##n
#define LARGE(n) 1e##n, 2.5e##n, 5e##n

/* Sketches take smaller magnitudes for 0. What is above the largest is in +Inf. */
static const double magnitudes[] = {
    TINY(9),   TINY(8),   TINY(7),   TINY(6),   TINY(5),   TINY(4),   TINY(3),   TINY(2),
    TINY(1),   LARGE(0),  LARGE(1),  LARGE(2),  LARGE(3),  LARGE(4),  LARGE(5),  LARGE(6),
    LARGE(7),  LARGE(8),  LARGE(9),  LARGE(10), LARGE(11), LARGE(12), LARGE(13), LARGE(14),
    LARGE(15), LARGE(16), LARGE(17), LARGE(18), LARGE(19), LARGE(20), LARGE(21), LARGE(22),
};

/* sketch_key() of each, which takes a logarithm. */
static const int16_t magnitude_keys[] = {
    1,    60,   105,  150,  209,  254,  298,  358,  402,  447,  506,  551,  595,  655,
    699,  744,  803,  848,  892,  952,  996,  1041, 1100, 1145, 1189, 1249, 1293, 1338,
    1397, 1442, 1487, 1546, 1590, 1635, 1694, 1739, 1784, 1843, 1887, 1932, 1991, 2036,
    2081, 2140, 2184, 2229, 2288, 2333, 2378, 2437, 2481, 2526, 2585, 2630, 2675, 2734,
    2778, 2823, 2882, 2927, 2972, 3031, 3075, 3120, 3179, 3224, 3269, 3328, 3372, 3417,
    3476, 3521, 3566, 3625, 3670, 3714, 3773, 3818, 3863, 3922, 3967, 4011, 4070, 4115,
    4160, 4219, 4264, 4308, 4367, 4412, 4457, 4516, 4561, 4605, 4664, 4709,
};

enum { MAGNITUDES = ARRAY_LEN(magnitudes) };

_Static_assert(ARRAY_LEN(magnitude_keys) == MAGNITUDES, "every bound has a key");

/* The bounds above 0 are numbered from 1, those below from -1; 0 is 0. */
static double bound_at(int number)
{
    if (number < 0)
        return -bound_at(-number);
    if (number > MAGNITUDES)
        return INFINITY;
    return number > 0 ? magnitudes[number - 1] : 0;
}

static int key_at(int number)
{
    if (number < 0)
        return -key_at(-number);
    if (number > MAGNITUDES)
        return INT16_MAX;
    return number > 0 ? magnitude_keys[number - 1] : 0;
}

/* The number of the lowest bound that values with this key do not exceed. */
static int bound_of(int key)
{
    int low = -MAGNITUDES, high = MAGNITUDES + 1;

    while (low < high) {
        int middle = low + (high - low - 1) / 2;

        if (key_at(middle) >= key)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The first place whose bound is not below `value`. */
static size_t place_of(const struct bounds *b, double value)
{
    size_t low = 0, high = b->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (b->items[middle].value < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds a bound if it is new, and there is room and memory for it. */
static int add_bound(struct bounds *b, double value)
{
    size_t place = place_of(b, value), capacity = b->capacity > 0 ? b->capacity * 2 : 8;
    struct bound *items = b->items, bound = {.value = value};

    if (isinf(value) || (place < b->count && items[place].value == value) ||
        b->count == BOUNDS_MAX)
        return 0;
    if (b->count == b->capacity) {
        items = mem_realloc(b->items, capacity * sizeof(*items));
        if (items == NULL)
            return -1;
        b->items = items;
        b->capacity = capacity;
    }
    bound.text[number_write_bound(bound.text, value)] = '\0';
    memmove(items + place + 1, items + place, (b->count - place) * sizeof(*items));
    items[place] = bound;
    b->count++;
    return 0;
}

/* The cell of a bound, a new one if need be; NULL: no memory. */
static struct cell *cell_at(struct histogram *h, double bound)
{
    size_t place = h->count, capacity = h->capacity > 0 ? h->capacity * 2 : 4;
    struct cell *cells = h->cells;

    while (place > 0 && cells[place - 1].bound > bound)
        place--;
    if (place > 0 && cells[place - 1].bound == bound)
        return &cells[place - 1];
    if (h->count == h->capacity) {
        cells = mem_realloc(h->cells, capacity * sizeof(*cells));
        if (cells == NULL)
            return NULL;
        h->cells = cells;
        h->capacity = capacity;
    }
    memmove(cells + place + 1, cells + place, (h->count - place) * sizeof(*cells));
    cells[place] = (struct cell){.bound = bound};
    h->count++;
    return &cells[place];
}

/* Counts `n` values up to `upper`. `lower` is where the bucket begins; 0 needs not be said. */
static int add_values(struct histogram *h, struct bounds *b, double lower, double upper,
                      uint64_t n)
{
    struct cell *cell;
    size_t place;

    if (add_bound(b, upper) < 0 || (lower != 0 && add_bound(b, lower) < 0))
        return -1;
    place = place_of(b, upper);
    cell = cell_at(h, place < b->count ? b->items[place].value : INFINITY);
    if (cell == NULL)
        return -1;
    n = n < UINT64_MAX - h->total ? n : UINT64_MAX - h->total;
    cell->count += n;
    h->total += n;
    return 0;
}

/* The bound before is one as well, as who reads buckets takes values for spread evenly between
 * two bounds. Not before 0, so that there is no negative bound without negative values. */
static int add_numbered(struct histogram *h, struct bounds *b, int number, uint64_t n)
{
    double lower = number != 0 ? bound_at(number - 1) : 0;

    return n > 0 ? add_values(h, b, lower, bound_at(number), n) : 0;
}

int histogram_add(struct histogram *h, struct bounds *b, const struct sketch *from)
{
    int number = 0;
    uint64_t n = 0;

    for (size_t i = 0; i < from->bin_count; i++) {
        int key = from->bins[i].key;

        if (i == 0 || key > key_at(number)) {
            if (add_numbered(h, b, number, n) < 0)
                return -1;
            number = bound_of(key);
            n = 0;
        }
        n += from->bins[i].n;
    }
    if (add_numbered(h, b, number, n) < 0)
        return -1;
    h->sum += from->sum;
    h->has_negative = h->has_negative || from->min < 0;
    return 0;
}

int histogram_add_bucket(struct histogram *h, struct bounds *b, double lower, double upper,
                         uint64_t n)
{
    h->sum_unknown = true;
    return add_values(h, b, lower, upper, n);
}

size_t histogram_bytes(const struct histogram *h)
{
    return sizeof(*h) + h->capacity * sizeof(*h->cells);
}

void histogram_clear(struct histogram *h)
{
    mem_free(h->cells);
    *h = (struct histogram){0};
}

void bounds_clear(struct bounds *b)
{
    mem_free(b->items);
    *b = (struct bounds){0};
}
