#include "host/list.h"

#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "core/mem.h"

enum { LIST_FIRST = 8 }; /* pointers of the first allocation */

/* Makes room for one more item and the NULL behind it. */
static int list_grow(struct list *l, struct adder_error *err)
{
    size_t cap = l->cap > 0 ? l->cap * 2 : LIST_FIRST;
    char **items;

    if (l->count + 1 < l->cap)
        return 0;
    items = mem_realloc(l->items, cap * sizeof(*items));
    if (items == NULL)
        return err_nomem(err);
    l->items = items;
    l->cap = cap;
    return 0;
}

int list_add(struct list *l, const char *text, size_t len, struct adder_error *err)
{
    char *copy;

    if (list_grow(l, err) < 0)
        return -1;
    copy = mem_strndup(text, len);
    l->items[l->count] = copy;
    if (copy == NULL)
        return err_nomem(err);
    l->items[++l->count] = NULL;
    return 0;
}

int list_split(struct list *l, const char *text, const char *separators,
               struct adder_error *err)
{
    for (;;) {
        size_t len;

        text += strspn(text, separators);
        len = strcspn(text, separators);
        if (len == 0)
            return 0;
        if (list_add(l, text, len, err) < 0)
            return -1;
        text += len;
    }
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void list_sort_unique(struct list *l)
{
    size_t kept = 0;

    if (l->count == 0)
        return;
    qsort(l->items, l->count, sizeof(*l->items), by_bytes);
    for (size_t i = 0; i < l->count; i++) {
        if (kept > 0 && strcmp(l->items[kept - 1], l->items[i]) == 0)
            mem_free(l->items[i]);
        else
            l->items[kept++] = l->items[i];
    }
    l->count = kept;
    l->items[kept] = NULL;
}

void list_free(struct list *l)
{
    for (size_t i = 0; i < l->count; i++)
        mem_free(l->items[i]);
    mem_free(l->items);
    *l = (struct list){0};
}
