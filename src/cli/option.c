#include "cli/option.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/closest.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"

const struct option *option_at(const struct option_table *t, size_t i)
{
    if (i < t->shared_count)
        return &t->shared[i];
    i -= t->shared_count;
    return i < t->count ? &t->rows[i] : NULL;
}

int words_add(struct words *w, const char *word, struct adder_error *err)
{
    const char **items;

    if (w->count >= OPTION_WORDS_MAX)
        return err_set(err, ADDER_LIMIT, "more than %d words", OPTION_WORDS_MAX);
    items = mem_realloc(w->items, (w->count + 2) * sizeof(*items));
    if (items == NULL)
        return err_nomem(err);
    items[w->count++] = word;
    items[w->count] = NULL;
    w->items = items;
    return 0;
}

void words_free(struct words *w)
{
    mem_free(w->items);
    *w = (struct words){NULL, 0};
}

static int set_number(void *field, const char *text, struct adder_error *err)
{
    char *end;
    unsigned long n;

    errno = 0;
    n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0')
        return err_set(err, ADDER_INVALID, "wants a whole number, not '%s'", text);
    if (errno != 0 || n < 1 || n > 1000000)
        return err_set(err, ADDER_INVALID, "wants a number from 1 to 1000000, not %s", text);
    *(unsigned *)field = (unsigned)n;
    return 0;
}

static int set_seconds(void *field, const char *text, struct adder_error *err)
{
    char *end;
    double s = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(s))
        return err_set(err, ADDER_INVALID, "wants seconds, such as 0.5, not '%s'", text);
    if (s < 0 || s > 86400)
        return err_set(err, ADDER_INVALID, "wants 0 to 86400 seconds, not %s", text);
    *(double *)field = s;
    return 0;
}

static int set_level(void *field, const char *text, struct adder_error *err)
{
    int level = log_level_of(text);

    if (level < 0)
        return err_set(err, ADDER_INVALID,
                       "wants trace, debug, info, warning, error, critical or off, not '%s'",
                       text);
    *(int *)field = level;
    return 0;
}

static int set_text(void *field, const char *text, struct adder_error *err)
{
    if (*text == '\0')
        return err_set(err, ADDER_INVALID, "wants a value that is not empty");
    *(const char **)field = text;
    return 0;
}

static int set_path(void *field, const char *text, struct adder_error *err)
{
    char *path;

    if (*text == '\0')
        return err_set(err, ADDER_INVALID, "wants a value that is not empty");
    path = strcmp(text, "-") == 0 ? mem_strdup("/dev/stdin") : file_absolute(text);
    if (path == NULL)
        return err_nomem(err);
    mem_free(*(char **)field);
    *(char **)field = path;
    return 0;
}

static int set_list(void *field, const char *text, struct adder_error *err)
{
    if (*text == '\0')
        return err_set(err, ADDER_INVALID, "wants a value that is not empty");
    return words_add(field, text, err);
}

static int set_value(const struct option *o, void *conf, const char *text,
                     struct adder_error *err)
{
    static int (*const setters[])(void *, const char *, struct adder_error *) = {
        [OPTION_TEXT] = set_text,       [OPTION_PATH] = set_path,
        [OPTION_LIST] = set_list,       [OPTION_NUMBER] = set_number,
        [OPTION_SECONDS] = set_seconds, [OPTION_LEVEL] = set_level,
    };

    if (setters[o->type]((char *)conf + o->offset, text, err) < 0)
        return err_wrap(err, "--%s", o->name);
    return 0;
}

/* The arguments being read: `at` is the next word. */
struct reader {
    const struct option_table *table;
    struct arguments args;
    size_t at;
    void *conf;
};

static const struct option *by_name(const struct option_table *t, const char *name, size_t len)
{
    const struct option *o;

    for (size_t i = 0; (o = option_at(t, i)) != NULL; i++)
        if (strncmp(o->name, name, len) == 0 && o->name[len] == '\0')
            return o;
    return NULL;
}

static const struct option *by_letter(const struct option_table *t, char letter)
{
    const struct option *o;

    for (size_t i = 0; (o = option_at(t, i)) != NULL; i++)
        if (o->letter == letter)
            return o;
    return NULL;
}

/* The value of `o`: `attached` when there is one, else the next word. */
static int take_value(struct reader *r, const struct option *o, const char *attached,
                      struct adder_error *err)
{
    if (attached == NULL && r->at >= r->args.count)
        return err_set(err, ADDER_INVALID, "--%s needs a value: --%s %s", o->name, o->name,
                       o->value);
    return set_value(o, r->conf, attached != NULL ? attached : r->args.argv[r->at++], err);
}

static int unknown_option(const struct option_table *t, const char *word, size_t len,
                          struct adder_error *err)
{
    struct closest c = closest_to(word, len);
    const struct option *o;

    closest_offer(&c, "help");
    for (size_t i = 0; (o = option_at(t, i)) != NULL; i++)
        closest_offer(&c, o->name);
    if (c.best[0] != '\0')
        return err_set(err, ADDER_INVALID, "unknown option '--%.*s'; did you mean '--%s'?",
                       (int)len, word, c.best);
    return err_set(err, ADDER_INVALID, "unknown option '--%.*s'", (int)len, word);
}

/* `word` is what follows "--": "name" or "name=value". */
static int take_long(struct reader *r, const char *word, struct adder_error *err)
{
    size_t len = strcspn(word, "=");
    const char *attached = word[len] == '=' ? word + len + 1 : NULL;
    const struct option *o = by_name(r->table, word, len);

    if (o == NULL)
        return unknown_option(r->table, word, len, err);
    if (o->type != OPTION_FLAG)
        return take_value(r, o, attached, err);
    if (attached != NULL)
        return err_set(err, ADDER_INVALID, "--%s takes no value", o->name);
    *(bool *)((char *)r->conf + o->offset) = true;
    return 0;
}

/* `word` is what follows "-": letters of flags, or a letter and its value ("n3"). */
static int take_short(struct reader *r, const char *word, struct adder_error *err)
{
    for (; *word != '\0'; word++) {
        const struct option *o = by_letter(r->table, *word);

        if (o == NULL)
            return err_set(err, ADDER_INVALID, "unknown option '-%c'", *word);
        if (o->type != OPTION_FLAG)
            return take_value(r, o, word[1] != '\0' ? word + 1 : NULL, err);
        *(bool *)((char *)r->conf + o->offset) = true;
    }
    return 0;
}

static int set_fallbacks(const struct option_table *t, void *conf, struct adder_error *err)
{
    const struct option *o;

    for (size_t i = 0; (o = option_at(t, i)) != NULL; i++) {
        const char *env = o->variable != NULL ? getenv(o->variable) : NULL;
        const char *text = env != NULL && *env != '\0' ? env : o->fallback;

        if (text != NULL && set_value(o, conf, text, err) < 0)
            return -1;
    }
    return 0;
}

static bool asks_for_help(struct arguments args)
{
    for (size_t i = 0; i < args.count && strcmp(args.argv[i], "--") != 0; i++)
        if (strcmp(args.argv[i], "--help") == 0 || strcmp(args.argv[i], "-h") == 0)
            return true;
    return false;
}

int options_parse(const struct option_table *table, struct arguments args, void *conf,
                  struct words *operands, bool *help, struct adder_error *err)
{
    struct reader r = {.table = table, .args = args, .conf = conf};
    bool ended = false;
    int rc = set_fallbacks(table, conf, err);

    *help = asks_for_help(args);
    while (rc == 0 && !*help && r.at < args.count) {
        const char *word = args.argv[r.at++];

        if (ended || word[0] != '-' || word[1] == '\0')
            rc = words_add(operands, word, err);
        else if (strcmp(word, "--") == 0)
            ended = true;
        else if (word[1] == '-')
            rc = take_long(&r, word + 2, err);
        else
            rc = take_short(&r, word + 1, err);
    }
    return rc;
}

void options_free(const struct option_table *table, void *conf)
{
    const struct option *o;

    for (size_t i = 0; (o = option_at(table, i)) != NULL; i++) {
        void *field = (char *)conf + o->offset;

        if (o->type == OPTION_LIST)
            words_free(field);
        else if (o->type == OPTION_PATH)
            mem_free(TAKE(*(char **)field));
    }
}
