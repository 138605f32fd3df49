#include "cli/help.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/out.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

enum {
    WIDTH_MOST = 96, /* longer lines are hard to read */
    HELP_AT = 30,    /* column of an option's help */
    COMMAND_AT = 16, /* of a command's summary */
    HELP_MAX = 4096, /* bytes of one option's text */
};

/* Help goes to whatever standard output is, so it opens no private descriptor as answers do. */
static struct out out_to(FILE *to)
{
    struct out o = {.file = to, .tty = isatty(fileno(to))};
    const char *no = getenv("NO_COLOR");

    o.colour = o.tty && (no == NULL || *no == '\0');
    o.width = o.tty ? terminal_width(fileno(to)) : WIDTH_USUAL;
    if (o.width > WIDTH_MOST)
        o.width = WIDTH_MOST;
    return o;
}

static int finish(FILE *to)
{
    struct adder_error err;

    if (fflush(to) == 0 && !ferror(to))
        return 0;
    err_errno(&err, errno, "writing help");
    complain(NULL, &err);
    return -1;
}

/* "  left    right", the right side wrapped at its column. */
static void print_row(struct out *o, const char *left, unsigned at, const char *right)
{
    size_t used = strlen(left) + 2;

    out_print(o, INK_PLAIN, "  %s", left);
    if (used + 2 > at) {
        out_print(o, INK_PLAIN, "\n");
        out_paragraph(o, INK_PLAIN, at, str_of(right));
        return;
    }
    out_print(o, INK_PLAIN, "%*s", (int)(at - used), "");
    out_hanging(o, INK_PLAIN, at, str_of(right));
}

int help_program(const struct program *p, FILE *to)
{
    struct out o = out_to(to);

    out_print(&o, INK_TITLE, "Usage:");
    out_print(&o, INK_PLAIN, " adder COMMAND [OPTION...] [WORD...]\n\n");
    out_paragraph(&o, INK_PLAIN, 0,
                  str_of("A small monitoring agent that runs Python checks written for the "
                         "Datadog Agent."));
    out_print(&o, INK_TITLE, "\nCommands:\n");
    for (size_t i = 0; i < p->count; i++)
        if (!p->commands[i]->hidden)
            print_row(&o, p->commands[i]->name, COMMAND_AT, p->commands[i]->summary);
    out_print(&o, INK_PLAIN, "\n");
    out_paragraph(&o, INK_PLAIN, 0,
                  str_of("'adder COMMAND --help' tells all about a command."));
    return finish(to);
}

/* "-c, --config FILE|DIR" */
static void describe(const struct option *o, struct buf *ret)
{
    if (o->letter != '\0')
        buf_printf(ret, "-%c, ", o->letter);
    else
        buf_add_str(ret, "    ");
    buf_printf(ret, "--%s", o->name);
    if (o->value != NULL)
        buf_printf(ret, " %s", o->value);
}

static void print_option(struct out *o, const struct option *row)
{
    CLEANUP(buf_free) struct buf left;
    CLEANUP(buf_free) struct buf right;

    buf_init(&left, HELP_MAX);
    buf_init(&right, HELP_MAX);
    describe(row, &left);
    buf_add_str(&right, row->help);
    if (row->fallback != NULL)
        buf_printf(&right, " (default %s)", row->fallback);
    if (!left.failed && !right.failed)
        print_row(o, left.data, HELP_AT, right.data);
}

/* Every command has it; the parser knows it by itself. */
static const struct option help = {.name = "help", .letter = 'h', .help = "Print this help."};

int help_command(const struct command *c)
{
    struct out o = out_to(stdout);
    const struct option *row;

    out_print(&o, INK_TITLE, "Usage:");
    out_print(&o, INK_PLAIN, " adder %s%s%s [OPTION...]\n\n", c->name,
              c->operands[0] != '\0' ? " " : "", c->operands);
    out_paragraph(&o, INK_PLAIN, 0, str_of(c->about));
    out_print(&o, INK_TITLE, "\nOptions:\n");
    for (size_t i = 0; (row = option_at(&c->options, i)) != NULL; i++)
        print_option(&o, row);
    print_option(&o, &help);
    if (c->examples != NULL) {
        out_print(&o, INK_TITLE, "\nExamples:\n");
        o.width = 0; /* lines to copy are not broken */
        out_paragraph(&o, INK_PLAIN, 2, str_of(c->examples));
    }
    return finish(stdout);
}

void help_mdoc(const char *text, FILE *to)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", to);
        else if (*text == ' ' && text[-1] == '.')
            fputc('\n', to);
        else
            fputc(*text, to);
    }
    fputc('\n', to);
}

static void print_man_option(const struct option *o, FILE *to)
{
    fputs(".It ", to);
    if (o->letter != '\0')
        fprintf(to, "Fl %c , ", o->letter);
    fprintf(to, "Fl -%s", o->name);
    if (o->value != NULL)
        fprintf(to, " Ar %s", o->value);
    fputc('\n', to);
    help_mdoc(o->help, to);
    if (o->fallback != NULL)
        fprintf(to, "The default is %s.\n", o->fallback);
}

void help_man_options(const struct command *c, FILE *to)
{
    const struct option *o;

    for (size_t i = 0; (o = option_at(&c->options, i)) != NULL; i++)
        print_man_option(o, to);
    print_man_option(&help, to);
}

/* ---- adder help ------------------------------------------------------------------------ */

static int run_help(const struct program *p, void *conf, const struct words *operands)
{
    const struct command *c;

    (void)conf;
    if (operands->count == 0)
        return help_program(p, stdout) < 0 ? EXIT_PROBLEM : EXIT_FINE;
    c = program_find(p, operands->items[0]);
    if (c == NULL)
        return complain_unknown(p, "help", operands->items[0]);
    return help_command(c) < 0 ? EXIT_PROBLEM : EXIT_FINE;
}

const struct command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "say what a command does and takes",
    .about = "Prints the list of commands, or all about one of them.",
    .conf_size = 1,
    .operands_max = 1,
    .completion = COMPLETE_COMMANDS,
    .run = run_help,
};
