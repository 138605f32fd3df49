/*
 * page - feeds the Prometheus output and prints its pages.
 *
 * Each line of standard input is a JSON object: a submission, or a wish for a page. Its strings
 * stand for bytes, one for each character up to U+00FF. A page is printed after a line that
 * says how many bytes it has.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/str.h"
#include "out/prometheus.h"

enum { TAGS_MAX = 1000 };

/* The texts of the line at hand. */
static struct buf texts = {.max = 1 << 28};

static struct adder_str bytes_of(const json_t *value)
{
    const char *text = json_string_value(value);
    size_t len = json_string_length(value), start = texts.len;

    if (text == NULL)
        return (struct adder_str){NULL, 0};
    for (size_t i = 0; i < len; i++) {
        if ((text[i] & 0x80) == 0) {
            buf_add_char(&texts, text[i]);
            continue;
        }
        buf_add_char(&texts, (char)((text[i] & 3) << 6 | (text[i + 1] & 0x3f)));
        i++;
    }
    return (struct adder_str){texts.data + start, texts.len - start};
}

static struct adder_str field(const json_t *line, const char *key)
{
    return bytes_of(json_object_get(line, key));
}

static double number(const json_t *value)
{
    return json_is_string(value) ? strtod(json_string_value(value), NULL)
                                 : json_number_value(value);
}

static double number_field(const json_t *line, const char *key)
{
    return number(json_object_get(line, key));
}

static struct adder_tags tags_of(const json_t *line)
{
    static struct adder_str tags[TAGS_MAX];
    const json_t *list = json_object_get(line, "tags");
    size_t count = json_array_size(list);

    for (size_t i = 0; i < count && i < TAGS_MAX; i++)
        tags[i] = bytes_of(json_array_get(list, i));
    return (struct adder_tags){tags, count};
}

static void do_series(struct output *o, const struct origin *from, const json_t *line)
{
    o->class->series(
        o, from,
        &(struct series){
            .name = field(line, "name"),
            .type = (enum series_type)json_integer_value(json_object_get(line, "type")),
            .kind = (enum adder_metric_kind)json_integer_value(json_object_get(line, "kind")),
            .value = number_field(line, "value"),
            .time = number_field(line, "time"),
            .hostname = field(line, "host"),
            .device = field(line, "device"),
            .tags = tags_of(line),
        });
}

static void do_sketch(struct output *o, const struct origin *from, const json_t *line)
{
    const json_t *values = json_object_get(line, "values");
    struct sketch *sketch = sketch_new();

    for (size_t i = 0; i < json_array_size(values); i++)
        sketch_add(sketch, number(json_array_get(values, i)), 1);
    o->class->sketch(o, from,
                     &(struct sketch_series){.name = field(line, "name"),
                                             .hostname = field(line, "host"),
                                             .tags = tags_of(line),
                                             .time = (int64_t)number_field(line, "time"),
                                             .sketch = sketch});
    sketch_free(sketch);
}

static void do_service_check(struct output *o, const struct origin *from, const json_t *line)
{
    o->class->service_check(o, from,
                            &(struct adder_service_check){.name = field(line, "name"),
                                                          .status = (int)json_integer_value(
                                                              json_object_get(line, "status")),
                                                          .hostname = field(line, "host"),
                                                          .tags = tags_of(line)},
                            number_field(line, "time"));
}

static void do_event(struct output *o, const struct origin *from, const json_t *line)
{
    o->class->event(o, from,
                    &(struct adder_event){.host = field(line, "host"),
                                          .alert_type = field(line, "alert_type")},
                    number_field(line, "time"));
}

static void do_page(struct output *o, const struct origin *from, const json_t *line)
{
    bool openmetrics = json_is_true(json_object_get(line, "openmetrics"));
    struct buf page = {.max = 1 << 30};

    (void)from;
    prometheus_write(o, openmetrics ? EXPOSITION_OPENMETRICS : EXPOSITION_TEXT,
                     number_field(line, "time"), &page);
    buf_add(&page, "", 0);
    printf("%zu %zu %llu\n", page.len, prometheus_collisions(o),
           (unsigned long long)o->stats.dropped);
    fwrite(page.data, 1, page.len, stdout);
    buf_free(&page);
}

static void do_line(struct output *o, const json_t *line)
{
    static const struct {
        const char *name;
        void (*run)(struct output *o, const struct origin *from, const json_t *line);
    } actions[] = {
        {"series", do_series}, {"sketch", do_sketch}, {"service_check", do_service_check},
        {"event", do_event},   {"page", do_page},
    };
    struct origin from = {.interval_s = 15};

    buf_clear(&texts);
    if (buf_reserve(&texts, json_dumpb(line, NULL, 0, 0)) == NULL) /* so that none moves */
        exit(EXIT_FAILURE);
    from.id = field(line, "id");
    from.check = field(line, "check");
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        if (str_is(field(line, "do"), actions[i].name))
            actions[i].run(o, &from, line);
}

int main(void)
{
    struct adder_error err;
    struct output *o;
    json_t *line;

    if (prometheus_new(&(struct prometheus_options){0}, &o, &err) < 0)
        return EXIT_FAILURE;
    while ((line = json_loadf(stdin, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL)) != NULL) {
        do_line(o, line);
        json_decref(line);
    }
    o->class->free(o);
    buf_free(&texts);
    return feof(stdin) ? EXIT_SUCCESS : EXIT_FAILURE;
}
