#include "agent/lines.h"

#include <string.h>

#include "core/mem.h"

struct lines {
    struct lines_options options;
    size_t len;          /* of the line begun */
    double tokens, then; /* a bucket of lines */
    uint64_t dropped;
    char text[]; /* line_max bytes */
};

struct lines *lines_new(const struct lines_options *options)
{
    struct lines *l = mem_zalloc(sizeof(*l) + options->line_max);

    if (l == NULL)
        return NULL;
    l->options = *options;
    l->tokens = options->burst;
    return l;
}

void lines_free(struct lines *l)
{
    mem_free(l);
}

static void tell_dropped(struct lines *l)
{
    if (l->dropped > 0)
        l->options.dropped(l->options.ctx, l->dropped);
    l->dropped = 0;
}

/* Hands out the line begun, if it is its turn. */
static void end_line(struct lines *l)
{
    if (l->tokens >= 1) {
        l->tokens--;
        tell_dropped(l);
        l->options.line(l->options.ctx, (struct adder_str){l->text, l->len});
    } else {
        l->dropped++;
    }
    l->len = 0;
}

static void begin_line(struct lines *l, struct adder_str part)
{
    size_t room = l->options.line_max - l->len;
    size_t take = part.len < room ? part.len : room;

    memcpy(l->text + l->len, part.ptr, take);
    l->len += take;
}

void lines_add(struct lines *l, struct adder_str bytes, double now)
{
    double gained = l->then > 0 ? (now - l->then) * l->options.rate : 0;

    l->then = now;
    l->tokens += gained;
    if (l->tokens > l->options.burst)
        l->tokens = l->options.burst;
    while (bytes.len > 0) {
        const char *newline = memchr(bytes.ptr, '\n', bytes.len);
        size_t len = newline != NULL ? (size_t)(newline - bytes.ptr) : bytes.len;

        begin_line(l, (struct adder_str){bytes.ptr, len});
        if (newline == NULL)
            return;
        end_line(l);
        bytes.ptr += len + 1;
        bytes.len -= len + 1;
    }
}

void lines_end(struct lines *l)
{
    if (l->len > 0)
        end_line(l);
    tell_dropped(l);
}
