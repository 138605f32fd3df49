/*
 * sql_fuzz - any bytes as a query and as an execution plan. The first byte chooses options.
 */
#include "core/str.h"
#include "obfuscate/obfuscate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const options[] = {
    "{\"table_names\":true,\"return_json_metadata\":true,\"replace_digits\":true}",
    "{\"obfuscation_mode\":\"obfuscate_only\",\"dbms\":\"postgresql\"}",
    "{\"obfuscation_mode\":\"obfuscate_and_normalize\",\"dbms\":\"mssql\",\"table_names\":true,"
    "\"collect_commands\":true,\"collect_comments\":true,\"collect_procedures\":true,"
    "\"return_json_metadata\":true}",
    "{\"obfuscation_mode\":\"normalize_only\",\"dbms\":\"oracle\",\"keep_sql_alias\":true}",
    "{\"dbms\":\"mysql\",\"dollar_quoted_func\":true}",
    "{\"dbms\":\"snowflake\",\"obfuscation_mode\":\"obfuscate_and_normalize\"}",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct adder_str text = {(const char *)data + 1, size - 1};
    CLEANUP(buf_free) struct buf out;
    struct adder_error err;

    if (size == 0)
        return 0;
    buf_init(&out, (size_t)4 * OBFUSCATE_INPUT_MAX);
    obfuscate_sql(text, str_of(options[data[0] % ARRAY_LEN(options)]), &out, &err);
    buf_clear(&out);
    obfuscate_sql(str_of("select 1"), text, &out, &err);
    buf_clear(&out);
    obfuscate_sql_plan(text, data[0] & 1, &out, &err);
    return 0;
}
