#include "agent/relay.h"

#include <string.h>

#include "core/log.h"
#include "core/str.h"

/* Whether the text begins as log_write() begins a line: "2026-01-31 12:00:00.000 ". */
static bool has_time(struct adder_str s)
{
    static const char form[] = "dddd-dd-dd dd:dd:dd.ddd ";

    if (s.len < strlen(form))
        return false;
    for (size_t i = 0; form[i] != '\0'; i++) {
        bool digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';

        if (form[i] == 'd' ? !digit : s.ptr[i] != form[i])
            return false;
    }
    return true;
}

/* Takes time and level off a line of our log. Returns the level, or -1 when it is none. */
static int take_level(struct adder_str *line)
{
    const size_t time = strlen("2026-01-31 12:00:00.000 ");
    struct adder_str rest = {line->ptr + time, line->len - time};
    char name[16];
    size_t len = 0;
    int level;

    while (len < rest.len && rest.ptr[len] != ' ')
        len++;
    if (len == 0 || len >= sizeof(name))
        return -1;
    memcpy(name, rest.ptr, len);
    name[len] = '\0';
    level = log_level_of(name);
    if (level < 0)
        return -1;
    while (len < rest.len && rest.ptr[len] == ' ')
        len++;
    *line = (struct adder_str){rest.ptr + len, rest.len - len};
    return level;
}

void relay_line(const char *who, long pid, struct adder_str line)
{
    int level = has_time(line) ? take_level(&line) : -1;

    LOG(level >= 0 ? level : ADDER_LOG_INFO, "%s %ld: %.*s", who, pid, STR_ARG(line));
}
