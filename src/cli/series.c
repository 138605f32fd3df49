#include "cli/series.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

#define DEVICE "device:"

static struct adder_str put(char **at, struct adder_str s)
{
    struct adder_str copy = {*at, s.len};

    if (s.len > 0)
        memcpy(*at, s.ptr, s.len);
    *at += s.len;
    return copy;
}

static struct adder_str put_device(char **at, struct adder_str device)
{
    struct adder_str copy = put(at, str_of(DEVICE));

    copy.len += put(at, device).len;
    return copy;
}

/* Copies the strings of a series into one block: the list of tags, then all bytes. The sampler
 * takes the device: tag out; readers look for it among the tags, where it is put back. */
static int key_copy(struct kept_key *ret, struct adder_str name, struct adder_str hostname,
                    struct adder_tags tags, struct adder_str device)
{
    bool has_device = device.ptr != NULL;
    size_t size = (tags.count + 1) * sizeof(struct adder_str) + name.len + hostname.len;
    struct adder_str *items;
    size_t count = 0;
    char *at;

    size += strlen(DEVICE) + device.len;
    for (size_t i = 0; i < tags.count; i++)
        size += tags.items[i].len;
    ret->block = items = mem_alloc(size);
    if (items == NULL)
        return -1;
    at = (char *)(items + tags.count + 1);
    ret->name = put(&at, name);
    ret->hostname = put(&at, hostname);
    for (size_t i = 0; i < tags.count; i++) {
        if (has_device && str_cmp(tags.items[i], str_of(DEVICE)) > 0) {
            items[count++] = put_device(&at, device);
            has_device = false;
        }
        items[count++] = put(&at, tags.items[i]);
    }
    if (has_device)
        items[count++] = put_device(&at, device);
    ret->tags = (struct adder_tags){items, count};
    return 0;
}

/* Makes room for one more item. */
static bool grow(void *items, size_t count, size_t *capacity, size_t size)
{
    size_t wanted = *capacity > 0 ? 2 * *capacity : 64;
    void *grown;

    if (count < *capacity)
        return true;
    grown = mem_realloc(*(void **)items, wanted * size);
    if (grown == NULL)
        return false;
    *(void **)items = grown;
    *capacity = wanted;
    return true;
}

static void add_series(void *ctx, const struct series *s)
{
    struct kept *k = ctx;
    struct kept_series one = {.type = s->type, .value = s->value, .time = s->time};

    if (!grow(&k->series, k->series_count, &k->series_capacity, sizeof(one)) ||
        key_copy(&one.key, s->name, s->hostname, s->tags, s->device) < 0) {
        k->failed = true;
        return;
    }
    k->series[k->series_count++] = one;
}

static void add_sketch(void *ctx, const struct sketch_series *s)
{
    struct kept *k = ctx;
    const struct sketch *from = s->sketch;
    struct kept_sketch one = {
        .time = s->time,
        .count = from->count,
        .min = from->min,
        .max = from->max,
        .avg = from->avg,
        .sum = from->sum,
        .p50 = sketch_quantile(from, 0.50),
        .p95 = sketch_quantile(from, 0.95),
        .p99 = sketch_quantile(from, 0.99),
    };

    if (!grow(&k->sketches, k->sketch_count, &k->sketch_capacity, sizeof(one)) ||
        key_copy(&one.key, s->name, s->hostname, s->tags, (struct adder_str){NULL, 0}) < 0) {
        k->failed = true;
        return;
    }
    k->sketches[k->sketch_count++] = one;
}

struct series_sink kept_sink(struct kept *k)
{
    return (struct series_sink){.series = add_series, .sketch = add_sketch, .ctx = k};
}

static int compare(const void *one, const void *other)
{
    const struct kept_key *a = one, *b = other;
    int order = str_cmp(a->name, b->name);

    if (order == 0)
        order = str_cmp(a->hostname, b->hostname);
    for (size_t i = 0; order == 0 && i < a->tags.count && i < b->tags.count; i++)
        order = str_cmp(a->tags.items[i], b->tags.items[i]);
    if (order == 0)
        order = (a->tags.count > b->tags.count) - (a->tags.count < b->tags.count);
    return order;
}

void kept_sort(struct kept *k)
{
    if (k->series_count > 1)
        qsort(k->series, k->series_count, sizeof(*k->series), compare);
    if (k->sketch_count > 1)
        qsort(k->sketches, k->sketch_count, sizeof(*k->sketches), compare);
}

void kept_clear(struct kept *k)
{
    for (size_t i = 0; i < k->series_count; i++)
        mem_free(k->series[i].key.block);
    for (size_t i = 0; i < k->sketch_count; i++)
        mem_free(k->sketches[i].key.block);
    k->series_count = k->sketch_count = 0;
    k->failed = false;
}

void kept_free(struct kept *k)
{
    kept_clear(k);
    mem_free(k->series);
    mem_free(k->sketches);
    *k = (struct kept){0};
}
