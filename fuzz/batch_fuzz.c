/*
 * batch_fuzz - any bytes as a worker's batch, read and sampled.
 */
#include "core/err.h"
#include "metrics/batch.h"
#include "metrics/sampler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drop(void *ctx, const struct series *s)
{
    (void)ctx;
    (void)s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct series_sink nowhere = {.series = drop};
    struct batch_reader *reader =
        batch_reader_new((struct adder_str){(const char *)data, size});
    struct sampler *sampler = NULL;
    struct adder_error err;
    struct record r;

    if (sampler_new(&(struct sampler_options){0}, &sampler, &err) < 0)
        return 0;
    while (batch_read(reader, &r, &err) > 0) {
        if (r.type == RECORD_METRIC)
            sampler_metric(sampler, &r.metric, r.time);
        else if (r.type == RECORD_BUCKET)
            sampler_bucket(sampler, &r.bucket, r.time);
    }
    for (int i = 0; i < 4; i++)
        sampler_commit(sampler, i * 1e9, &nowhere);
    sampler_free(sampler);
    batch_reader_free(reader);
    return 0;
}
