/*
 * mongo_fuzz - any bytes as a MongoDB command. What comes out ends in "...", or is JSON that
 * becomes itself when it goes in again.
 */
#include <stdlib.h>
#include <string.h>

#include "obfuscate/obfuscate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_free) struct buf once, twice;
    struct adder_error err;

    buf_init(&once, (size_t)4 * OBFUSCATE_INPUT_MAX);
    buf_init(&twice, (size_t)4 * OBFUSCATE_INPUT_MAX);
    if (obfuscate_mongodb((struct adder_str){(const char *)data, size}, &once, &err) < 0 ||
        once.data[once.len - 1] == '.')
        return 0;
    if (obfuscate_mongodb((struct adder_str){once.data, once.len}, &twice, &err) < 0 ||
        twice.len != once.len || memcmp(once.data, twice.data, once.len) != 0)
        abort();
    return 0;
}
