/*
 * adder completion: scripts that complete command lines, for bash, zsh and fish, and other
 * texts made from the tables.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/paths.h"
#include "core/err.h"

/* ---- bash ------------------------------------------------------------------------------ */

/* Arguments of compgen for a value. */
static const char *bash_values(enum option_completion completion)
{
    static const char *const words[] = {
        [COMPLETE_NOTHING] = "-W ''",
        [COMPLETE_FILES] = "-f",
        [COMPLETE_FOLDERS] = "-d",
        [COMPLETE_CHECKS] = "-W \"$(\"$1\" completion checks 2>/dev/null)\"",
        [COMPLETE_LEVELS] = "-W 'trace debug info warning error critical off'",
        [COMPLETE_SHELLS] = "-W 'bash zsh fish'",
        [COMPLETE_COMMANDS] = "-W \"$commands\"",
    };

    return words[completion];
}

static void bash_command(const struct command *c)
{
    const struct option *o;

    printf("    %s)\n        case $prev in\n", c->name);
    for (size_t i = 0; (o = option_at(&c->options, i)) != NULL; i++) {
        if (o->type == OPTION_FLAG)
            continue;
        printf("        --%s", o->name);
        if (o->letter != '\0')
            printf(" | -%c", o->letter);
        printf(")\n            COMPREPLY=($(compgen %s -- \"$cur\"))\n            return\n"
               "            ;;\n",
               bash_values(o->completion));
    }
    printf("        esac\n        options=\"--help");
    for (size_t i = 0; (o = option_at(&c->options, i)) != NULL; i++)
        printf(" --%s", o->name);
    printf("\"\n        if [[ $cur != -* ]]; then\n"
           "            COMPREPLY=($(compgen %s -- \"$cur\"))\n            return\n"
           "        fi\n        ;;\n",
           bash_values(c->completion));
}

static void print_bash(const struct program *p)
{
    printf("# bash completion for adder\n_adder() {\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    local options=\"\" commands=\"");
    for (size_t i = 0; i < p->count; i++)
        if (!p->commands[i]->hidden)
            printf("%s%s", i > 0 ? " " : "", p->commands[i]->name);
    printf("\"\n    if ((COMP_CWORD == 1)); then\n"
           "        COMPREPLY=($(compgen -W \"$commands --help --version\" -- \"$cur\"))\n"
           "        return\n    fi\n    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < p->count; i++)
        if (!p->commands[i]->hidden)
            bash_command(p->commands[i]);
    printf("    esac\n    COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n}\n"
           "complete -o filenames -F _adder adder\n");
}

/* ---- zsh ------------------------------------------------------------------------------- */

static const char *zsh_values(enum option_completion completion)
{
    static const char *const actions[] = {
        [COMPLETE_NOTHING] = " ",
        [COMPLETE_FILES] = "_files",
        [COMPLETE_FOLDERS] = "_files -/",
        [COMPLETE_CHECKS] = "_adder_checks",
        [COMPLETE_LEVELS] = "(trace debug info warning error critical off)",
        [COMPLETE_SHELLS] = "(bash zsh fish)",
        [COMPLETE_COMMANDS] = "_adder_commands",
    };

    return actions[completion];
}

/* The first sentence of a help text, without what would end a quoted zsh description. */
static void print_short(const char *help)
{
    for (; *help != '\0' && !(*help == '.' && (help[1] == ' ' || help[1] == '\0')); help++) {
        if (*help == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:", *help) != NULL)
            printf("\\%c", *help);
        else
            fputc(*help, stdout);
    }
}

static void zsh_option(const struct option *o)
{
    const char *star = o->type == OPTION_LIST ? "*" : "";

    printf(" \\\n            '%s--%s%s[", star, o->name, o->type == OPTION_FLAG ? "" : "=");
    print_short(o->help);
    if (o->type == OPTION_FLAG)
        printf("]'");
    else
        printf("]:%s:%s'", o->value, zsh_values(o->completion));
}

static void zsh_command(const struct command *c)
{
    const struct option *o;

    printf("        %s)\n            _arguments '--help[Print help]'", c->name);
    for (size_t i = 0; (o = option_at(&c->options, i)) != NULL; i++)
        zsh_option(o);
    if (c->operands_max > 0)
        printf(" \\\n            '*:%s:%s'", c->operands, zsh_values(c->completion));
    printf("\n            ;;\n");
}

static void print_zsh(const struct program *p)
{
    printf(
        "#compdef adder\n\n"
        "_adder_checks() {\n    compadd -- ${(f)\"$(adder completion checks 2>/dev/null)\"}\n"
        "}\n\n_adder_commands() {\n    local -a commands=(\n");
    for (size_t i = 0; i < p->count; i++)
        if (!p->commands[i]->hidden)
            printf("        '%s:%s'\n", p->commands[i]->name, p->commands[i]->summary);
    printf("    )\n    _describe command commands\n}\n\n"
           "_adder() {\n    if ((CURRENT == 2)); then\n        _adder_commands\n"
           "        return\n    fi\n    local command=$words[2]\n    shift words\n"
           "    ((CURRENT--))\n    case $command in\n");
    for (size_t i = 0; i < p->count; i++)
        if (!p->commands[i]->hidden)
            zsh_command(p->commands[i]);
    printf("    esac\n}\n\n_adder \"$@\"\n");
}

/* ---- fish ------------------------------------------------------------------------------ */

static const char *fish_values(enum option_completion completion)
{
    static const char *const arguments[] = {
        [COMPLETE_NOTHING] = "",
        [COMPLETE_FILES] = " -F",
        [COMPLETE_FOLDERS] = " -f -a '(__fish_complete_directories)'",
        [COMPLETE_CHECKS] = " -f -a '(adder completion checks 2>/dev/null)'",
        [COMPLETE_LEVELS] = " -f -a 'trace debug info warning error critical off'",
        [COMPLETE_SHELLS] = " -f -a 'bash zsh fish'",
        [COMPLETE_COMMANDS] = " -f",
    };

    return arguments[completion];
}

/* In single quotes of fish only \ and ' are special. */
static void fish_text(const char *text)
{
    for (; *text != '\0' && !(*text == '.' && (text[1] == ' ' || text[1] == '\0')); text++)
        printf(strchr("\\'", *text) != NULL ? "\\%c" : "%c", *text);
}

static void fish_command(const struct command *c)
{
    const struct option *o;

    printf("complete -c adder -n __fish_use_subcommand -f -a %s -d '", c->name);
    fish_text(c->summary);
    printf("'\n");
    for (size_t i = 0; (o = option_at(&c->options, i)) != NULL; i++) {
        printf("complete -c adder -n '__fish_seen_subcommand_from %s' -l %s", c->name, o->name);
        if (o->letter != '\0')
            printf(" -s %c", o->letter);
        printf("%s%s -d '", o->type == OPTION_FLAG ? "" : " -r", fish_values(o->completion));
        fish_text(o->help);
        printf("'\n");
    }
    if (c->operands_max > 0)
        printf("complete -c adder -n '__fish_seen_subcommand_from %s'%s\n", c->name,
               fish_values(c->completion));
}

static void print_fish(const struct program *p)
{
    printf("# fish completion for adder\ncomplete -c adder -f\n");
    for (size_t i = 0; i < p->count; i++)
        if (!p->commands[i]->hidden)
            fish_command(p->commands[i]);
}

/* ---- The rest -------------------------------------------------------------------------- */

static void print_name(void *ctx, const char *name)
{
    (void)ctx;
    puts(name);
}

/* Names of checks in the usual folders; a completion has no time to start Python. */
static void print_checks(const struct program *p)
{
    CLEANUP(texts_free) struct texts folders = {NULL, 0};
    struct adder_error err;

    (void)p;
    if (paths_checks(NULL, &folders, &err) == 0)
        paths_each_check(&folders, print_name, NULL);
}

/* OPTIONS of all man pages, one after the other, for who writes and tests those. */
static void print_man(const struct program *p)
{
    for (size_t i = 0; i < p->count; i++) {
        printf(".\\\" %s\n", p->commands[i]->name);
        help_man_options(p->commands[i], stdout);
    }
}

/* One setting of adder.yaml(5). */
static void print_setting(const char *name, const char *type, const char *help,
                          const char *fallback)
{
    printf(".It Sy %s Ar %s\n", name, type);
    help_mdoc(help, stdout);
    if (fallback != NULL)
        printf("The default is %s.\n", fallback);
}

static void print_limits(void)
{
    static const char *const types[] = {
        [LIMIT_DURATION] = "duration",
        [LIMIT_SIZE] = "size",
        [LIMIT_COUNT] = "number",
        [LIMIT_BOOL] = "true|false",
    };
    size_t count;
    const struct limit_key *keys = limits_keys(&count);

    printf(".\\\" limits\n");
    for (size_t i = 0; i < count; i++)
        print_setting(keys[i].name, types[keys[i].type], keys[i].help, keys[i].fallback);
}

/* The lists of adder.yaml(5), likewise. */
static void print_settings(const struct program *p)
{
    static const char *const types[CONFIG_TYPES] = {
        [CONFIG_TEXT] = "text",        [CONFIG_VERSION] = "text",
        [CONFIG_COUNT] = "number",     [CONFIG_BOOL] = "true|false",
        [CONFIG_LIST] = "list",        [CONFIG_PATHS] = "list",
        [CONFIG_LEVEL] = "level",      [CONFIG_DURATION] = "duration",
        [CONFIG_SIZE] = "size",        [CONFIG_AGGREGATES] = "list",
        [CONFIG_PERCENTILES] = "list", [CONFIG_LIMITS] = "mapping",
    };
    size_t count;
    const struct config_key *keys = config_keys(&count);

    (void)p;
    printf(".\\\" settings\n");
    for (size_t i = 0; i < count; i++) {
        print_setting(keys[i].name, types[keys[i].type], keys[i].help, keys[i].fallback);
        if (keys[i].agent != NULL)
            printf("The Agent calls it\n.Sy %s .\n", keys[i].agent);
    }
    print_limits();
}

static int run(const struct program *p, void *conf, const struct words *operands)
{
    static const struct {
        const char *name;
        void (*print)(const struct program *p);
    } scripts[] = {
        {"bash", print_bash},     {"zsh", print_zsh}, {"fish", print_fish},
        {"checks", print_checks}, {"man", print_man}, {"settings", print_settings},
    };
    struct adder_error err;

    (void)conf;
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        if (strcmp(operands->items[0], scripts[i].name) != 0)
            continue;
        scripts[i].print(p);
        return fflush(stdout) == 0 ? EXIT_FINE : EXIT_PROBLEM;
    }
    err_set(&err, ADDER_INVALID, "'%s' is none of bash, zsh, fish", operands->items[0]);
    return complain("completion", &err);
}

const struct command command_completion = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .summary = "print a script that completes command lines",
    .about =
        "Prints a script for the shell: source <(adder completion bash), or put its output "
        "where zsh or fish look for completions.",
    .conf_size = 1,
    .operands_min = 1,
    .operands_max = 1,
    .completion = COMPLETE_SHELLS,
    .run = run,
};
