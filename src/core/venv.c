#include "core/venv.h"

#include <ctype.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/err.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"

/* The value of `key` in the lines "key = value", keys in any case; absent when there is none
 * (PEP 405). */
static struct adder_str find_key(struct adder_str text, const char *key)
{
    size_t key_len = strlen(key);

    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;
        const char *equals = memchr(text.ptr, '=', len);
        struct adder_str name = {text.ptr, equals != NULL ? (size_t)(equals - text.ptr) : 0};

        name = str_trim(name);
        if (name.len == key_len && strncasecmp(name.ptr, key, key_len) == 0)
            return str_trim(
                (struct adder_str){equals + 1, len - 1 - (size_t)(equals - text.ptr)});
        len += end != NULL;
        text.ptr += len;
        text.len -= len;
    }
    return (struct adder_str){NULL, 0};
}

/* "3.11" of "3.11.2" or "3.11.2.final.0"; "" when it begins otherwise. */
static void cut_version(struct adder_str version, char ret[VENV_VERSION_MAX])
{
    size_t i = 0, dots = 0;

    for (; i < version.len && i < VENV_VERSION_MAX - 1; i++) {
        if (version.ptr[i] == '.' ? ++dots > 1 : !isdigit((unsigned char)version.ptr[i]))
            break;
        ret[i] = version.ptr[i];
    }
    ret[dots > 0 ? i : 0] = '\0';
}

int venv_version(const char *folder, char ret[VENV_VERSION_MAX], struct adder_error *err)
{
    AUTOFREE char *path = mem_printf("%s/pyvenv.cfg", folder), *text = NULL;
    struct adder_str version;
    struct stat info;
    size_t len;

    if (path == NULL)
        return err_nomem(err);
    if (stat(folder, &info) < 0)
        return err_set(err, ADDER_NOT_FOUND, "there is no virtual environment '%s'", folder);
    if (file_read(path, VENV_CFG_MAX, &text, &len, err) < 0) {
        if (err->code == ADDER_NOT_FOUND)
            err_set(err, ADDER_INVALID,
                    "'%s' is not a virtual environment: it has no pyvenv.cfg", folder);
        return -1;
    }
    version = find_key((struct adder_str){text, len}, "version");
    if (version.ptr == NULL)
        version = find_key((struct adder_str){text, len}, "version_info");
    cut_version(version, ret);
    return 0;
}
