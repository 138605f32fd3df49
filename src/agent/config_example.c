/* The example file. */
#include <string.h>

#include "agent/config.h"

enum { WIDTH = 80 }; /* columns of help */

static const char head[] =
    "## adder.yaml - settings of adder. All are commented out and show their defaults.\n"
    "##\n"
    "## Each can be set in the environment instead, which goes before this file: ADDER_ and\n"
    "## its name in capitals with _ for each dot, such as ADDER_OUTPUTS_JSON_PATH. Lists have\n"
    "## spaces between their items there (lists of folders: colons), or are JSON.\n"
    "##\n"
    "## Settings of the Datadog Agent that are not here may stand here all the same: checks\n"
    "## that ask for them get what is said.\n";

/* Adds a text as comments, broken between words. */
static void add_help(struct buf *to, int indent, const char *text)
{
    size_t column = 2 + (size_t)indent;

    buf_printf(to, "##%*s", indent, "");
    while (*text != '\0') {
        size_t len = strcspn(text, " ");

        if (column + 1 + len > WIDTH) {
            buf_printf(to, "\n##%*s", indent, "");
            column = 2 + (size_t)indent;
        }
        buf_add_char(to, ' ');
        buf_add(to, text, len);
        column += 1 + len;
        text += len + (text[len] == ' ');
    }
    buf_add_char(to, '\n');
}

/* Adds the lines of the sections around a key that were not those of the key before. */
static void add_sections(struct buf *to, const char *name, const char *before)
{
    int indent = 0;

    for (const char *dot = strchr(name, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        const char *start = name;
        size_t len = (size_t)(dot - name) + 1;

        for (const char *c = name; c < dot; c++)
            if (*c == '.')
                start = c + 1;
        if (strncmp(name, before, len) != 0)
            buf_printf(to, "# %*s%.*s:\n", indent, "", (int)(dot - start), start);
        indent += 2;
    }
}

static int depth_of(const char *name)
{
    int depth = 0;

    for (; *name != '\0'; name++)
        depth += *name == '.';
    return depth;
}

static void add_limits(struct buf *to)
{
    size_t count;
    const struct limit_key *keys = limits_keys(&count);

    buf_add_str(to, "# limits:\n");
    for (size_t i = 0; i < count; i++) {
        /* What cannot be written as a value is a comment. */
        const char *mark = strchr(keys[i].fallback, ' ') != NULL ? "# " : "";

        add_help(to, 2, keys[i].help);
        buf_printf(to, "#   %s: %s%s\n", keys[i].name, mark, keys[i].fallback);
    }
}

void config_example(struct buf *to)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    const char *before = "";

    buf_add_str(to, head);
    for (size_t i = 0; i < count; i++) {
        const char *dot = strrchr(keys[i].name, '.');
        int indent = 2 * depth_of(keys[i].name);

        buf_add_char(to, '\n');
        add_sections(to, keys[i].name, before);
        add_help(to, indent, keys[i].help);
        before = keys[i].name;
        if (keys[i].type == CONFIG_LIMITS)
            add_limits(to);
        else
            buf_printf(to, "# %*s%s:%s%s\n", indent, "", dot != NULL ? dot + 1 : before,
                       keys[i].fallback != NULL ? " " : "",
                       keys[i].fallback != NULL ? keys[i].fallback : "");
    }
}
