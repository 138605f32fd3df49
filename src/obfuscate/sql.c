#include "obfuscate/obfuscate.h"

/* Until there is more: everything may be a literal. */
int obfuscate_sql(struct adder_str query, struct adder_str options, struct buf *out,
                  struct adder_error *err)
{
    (void)query;
    (void)options;
    buf_add_char(out, '?');
    return buf_check(out, err);
}

int obfuscate_sql_plan(struct adder_str plan, bool normalize, struct buf *out,
                       struct adder_error *err)
{
    (void)plan;
    (void)normalize;
    buf_add_char(out, '?');
    return buf_check(out, err);
}

int obfuscate_mongodb(struct adder_str command, struct buf *out, struct adder_error *err)
{
    (void)command;
    buf_add_char(out, '?');
    return buf_check(out, err);
}
