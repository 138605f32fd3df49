/*
 * out.h - standard output for the command's answer, kept out of reach of everything else.
 */
#ifndef ADDER_CLI_OUT_H
#define ADDER_CLI_OUT_H

#include <stdio.h>

#include "core/buf.h"

enum { WIDTH_USUAL = 80 }; /* columns, where nothing tells */

/* Rendering, by what it is used for. */
enum ink { INK_PLAIN, INK_TITLE, INK_GOOD, INK_BAD, INK_WARN, INK_DIM };

/* Where an answer goes, and what became of it. */
struct out_target;

struct out {
    FILE *file;
    struct out_target *target; /* of `file`; NULL for a stream of another sort */
    bool tty;
    bool colour;    /* a terminal, without NO_COLOR in the environment */
    unsigned width; /* columns of the terminal, 0: no limit */
};

/*
 * Opens /dev/null as standard input, output and error where they are closed, so that no file
 * that is opened later becomes one of them. Standard output cannot be written to then: an
 * answer that reaches nobody is an error. Call first of all.
 */
void out_reserve(void);

/*
 * Takes standard output: `ret->file` writes to it through a descriptor of its own, and
 * descriptor 1 becomes standard error, so that what a check prints does not mix with the
 * answer. Call once; out_close() does not give it back.
 */
int out_open(struct out *ret, struct adder_error *err);

/* Writes out what is buffered and closes. Fails when not all of it could be written, with the
 * reason of the first write that failed. */
int out_close(struct out *o, struct adder_error *err);

/* Closes, if it is open still, and does not care: for CLEANUP, on the way out after a failure.
 */
void out_abandon(struct out *o);

/* Writes `len` bytes of `text` in colour, if colours are on. */
void out_ink(struct out *o, enum ink ink, const char *text, size_t len);

/* Writes formatted text in colour. */
void out_print(struct out *o, enum ink ink, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Writes text of many lines, each behind `indent` spaces, wrapped between words to the width.
 * The text must not hold control characters other than line feeds and tabs. */
void out_paragraph(struct out *o, enum ink ink, unsigned indent, struct adder_str text);

/* The same, with the first line going on where the cursor is, in column `indent`. */
void out_hanging(struct out *o, enum ink ink, unsigned indent, struct adder_str text);

/* Columns of a terminal, from its driver or else $COLUMNS; 0: unknown. */
unsigned terminal_width(int fd);

#endif
