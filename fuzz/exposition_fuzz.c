/*
 * exposition_fuzz - any names, tags and values on a page of metrics, and any Accept header.
 *
 * The page must be UTF-8 and consist of samples and announcements, whatever came in.
 */
#include <stdlib.h>

#include "core/err.h"
#include "core/log.h"
#include "core/str.h"
#include "out/json_line.h"
#include "out/prometheus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TAGS_MAX = 8, PAGE_MAX = 1 << 24 };

/* The rest of the input. */
struct input {
    struct adder_str rest;
};

static unsigned next_byte(struct input *in)
{
    if (in->rest.len == 0)
        return 0;
    in->rest.len--;
    return (unsigned char)*in->rest.ptr++;
}

/* A byte says how long it is. */
static struct adder_str next_text(struct input *in)
{
    size_t len = next_byte(in) % 32;
    struct adder_str s = {in->rest.ptr, len < in->rest.len ? len : in->rest.len};

    in->rest.ptr += s.len;
    in->rest.len -= s.len;
    return s;
}

static double next_value(struct input *in)
{
    struct adder_str s = next_text(in);
    double v = 0;

    if (s.len > 0)
        memcpy(&v, s.ptr, s.len < sizeof(v) ? s.len : sizeof(v));
    return v;
}

static void send_sketch(struct output *o, const struct origin *from, const struct series *s)
{
    struct sketch *sketch = sketch_new();

    sketch_add(sketch, s->value, 3);
    o->class->sketch(o, from,
                     &(struct sketch_series){s->name, s->hostname, s->tags, 0, sketch});
    sketch_free(sketch);
}

static void send(struct output *o, struct buf *lines, struct input *in)
{
    struct adder_str tags[TAGS_MAX];
    struct origin from = {str_of("c"), next_text(in), 15};
    unsigned what = next_byte(in);
    struct series s = {.type = (enum series_type)(what % 3),
                       .kind = (enum adder_metric_kind)(what / 3 % 7)};

    s.name = next_text(in);
    s.hostname = next_text(in);
    s.device = next_text(in);
    s.value = next_value(in);
    s.tags = (struct adder_tags){tags, next_byte(in) % TAGS_MAX};
    for (size_t i = 0; i < s.tags.count; i++)
        tags[i] = next_text(in);
    json_line_series(lines, &from, &s);
    buf_add_char(lines, '\n');
    if (what < 192)
        o->class->series(o, &from, &s);
    else
        send_sketch(o, &from, &s);
}

static void must(bool good)
{
    if (!good)
        abort();
}

/* NAME or NAME{...}, a space, and something without a space. */
static void check_sample(struct adder_str line)
{
    const char *space = memrchr(line.ptr, ' ', line.len);
    size_t i = 0;

    must(space != NULL && space + 1 < line.ptr + line.len);
    line.len = (size_t)(space - line.ptr);
    while (i < line.len && line.ptr[i] != '{') {
        char c = line.ptr[i++];

        must((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
             (c >= '0' && c <= '9' && i > 1));
    }
    must(i > 0 && (i == line.len || line.ptr[line.len - 1] == '}'));
}

static void check_page(struct adder_str page)
{
    must(str_utf8_prefix(page) == page.len);
    while (page.len > 0) {
        const char *end = memchr(page.ptr, '\n', page.len);
        struct adder_str line = {page.ptr, 0};

        must(end != NULL);
        line.len = (size_t)(end - page.ptr);
        if (!str_starts(line, "# HELP ") && !str_starts(line, "# TYPE ") &&
            !str_is(line, "# EOF"))
            check_sample(line);
        page.ptr = end + 1;
        page.len -= line.len + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {{(const char *)data, size}};
    struct buf page, lines;
    struct output *o = NULL;
    struct adder_error err;
    char accept[128] = "";

    log_set_level(log_level_of("off"));
    if (prometheus_new(&(struct prometheus_options){0}, &o, &err) < 0)
        return 0;
    memcpy(accept, data, size < sizeof(accept) ? size : sizeof(accept) - 1);
    exposition_choose(accept);
    buf_init(&page, PAGE_MAX);
    buf_init(&lines, PAGE_MAX);
    while (in.rest.len > 0)
        send(o, &lines, &in);
    for (int format = EXPOSITION_TEXT; format <= EXPOSITION_OPENMETRICS; format++) {
        buf_clear(&page);
        prometheus_write(o, (enum exposition)format, 1, &page);
        if (page.len > 0 && !page.failed)
            check_page((struct adder_str){page.data, page.len});
    }
    must(lines.failed ||
         str_utf8_prefix((struct adder_str){lines.data, lines.len}) == lines.len);
    buf_free(&page);
    buf_free(&lines);
    o->class->free(o);
    return 0;
}
