#include <math.h>
#include <string.h>
#include <strings.h>

#include "core/str.h"
#include "out/number.h"
#include "out/prometheus.h"

/* What one media range of an Accept header says (RFC 9110, section 12.5.1). */
struct range {
    struct adder_str type, version;
    double quality;
};

/* Cuts the text before the next `separator` that is in no quoted string off `rest`. */
static struct adder_str cut(struct adder_str *rest, char separator)
{
    struct adder_str part = *rest;
    bool quoted = false;
    size_t i = 0;

    for (; i < rest->len && (quoted || rest->ptr[i] != separator); i++) {
        if (quoted && rest->ptr[i] == '\\')
            i++;
        else if (rest->ptr[i] == '"')
            quoted = !quoted;
    }
    if (i >= rest->len) {
        *rest = (struct adder_str){NULL, 0};
        return str_trim(part);
    }
    part.len = i;
    *rest = (struct adder_str){rest->ptr + i + 1, rest->len - i - 1};
    return str_trim(part);
}

static bool same(struct adder_str s, const char *word)
{
    return s.len == strlen(word) && strncasecmp(s.ptr, word, s.len) == 0;
}

static struct adder_str unquoted(struct adder_str s)
{
    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
        return (struct adder_str){s.ptr + 1, s.len - 2};
    return s;
}

static struct range parse(struct adder_str text)
{
    struct range r = {.quality = 1};

    r.type = cut(&text, ';');
    while (text.len > 0) {
        struct adder_str value = cut(&text, ';'), key = cut(&value, '=');

        value = unquoted(str_trim(value));
        if (same(key, "version"))
            r.version = value;
        else if (same(key, "q") && !number_read(value, &r.quality))
            r.quality = 0;
    }
    return r;
}

static bool has_version(const struct range *r, const char *version)
{
    return r->version.len == 0 || str_is(r->version, version);
}

/* OpenMetrics only where it is named, in the version that we write. Prometheus prefers it by
 * its order of quality. */
enum exposition exposition_choose(const char *accept)
{
    struct adder_str rest = str_of(accept);
    double text = 0, openmetrics = 0;

    while (rest.len > 0) {
        struct range r = parse(cut(&rest, ','));

        if (same(r.type, "application/openmetrics-text") && has_version(&r, "1.0.0"))
            openmetrics = fmax(openmetrics, r.quality);
        else if (same(r.type, "text/plain") || same(r.type, "text/*") || same(r.type, "*/*"))
            text = fmax(text, r.quality);
    }
    return openmetrics > 0 && openmetrics >= text ? EXPOSITION_OPENMETRICS : EXPOSITION_TEXT;
}

const char *exposition_content_type(enum exposition format)
{
    static const char *const types[] = {
        [EXPOSITION_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
        [EXPOSITION_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
    };

    return types[format];
}
