#include "core/venv.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/str.h"
#include "core/testing.h"

/* Makes a folder with the pyvenv.cfg; the caller frees the path and the folder stays small. */
static char *make_venv(const char *cfg)
{
    char *folder = mem_strdup("/tmp/adder-venv-XXXXXX");
    AUTOFREE char *path = NULL;
    struct adder_error err;

    assert_non_null(mkdtemp(folder));
    if (cfg == NULL)
        return folder;
    path = mem_printf("%s/pyvenv.cfg", folder);
    assert_int_equal(file_write(path, str_of(cfg), &err), 0);
    return folder;
}

static void remove_venv(const char *folder)
{
    AUTOFREE char *path = mem_printf("%s/pyvenv.cfg", folder);

    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

static void reads_the_version_in_all_its_forms(void **state)
{
    static const struct {
        const char *cfg, *version;
    } cases[] = {
        {"home = /usr/bin\nversion = 3.11.2\n", "3.11"},
        {"version=3.9", "3.9"},
        {"Version = 3.12.0rc1\r\n", "3.12"},
        {"home = /x\nversion_info = 3.13.1.final.0\n", "3.13"},
        {"version_info = 3.10.0.final.0\nversion = 3.11.1\n", "3.11"},
        {"home = /usr/bin\n", ""},
        {"version = abc\n", ""},
        {"version = 3\n", ""},
        {"no equals sign\n=\n", ""},
        {"version = 3.1234567890123456789.0\n", "3.1234567890123"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOFREE char *folder = make_venv(cases[i].cfg);
        char version[VENV_VERSION_MAX] = "none";
        struct adder_error err;

        assert_int_equal(venv_version(folder, version, &err), 0);
        assert_string_equal(version, cases[i].version);
        remove_venv(folder);
    }
}

static void tells_a_missing_folder_from_one_that_is_no_venv(void **state)
{
    AUTOFREE char *folder = make_venv(NULL);
    char version[VENV_VERSION_MAX];
    struct adder_error err;

    (void)state;
    assert_int_equal(venv_version(folder, version, &err), -1);
    assert_int_equal(err.code, ADDER_INVALID);
    assert_non_null(strstr(err.message, "is not a virtual environment: it has no pyvenv.cfg"));
    remove_venv(folder);
    assert_int_equal(venv_version(folder, version, &err), -1);
    assert_int_equal(err.code, ADDER_NOT_FOUND);
    assert_non_null(strstr(err.message, "there is no virtual environment '/tmp/adder-venv-"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_version_in_all_its_forms),
        cmocka_unit_test(tells_a_missing_folder_from_one_that_is_no_venv),
    };

    return cmocka_run_group_tests_name("venv", tests, NULL, NULL);
}
