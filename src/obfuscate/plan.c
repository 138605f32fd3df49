#include <string.h>

#include "core/err.h"
#include "core/str.h"
#include "core/text.h"
#include "obfuscate/json.h"
#include "obfuscate/obfuscate.h"
#include "obfuscate/plan_keys.h"

enum { KEY_MAX = 256 }; /* bytes; the values of longer keys are hidden */

struct walk {
    struct json_reader reader;
    struct buf *out;
    bool normalize;
    enum plan_treatment treatment; /* of what comes next */
    size_t depth;                  /* where the key with this treatment stands */
};

static enum plan_treatment treatment_of(struct walk *w, struct adder_str token)
{
    CLEANUP(buf_free) struct buf key;
    enum plan_treatment found;

    buf_init(&key, KEY_MAX);
    json_decode_string(token, &key);
    buf_add(&key, "", 0);
    if (key.failed) {
        w->out->failed = w->out->failed || !key.too_big; /* out of memory */
        return PLAN_HIDE;
    }
    found = plan_treatment_of(key.data);
    if (found != PLAN_KEEP_COST)
        return found;
    return w->normalize ? PLAN_HIDE : PLAN_KEEP;
}

/* Reads a string as SQL. What cannot be read is hidden whole; a string in which nothing was
 * hidden stays as it is for PLAN_KEEP_NAMES. */
static int copy_sql(struct walk *w, const struct json_token *t, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf text, hidden;
    int rc;

    buf_init(&text, OBFUSCATE_INPUT_MAX);
    buf_init(&hidden, w->out->max);
    json_decode_string(t->text, &text);
    if (buf_check(&text, err) < 0)
        return -1;
    rc = obfuscate_sql((struct adder_str){text.data, text.len}, (struct adder_str){0}, &hidden,
                       err);
    if (rc < 0 && err->code == ADDER_NOMEM)
        return -1;
    if (rc < 0)
        json_copy_hidden(w->out, t);
    else if (w->treatment == PLAN_KEEP_NAMES && memchr(hidden.data, '?', hidden.len) == NULL)
        json_copy(w->out, t);
    else {
        buf_add_str(w->out, t->comma ? "," : "");
        text_json(w->out, (struct adder_str){hidden.data, hidden.len});
    }
    return 0;
}

static int copy_scalar(struct walk *w, const struct json_token *t, struct adder_error *err)
{
    bool sql = w->treatment == PLAN_READ_SQL || w->treatment == PLAN_KEEP_NAMES;

    if (sql && t->kind == JSON_STRING)
        return copy_sql(w, t, err);
    if (w->treatment == PLAN_KEEP)
        json_copy(w->out, t);
    else
        json_copy_hidden(w->out, t);
    return 0;
}

static int copy_token(struct walk *w, const struct json_token *t, struct adder_error *err)
{
    switch (t->kind) {
    case JSON_KEY:
        json_copy(w->out, t);
        if (w->treatment == PLAN_HIDE) {
            w->treatment = treatment_of(w, t->text);
            w->depth = w->reader.depth;
        }
        return 0;
    case JSON_OBJECT:
    case JSON_ARRAY:
        json_copy(w->out, t);
        return 0;
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
        json_copy(w->out, t);
        break;
    default:
        if (copy_scalar(w, t, err) < 0)
            return -1;
    }
    /* A value is over; the one the treatment was for, when it stands beside its key. */
    if (w->reader.depth <= w->depth)
        w->treatment = PLAN_HIDE;
    return 0;
}

int obfuscate_sql_plan(struct adder_str plan, bool normalize, struct buf *out,
                       struct adder_error *err)
{
    struct walk w = {.out = out, .normalize = normalize};
    struct json_token t;

    if (plan.len == 0)
        return 0;
    if (plan.len > OBFUSCATE_INPUT_MAX)
        return err_set(err, ADDER_LIMIT, "plan of %zu bytes, more than %d", plan.len,
                       OBFUSCATE_INPUT_MAX);
    json_init(&w.reader, plan);
    while ((t = json_next(&w.reader)).kind != JSON_END) {
        if (t.kind == JSON_BAD)
            return err_set(err, ADDER_INVALID, "the plan is no JSON at byte %zu", w.reader.at);
        if (copy_token(&w, &t, err) < 0)
            return -1;
    }
    return buf_check(out, err);
}
