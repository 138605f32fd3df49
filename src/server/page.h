/*
 * page.h - the status page, page.html, as bytes. cmake/page.cmake makes them.
 */
#ifndef ADDER_SERVER_PAGE_H
#define ADDER_SERVER_PAGE_H

#include <stddef.h>

extern const unsigned char page_html[];
extern const size_t page_html_len;

/* Its Content-Security-Policy, with the hashes of its one script and its one style sheet. */
extern const char page_policy[];

#endif
