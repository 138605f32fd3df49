#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml_emit.h"
#include "core/yaml_scalar.h"

/*
 * The Agent's writer is go-yaml v2, whose emitter was ported from libyaml: what is left to do
 * here is to choose order, texts and styles as its encode.go does. Long plain and quoted texts
 * are folded at 80 columns, as both libraries do unless told otherwise.
 */

#define BINARY_TAG "tag:yaml.org,2002:binary"
#define SET_TAG    "tag:yaml.org,2002:set"

struct writer {
    yaml_emitter_t emitter;
    struct buf *out;
    struct adder_error *err;
};

static int write_value(struct writer *w, const struct value *v);

static int on_output(void *ctx, unsigned char *bytes, size_t len)
{
    struct writer *w = ctx;

    buf_add(w->out, bytes, len);
    return !w->out->failed;
}

/* Emits an event that was made by a function which returned `made`. */
static int emit(struct writer *w, yaml_event_t *event, int made)
{
    if (!made)
        return err_nomem(w->err);
    if (yaml_emitter_emit(&w->emitter, event))
        return 0;
    if (buf_check(w->out, w->err) < 0)
        return -1;
    if (w->emitter.error == YAML_MEMORY_ERROR)
        return err_nomem(w->err);
    return err_set(w->err, ADDER_INVALID, "cannot be written as YAML: %s", w->emitter.problem);
}

static int emit_scalar(struct writer *w, struct adder_str text, yaml_scalar_style_t style,
                       const char *tag)
{
    yaml_event_t event;

    return emit(w, &event,
                yaml_scalar_event_initialize(&event, NULL, (const yaml_char_t *)tag,
                                             (const yaml_char_t *)text.ptr, (int)text.len,
                                             tag == NULL, tag == NULL, style));
}

static int write_plain(struct writer *w, const char *text)
{
    return emit_scalar(w, str_of(text), YAML_PLAIN_SCALAR_STYLE, NULL);
}

static int write_bytes(struct writer *w, struct adder_str bytes)
{
    AUTOFREE char *text = yaml_encode_base64(bytes);

    if (text == NULL)
        return err_nomem(w->err);
    return emit_scalar(w, str_of(text),
                       strchr(text, '\n') != NULL ? YAML_LITERAL_SCALAR_STYLE
                                                  : YAML_PLAIN_SCALAR_STYLE,
                       BINARY_TAG);
}

/* Whether a text reads back as the same string without quotes, by either of the readers. */
static bool is_plain(struct adder_str text)
{
    struct value ignored;

    return yaml_agent_resolve(text, &ignored) == TAG_STR && yaml_resolve(text) == TAG_STR &&
           !yaml_is_base60(text);
}

static int write_string(struct writer *w, struct adder_str text)
{
    yaml_scalar_style_t style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;

    if (str_utf8_prefix(text) < text.len)
        return write_bytes(w, text);
    if (memchr(text.ptr, '\n', text.len) != NULL)
        style = YAML_LITERAL_SCALAR_STYLE;
    else if (is_plain(text))
        style = YAML_PLAIN_SCALAR_STYLE;
    return emit_scalar(w, text, style, NULL);
}

static int write_int(struct writer *w, const struct value *v)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, v->integer);
    return write_plain(w, text);
}

static int write_float(struct writer *w, const struct value *v)
{
    char text[YAML_FLOAT_TEXT];

    yaml_format_float(v->real, text);
    return write_plain(w, text);
}

static int write_list(struct writer *w, const struct value *v)
{
    yaml_event_t event;

    if (emit(w, &event,
             yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
                                                  YAML_BLOCK_SEQUENCE_STYLE)) < 0)
        return -1;
    for (size_t i = 0; i < v->list.count; i++)
        if (write_value(w, v->list.items[i]) < 0)
            return -1;
    return emit(w, &event, yaml_sequence_end_event_initialize(&event));
}

static int by_key(const void *a, const void *b)
{
    const struct value_pair *const *left = a, *const *right = b;
    int order = yaml_key_order((*left)->key, (*right)->key);

    return order != 0 ? order : (*left > *right) - (*left < *right);
}

static int write_pairs(struct writer *w, const struct value *v)
{
    AUTOFREE const struct value_pair **sorted = mem_alloc((v->map.count + 1) * sizeof(*sorted));

    if (sorted == NULL)
        return err_nomem(w->err);
    for (size_t i = 0; i < v->map.count; i++)
        sorted[i] = &v->map.pairs[i];
    qsort(sorted, v->map.count, sizeof(*sorted), by_key);
    for (size_t i = 0; i < v->map.count; i++) {
        if (write_value(w, sorted[i]->key) < 0)
            return -1;
        if (sorted[i]->value == NULL ? write_plain(w, "null") < 0
                                     : write_value(w, sorted[i]->value) < 0)
            return -1;
    }
    return 0;
}

static int write_map(struct writer *w, const struct value *v)
{
    const char *tag = v->type == VALUE_SET ? SET_TAG : NULL;
    yaml_event_t event;

    if (emit(w, &event,
             yaml_mapping_start_event_initialize(&event, NULL, (const yaml_char_t *)tag,
                                                 tag == NULL, YAML_BLOCK_MAPPING_STYLE)) < 0)
        return -1;
    if (write_pairs(w, v) < 0)
        return -1;
    return emit(w, &event, yaml_mapping_end_event_initialize(&event));
}

static int write_time(struct writer *w, const struct value *v)
{
    char text[YAML_TIME_TEXT];

    yaml_format_time(v, text);
    return write_plain(w, text);
}

static int write_value(struct writer *w, const struct value *v)
{
    switch (v->type) {
    case VALUE_NULL:
        return write_plain(w, "null");
    case VALUE_BOOL:
        return write_plain(w, v->boolean ? "true" : "false");
    case VALUE_INT:
        return write_int(w, v);
    case VALUE_BIGINT:
        return write_plain(w, v->text.ptr);
    case VALUE_FLOAT:
        return write_float(w, v);
    case VALUE_STRING:
        return write_string(w, v->text);
    case VALUE_BYTES:
        return write_bytes(w, v->text);
    case VALUE_DATE:
    case VALUE_TIME:
        return write_time(w, v);
    case VALUE_LIST:
        return write_list(w, v);
    case VALUE_MAP:
    case VALUE_SET:
        return write_map(w, v);
    }
    return err_set(w->err, ADDER_INVALID, "a value of unknown type");
}

static int write_document(struct writer *w, const struct value *v)
{
    yaml_event_t event;

    if (emit(w, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)) < 0 ||
        emit(w, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1)) <
            0 ||
        write_value(w, v) < 0)
        return -1;
    w->emitter.open_ended = 0; /* else a text that ends in empty lines is followed by "..." */
    if (emit(w, &event, yaml_document_end_event_initialize(&event, 1)) < 0)
        return -1;
    w->emitter.open_ended = 0;
    return emit(w, &event, yaml_stream_end_event_initialize(&event));
}

int yaml_write(const struct value *v, struct buf *out, struct adder_error *err)
{
    struct writer w = {.out = out, .err = err};
    int rc;

    if (!yaml_emitter_initialize(&w.emitter))
        return err_nomem(err);
    yaml_emitter_set_output(&w.emitter, on_output, &w);
    yaml_emitter_set_unicode(&w.emitter, 1);
    rc = write_document(&w, v);
    yaml_emitter_delete(&w.emitter);
    return rc < 0 ? -1 : buf_check(out, err);
}
