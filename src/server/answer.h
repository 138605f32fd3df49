/*
 * answer.h - requests whose answer comes later, by ticket. Their connections are suspended.
 */
#ifndef ADDER_SERVER_ANSWER_H
#define ADDER_SERVER_ANSWER_H

#include <jansson.h>
#include <microhttpd.h>

#include "core/base.h"

struct answers;
struct answer;

struct answers_options {
    double timeout_s;
    double (*now)(void *ctx);
    void *ctx;
};

struct answers *answers_new(const struct answers_options *options); /* NULL: no memory */
void answers_free(struct answers *a); /* after the daemon has been stopped; NULL is fine */

/* A new ticket. ADDER_LIMIT when as many are awaited as may be. */
int answers_await(struct answers *a, struct answer **ret, struct adder_error *err);
uint64_t answer_ticket(const struct answer *a);

/* The answer, once it is there: 1 and a reference of the caller's in *ret; -1 and why there is
 * none (ADDER_LIMIT: too late). 0: suspend until then; the handler is called again. */
int answer_take(struct answer *a, json_t **ret, struct adder_error *err);
void answer_suspend(struct answer *a, struct MHD_Connection *c);

/* The request has ended. */
void answer_drop(struct answer *a);

/* As server_answer(). */
void answers_give(struct answers *a, uint64_t ticket, json_t *json,
                  const struct adder_error *err);
void answers_sweep(struct answers *a); /* gives up those that have waited too long */
void answers_end(struct answers *a);   /* gives up all; the daemon must run before it stops */

#endif
