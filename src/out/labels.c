#include "out/labels.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "out/utf8.h"

#define PREFIX "exported_"

/* Labels that mean something to Prometheus, or that adder sets. */
static const char *const reserved[] = {"host", "instance", "job", "le", "quantile"};

static const char *const value_escapes[128] = {
    ['\\'] = "\\\\",
    ['"'] = "\\\"",
    ['\n'] = "\\n",
};

static const char *const help_escapes[128] = {
    ['\\'] = "\\\\",
    ['\n'] = "\\n",
};

void labels_init(struct label_set *l)
{
    *l = (struct label_set){.count = 0};
    buf_init(&l->names, SIZE_MAX / 4);
    buf_init(&l->text, LABELS_TEXT_MAX);
}

void labels_free(struct label_set *l)
{
    mem_free(l->items);
    buf_free(&l->names);
    buf_free(&l->text);
    labels_init(l);
}

void labels_begin(struct label_set *l)
{
    l->count = l->own_count = 0;
    l->failed = false;
    buf_clear(&l->names);
    buf_clear(&l->text);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_good(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

/* Adds `raw` with '_' for each character, or byte that is part of none, that names may not
 * have. The bytes after the first of a character are left out. */
static void add_name(struct buf *to, struct adder_str raw)
{
    size_t valid = str_utf8_prefix(raw);

    for (size_t i = 0; i < raw.len; i++) {
        if (i > valid)
            valid = i + str_utf8_prefix((struct adder_str){raw.ptr + i, raw.len - i});
        if (i < valid && ((unsigned char)raw.ptr[i] & 0xc0) == 0x80)
            continue;
        buf_add_char(to, is_good(raw.ptr[i]) ? raw.ptr[i] : '_');
    }
}

void metric_name(struct buf *to, struct adder_str raw, bool counter)
{
    static const char total[] = "_total";
    size_t start = to->len, end = sizeof(total) - 1;

    if (raw.len == 0 || !is_letter(raw.ptr[0]))
        buf_add_str(to, PREFIX);
    add_name(to, raw);
    if (counter && !to->failed &&
        (to->len - start < end || memcmp(to->data + to->len - end, total, end) != 0))
        buf_add(to, total, end);
}

void help_text(struct buf *to, struct adder_str raw, bool openmetrics)
{
    utf8_add(to, raw, openmetrics ? value_escapes : help_escapes);
}

static void add_label(struct label_set *l, struct label label)
{
    size_t capacity = l->capacity > 0 ? l->capacity * 2 : 16;
    struct label *items;

    if (l->failed)
        return;
    if (l->count == l->capacity) {
        items = mem_realloc(l->items, capacity * sizeof(*items));
        l->failed = items == NULL;
        if (items == NULL)
            return;
        l->items = items;
        l->capacity = capacity;
    }
    l->items[l->count++] = label;
}

void labels_own(struct label_set *l, struct label label)
{
    if (label.value.len == 0)
        return;
    add_label(l, label);
    l->own_count = l->count;
}

/* Whether a tag may not have this name, which begins with a letter. */
static bool is_reserved(const struct label_set *l, struct adder_str name)
{
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (str_is(name, reserved[i]))
            return true;
    for (size_t i = 0; i < l->own_count; i++)
        if (str_eq(name, l->items[i].name))
            return true;
    return false;
}

/* The name of a tag as a label's; its bytes are in `l->names`, which has room for them. */
static struct adder_str label_name(struct label_set *l, struct adder_str raw)
{
    struct adder_str name = {NULL, l->names.len};

    buf_add_str(&l->names, PREFIX);
    add_name(&l->names, raw);
    if (l->names.failed)
        return name;
    name = (struct adder_str){l->names.data + name.len, l->names.len - name.len};
    if (raw.len > 0 && is_letter(raw.ptr[0])) {
        struct adder_str bare = {name.ptr + strlen(PREFIX), name.len - strlen(PREFIX)};

        return is_reserved(l, bare) ? name : bare;
    }
    return name;
}

static struct label label_of(struct label_set *l, struct adder_str tag)
{
    const char *colon = tag.len > 0 ? memchr(tag.ptr, ':', tag.len) : NULL;
    size_t key_len = colon != NULL ? (size_t)(colon - tag.ptr) : tag.len;
    struct label label = {.value = str_of("true")};

    if (colon != NULL)
        label.value = (struct adder_str){colon + 1, tag.len - key_len - 1};
    if (label.value.len > 0 && tag.len > 0)
        label.name = label_name(l, (struct adder_str){tag.ptr, key_len});
    return label;
}

void labels_tags(struct label_set *l, struct adder_tags tags)
{
    size_t size = 1;

    for (size_t i = 0; i < tags.count; i++)
        size += tags.items[i].len + strlen(PREFIX);
    /* So that the names stay where they are while more come. */
    if (buf_reserve(&l->names, size) == NULL)
        l->failed = true;
    for (size_t i = 0; i < tags.count && !l->failed; i++) {
        struct label label = label_of(l, tags.items[i]);

        if (label.name.ptr != NULL)
            add_label(l, label);
    }
}

static int by_name_and_value(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    int order = str_cmp(x->name, y->name);

    return order != 0 ? order : str_cmp(x->value, y->value);
}

/* Adds the values of the labels from `i` that have one name, and returns where they end. */
static size_t add_values(struct label_set *l, size_t i)
{
    struct adder_str name = l->items[i].name;

    buf_add(&l->text, name.ptr, name.len);
    buf_add_str(&l->text, "=\"");
    utf8_add(&l->text, l->items[i].value, value_escapes);
    for (i++; i < l->count && str_eq(l->items[i].name, name); i++) {
        if (str_eq(l->items[i].value, l->items[i - 1].value))
            continue;
        buf_add_char(&l->text, ',');
        utf8_add(&l->text, l->items[i].value, value_escapes);
    }
    buf_add_char(&l->text, '"');
    return i;
}

struct adder_str labels_text(struct label_set *l)
{
    if (l->count > 1 && !l->failed)
        qsort(l->items, l->count, sizeof(*l->items), by_name_and_value);
    for (size_t i = 0; i < l->count && !l->failed;) {
        if (i > 0)
            buf_add_char(&l->text, ',');
        i = add_values(l, i);
        l->failed = l->text.failed;
    }
    if (l->failed)
        return (struct adder_str){NULL, 0};
    return (struct adder_str){l->text.len > 0 ? l->text.data : "", l->text.len};
}
