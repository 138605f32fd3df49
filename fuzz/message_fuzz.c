/*
 * message_fuzz - any bytes as what a worker says, in pieces of any size. What is understood is
 * written anew: the same must be read from that.
 */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/err.h"
#include "work/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(struct message_reader *r, const void *bytes, size_t len)
{
    char *room = message_reader_room(r, len);

    if (room == NULL)
        abort();
    if (len > 0)
        memcpy(room, bytes, len);
    message_reader_add(r, len);
}

/* Ends the program unless the message, written and read, gives the same frame again. */
static void write_anew(const struct message *m)
{
    CLEANUP(buf_free) struct buf first, second;
    struct message_reader *r = message_reader_new();
    struct message again;
    struct adder_error err;

    buf_init(&first, MESSAGE_BYTES_MAX);
    buf_init(&second, MESSAGE_BYTES_MAX);
    message_write(m, &first);
    feed(r, first.data, first.len);
    if (first.failed || message_next(r, &again, &err) != 1)
        abort();
    message_write(&again, &second);
    if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
        abort();
    message_reader_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message_reader *r = message_reader_new();
    size_t piece = size > 0 ? data[0] + 1 : 1;
    struct message m;
    struct adder_error err;
    int rc = 0;

    for (size_t at = 1; at < size && rc >= 0; at += piece) {
        feed(r, data + at, size - at < piece ? size - at : piece);
        while ((rc = message_next(r, &m, &err)) > 0)
            write_anew(&m);
    }
    message_reader_free(r);
    return 0;
}
