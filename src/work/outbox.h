/*
 * outbox.h - whole frames onto a socket, from any thread, without ever waiting for the reader.
 *
 * What the socket does not take at once is queued and goes out when the owner of the loop calls
 * outbox_flush(). A frame is never mixed with another, not even with one that the handler of a
 * fatal signal sends.
 */
#ifndef ADDER_WORK_OUTBOX_H
#define ADDER_WORK_OUTBOX_H

#include "work/message.h"

struct outbox;

/* `wake` is written to (as an eventfd) when something is left for outbox_flush(). Both
 * descriptors stay the caller's. */
int outbox_new(int socket, int wake, struct outbox **ret, struct adder_error *err);
void outbox_free(struct outbox *o); /* NULL is fine */

/* Sends the message, or queues what does not go out now. ADDER_LIMIT when it is too long,
 * ADDER_NOMEM; then nothing of it is sent. A broken socket is no error here: whoever reads from
 * it notices. Any thread. */
int outbox_send(struct outbox *o, const struct message *m, struct adder_error *err);

/* Sends of the queue what the socket takes. */
void outbox_flush(struct outbox *o);
bool outbox_pending(struct outbox *o);

/* Sends a frame between two others, waiting up to OUTBOX_URGENT_MS for the end of one that is
 * half sent. Async-signal-safe; any thread. */
enum { OUTBOX_URGENT_MS = 1000 };
void outbox_urgent(struct outbox *o, const void *frame, size_t len);

#endif
