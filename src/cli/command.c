#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "cli/help.h"
#include "cli/out.h"
#include "cli/text.h"
#include "core/closest.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

enum { COMPLAINT_MAX = 64 * 1024 };

const struct command *program_find(const struct program *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->commands[i]->name, name) == 0)
            return p->commands[i];
    return NULL;
}

int complain(const char *command, const struct adder_error *err)
{
    CLEANUP(buf_free) struct buf text;

    buf_init(&text, COMPLAINT_MAX);
    text_escape(&text, str_of(err->message), true);
    fprintf(stderr, "adder%s%s: %s\n", command != NULL ? " " : "",
            command != NULL ? command : "", text.data != NULL ? text.data : err->message);
    return err->code == ADDER_INVALID || err->code == ADDER_NOT_FOUND ? EXIT_USAGE
                                                                      : EXIT_PROBLEM;
}

static int complain_about_usage(const struct command *c, const struct adder_error *err)
{
    int code = complain(c->name, err);

    if (code == EXIT_USAGE)
        fprintf(stderr, "Try 'adder %s --help'.\n", c->name);
    return code;
}

static int check_operands(const struct command *c, const struct words *operands,
                          struct adder_error *err)
{
    for (size_t i = 0; i < operands->count; i++)
        if (operands->items[i][0] == '\0')
            return err_set(err, ADDER_INVALID, "there is an empty word: adder %s %s", c->name,
                           c->operands);
    if (operands->count < c->operands_min)
        return err_set(err, ADDER_INVALID, "needs %s: adder %s %s",
                       c->completion == COMPLETE_CHECKS ? "the name of a check" : "a word more",
                       c->name, c->operands);
    if (operands->count > c->operands_max)
        return err_set(err, ADDER_INVALID, "'%s' is one word too many",
                       operands->items[c->operands_max]);
    return 0;
}

static int run_parsed(const struct program *p, const struct command *c, struct arguments args,
                      void *conf)
{
    CLEANUP(words_free) struct words operands = {NULL, 0};
    struct adder_error err;
    bool help = false;

    if (options_parse(&c->options, args, conf, &operands, &help, &err) < 0)
        return complain_about_usage(c, &err);
    if (help)
        return help_command(c) < 0 ? EXIT_PROBLEM : EXIT_FINE;
    if (check_operands(c, &operands, &err) < 0)
        return complain_about_usage(c, &err);
    return c->run(p, conf, &operands);
}

static int run_command(const struct program *p, const struct command *c, struct arguments args)
{
    AUTOFREE void *conf = mem_zalloc(c->conf_size);
    struct adder_error err;
    int code;

    if (conf == NULL) {
        err_nomem(&err);
        return complain(c->name, &err);
    }
    code = run_parsed(p, c, args, conf);
    options_free(&c->options, conf);
    return code;
}

int complain_unknown(const struct program *p, const char *command, const char *word)
{
    struct closest c = closest_to(word, strlen(word));
    struct adder_error err;

    for (size_t i = 0; i < p->count; i++)
        if (!p->commands[i]->hidden)
            closest_offer(&c, p->commands[i]->name);
    err_set(&err, ADDER_INVALID, "there is no %s '%s'%s%s%s",
            word[0] == '-' ? "option" : "command", word,
            c.best[0] != '\0' ? "; did you mean '" : "", c.best, c.best[0] != '\0' ? "'?" : "");
    complain(command, &err);
    fprintf(stderr, "Try 'adder --help'.\n");
    return EXIT_USAGE;
}

int program_run(const struct program *p, int argc, char **argv)
{
    const struct command *c;

    out_reserve();
    if (argc < 2) {
        help_program(p, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help_program(p, stdout) < 0 ? EXIT_PROBLEM : EXIT_FINE;
    if (strcmp(argv[1], "--version") == 0)
        argv[1] = "version";
    c = program_find(p, argv[1]);
    if (c == NULL)
        return complain_unknown(p, NULL, argv[1]);
    return run_command(p, c, (struct arguments){argv + 2, (size_t)argc - 2});
}
