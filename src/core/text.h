/*
 * text.h - text from outside, made fit for where it goes.
 */
#ifndef ADDER_CORE_TEXT_H
#define ADDER_CORE_TEXT_H

#include "core/buf.h"

/* The first character of `s`, which is not empty, in *ret. Its bytes; 0: it is not UTF-8. */
size_t text_decode(struct adder_str s, uint32_t *ret);

/* Appends `s` so that it cannot control a terminal: control characters and those that change
 * the direction of writing become escapes ("\n", "\x1b", "\u202e"), bytes that are not UTF-8
 * "\xff". Line feeds and tabs stay as they are when `lines`. */
void text_escape(struct buf *b, struct adder_str s, bool lines);

/* Appends `s` with U+FFFD in place of each byte that is not UTF-8. */
void text_replace(struct buf *b, struct adder_str s);

/* Appends `s` as a JSON string, with its quotes (RFC 8259, section 7). Each byte that is not
 * UTF-8 becomes U+FFFD. */
void text_json(struct buf *b, struct adder_str s);

#endif
