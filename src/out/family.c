#include "out/family.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"

static const char total[] = "_total";

/* What OpenMetrics appends to the name of a histogram; each is then a name that is taken. */
static const char *const histogram_suffixes[] = {"_bucket", "_count", "_sum", "_created"};

/* The hash of a name that comes in two parts. */
static uint64_t hash_of(const struct store *s, struct adder_str name, const char *suffix,
                        bool is_histogram)
{
    XXH3_state_t state;

    XXH3_INITSTATE(&state);
    XXH3_64bits_reset_withSeed(&state, s->seed + is_histogram);
    XXH3_64bits_update(&state, name.ptr, name.len);
    XXH3_64bits_update(&state, suffix, strlen(suffix));
    return XXH3_64bits_digest(&state);
}

static struct family *find(const struct store *s, struct adder_str name, const char *suffix,
                           bool is_histogram)
{
    uint64_t hash = hash_of(s, name, suffix, is_histogram);
    size_t at = 0, suffix_len = strlen(suffix);
    struct family *f;

    while ((f = index_next(&s->by_name, hash, &at)) != NULL)
        if (f->is_histogram == is_histogram && f->name_len == name.len + suffix_len &&
            memcmp(f->text, name.ptr, name.len) == 0 &&
            memcmp(f->text + name.len, suffix, suffix_len) == 0)
            break;
    return f;
}

static size_t size_of(const struct family *f)
{
    return sizeof(*f) + f->name_len + f->help_len + f->bounds.capacity * sizeof(struct bound);
}

static int more_room(struct store *s)
{
    size_t capacity = s->family_capacity > 0 ? s->family_capacity * 2 : 16;
    struct family **families;

    if (s->family_count < s->family_capacity)
        return index_room(&s->by_name);
    families = mem_realloc(s->families, capacity * sizeof(struct family *));
    if (families == NULL)
        return -1;
    s->families = families;
    s->family_capacity = capacity;
    return index_room(&s->by_name);
}

struct family *family_of(struct store *s, struct adder_str name, struct adder_str help,
                         bool is_histogram)
{
    struct family *f = find(s, name, "", is_histogram);

    if (f != NULL)
        return f;
    if (more_room(s) < 0)
        return NULL;
    f = mem_alloc(sizeof(*f) + name.len + help.len);
    if (f == NULL)
        return NULL;
    *f = (struct family){.is_histogram = is_histogram,
                         .hash = hash_of(s, name, "", is_histogram),
                         .name_len = (uint32_t)name.len,
                         .help_len = (uint32_t)help.len};
    memcpy(f->text, name.ptr, name.len);
    if (help.len > 0)
        memcpy(f->text + name.len, help.ptr, help.len);
    index_add(&s->by_name, f->hash, f);
    s->families[s->family_count++] = f;
    s->bytes += size_of(f);
    s->arranged = false;
    return f;
}

static bool is_counter(const struct entry *e)
{
    return (e->kind == ENTRY_POLLED || e->kind == ENTRY_EVENTS) && !e->fell;
}

void family_add(struct store *s, struct family *f, struct entry *e)
{
    enum family_type before = family_type(f);

    *(f->last != NULL ? &f->last->next : &f->first) = e;
    f->last = e;
    f->entries++;
    f->counters += is_counter(e);
    s->arranged = s->arranged && family_type(f) == before;
}

void family_forget(struct store *s, struct family *f, const struct entry *e)
{
    enum family_type before = family_type(f);

    f->entries--;
    f->counters -= is_counter(e);
    s->arranged = s->arranged && family_type(f) == before;
}

void family_fell(struct store *s, struct family *f)
{
    f->counters--;
    s->arranged = false;
}

static void family_free(struct store *s, struct family *f)
{
    s->bytes -= size_of(f);
    bounds_clear(&f->bounds);
    mem_free(f);
}

void family_drop(struct store *s, bool all)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->family_count; i++) {
        struct family *f = s->families[i];

        if (f->entries > 0 && !all) {
            s->families[kept++] = f;
            continue;
        }
        index_remove(&s->by_name, f->hash, f);
        family_free(s, f);
    }
    s->arranged = s->arranged && kept == s->family_count;
    s->family_count = kept;
}

/* ---- Which exclude each other ---------------------------------------------------------- */

static bool ends_in(struct adder_str name, const char *suffix)
{
    size_t len = strlen(suffix);

    return name.len > len && memcmp(name.ptr + name.len - len, suffix, len) == 0;
}

static struct adder_str without(struct adder_str name, const char *suffix)
{
    return (struct adder_str){name.ptr, name.len - strlen(suffix)};
}

/* The histogram whose samples may have this name, other than that with the very name. */
static const struct family *histogram_over(const struct store *s, struct adder_str name)
{
    const struct family *h = NULL;

    for (size_t i = 0; i < ARRAY_LEN(histogram_suffixes) && h == NULL; i++)
        if (ends_in(name, histogram_suffixes[i]))
            h = find(s, without(name, histogram_suffixes[i]), "", true);
    return h;
}

/* Without this, a page would have one name under two types. */
static void look_for_shadow(const struct store *s, struct family *f)
{
    const struct family *h = histogram_over(s, family_name(f));

    if (h == NULL && !f->is_histogram)
        h = find(s, family_name(f), "", true);
    f->shadowed = h != NULL;
    if (h == NULL || f->told)
        return;
    f->told = true;
    LOG_WARN("prometheus: %.*s is left out, because the histogram %.*s needs that name",
             STR_ARG(family_name(f)), STR_ARG(family_name(h)));
}

/*
 * OpenMetrics has a counter's type under its name without _total, and reserves that name and
 * the one with _created: no other family may have these, nor may those that others reserve be
 * these.
 */
static bool clashes(const struct store *s, const struct family *f)
{
    struct adder_str name = without(family_name(f), total);

    return find(s, name, "", false) != NULL || find(s, name, "_created", false) != NULL ||
           find(s, name, "_created_total", false) != NULL || find(s, name, "", true) != NULL ||
           find(s, name, "_created", true) != NULL || histogram_over(s, name) != NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct family *x = *(struct family *const *)a, *y = *(struct family *const *)b;
    int order = str_cmp(family_name(x), family_name(y));

    return order != 0 ? order : (int)x->is_histogram - (int)y->is_histogram;
}

void family_arrange(struct store *s)
{
    if (s->arranged)
        return;
    if (s->family_count > 1)
        qsort(s->families, s->family_count, sizeof(struct family *), by_name);
    for (size_t i = 0; i < s->family_count; i++) {
        struct family *f = s->families[i];

        look_for_shadow(s, f);
        f->no_counter = family_type(f) == FAMILY_COUNTER && clashes(s, f);
    }
    s->arranged = true;
}
