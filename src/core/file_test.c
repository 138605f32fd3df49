#include "core/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/str.h"
#include "core/testing.h"

static char folder[] = "/tmp/adder-file-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/file", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void assert_contents(const char *expected, size_t len)
{
    AUTOFREE char *text = NULL;
    struct adder_error err;
    size_t got;

    assert_int_equal(file_read(path, 1024 * 1024, &text, &got, &err), 0);
    assert_int_equal(got, len);
    assert_memory_equal(text, expected, len);
    assert_int_equal(text[len], '\0');
}

static void what_was_written_is_read(void **state)
{
    struct adder_error err;

    (void)state;
    assert_int_equal(file_write(path, (struct adder_str){"a\0b", 3}, &err), 0);
    assert_contents("a\0b", 3);
    assert_int_equal(file_write(path, str_of("other"), &err), 0);
    assert_contents("other", 5);
    assert_int_equal(file_write(path, (struct adder_str){NULL, 0}, &err), 0);
    assert_contents("", 0);
}

static void a_file_is_written_for_its_owner_only(void **state)
{
    struct adder_error err;
    struct stat st;

    (void)state;
    assert_int_equal(file_write(path, str_of("x"), &err), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static int count_entries(void)
{
    DIR *d = opendir(folder);
    int count = 0;

    while (readdir(d) != NULL)
        count++;
    closedir(d);
    return count - 2; /* "." and ".." */
}

static void a_failed_write_leaves_nothing_behind(void **state)
{
    char inside[80];
    struct adder_error err;

    (void)state;
    assert_int_equal(file_write(path, str_of("x"), &err), 0);
    assert_int_equal(file_write(folder, str_of("x"), &err), -1); /* it is a folder */
    assert_int_equal(err.code, ADDER_SYSTEM);
    snprintf(inside, sizeof(inside), "%s/below", path);
    assert_int_equal(file_write(inside, str_of("x"), &err), -1);
    assert_non_null(strstr(err.message, "/file/below: Not a directory"));
    assert_int_equal(count_entries(), 1);
}

static void a_size_up_to_the_limit_is_read(void **state)
{
    AUTOFREE char *big = mem_zalloc(100000);
    AUTOFREE char *text = NULL;
    struct adder_error err;
    size_t len;

    (void)state;
    assert_int_equal(file_write(path, (struct adder_str){big, 100000}, &err), 0);
    assert_int_equal(file_read(path, 100000, &text, &len, &err), 0);
    assert_int_equal(len, 100000);
    assert_int_equal(file_read(path, 99999, &text, &len, &err), -1);
    assert_int_equal(err.code, ADDER_LIMIT);
    assert_string_equal(err.message + strlen(path), ": more than 99999 bytes");
}

static void what_cannot_be_read_says_why(void **state)
{
    static const struct {
        const char *path, *message;
        enum adder_code code;
    } cases[] = {
        {"/nowhere/file", "/nowhere/file: No such file or directory", ADDER_NOT_FOUND},
        {"/dev/null/file", "/dev/null/file: Not a directory", ADDER_NOT_FOUND},
        {"/", "/: Is a directory", ADDER_SYSTEM},
    };
    struct adder_error err;
    char *text;
    size_t len;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(file_read(cases[i].path, 10, &text, &len, &err), -1);
        assert_int_equal(err.code, cases[i].code);
        assert_string_equal(err.message, cases[i].message);
    }
}

static void files_without_a_size_are_read(void **state)
{
    AUTOFREE char *text = NULL;
    struct adder_error err;
    size_t len;

    (void)state;
    assert_int_equal(file_read("/proc/self/stat", 100000, &text, &len, &err), 0);
    assert_true(len > 10);
}

static void paths_become_absolute(void **state)
{
    static const struct {
        const char *from, *given, *expected;
    } cases[] = {
        {"/usr", "conf", "/usr/conf"},
        {"/usr", "./conf.d//", "/usr/conf.d"},
        {"/usr", ".//./a/./b", "/usr/a/./b"},
        {"/usr", ".", "/usr"},
        {"/usr", "./", "/usr"},
        {"/usr", "../x", "/usr/../x"},
        {"/usr", ".hidden", "/usr/.hidden"},
        {"/usr", "/etc/", "/etc"},
        {"/usr", "/", "/"},
        {"/", "conf", "/conf"},
        {"/", ".", "/"},
    };
    char before[PATH_MAX];

    (void)state;
    assert_non_null(getcwd(before, sizeof(before)));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOFREE char *got = NULL;

        assert_int_equal(chdir(cases[i].from), 0);
        got = file_absolute(cases[i].given);
        assert_int_equal(chdir(before), 0);
        assert_string_equal(got, cases[i].expected);
    }
}

static void folders_are_told_from_files(void **state)
{
    struct adder_error err;

    (void)state;
    assert_int_equal(file_write(path, str_of(""), &err), 0);
    assert_true(file_is_folder(folder));
    assert_false(file_is_folder(path));
    assert_false(file_is_folder("/nonexistent"));
}

static void the_program_knows_its_folder(void **state)
{
    struct adder_error err;
    char got[PATH_MAX];

    (void)state;
    assert_int_equal(file_program_folder(got, &err), 0);
    assert_string_equal(got, BINARY_DIR);
}

static int writes_and_reads(void)
{
    AUTOFREE char *text = NULL;
    struct adder_error err;
    size_t len;

    if (file_write(path, str_of("text"), &err) < 0)
        return -1;
    return file_read(path, 100, &text, &len, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(writes_and_reads);
}

static void a_folder_is_made_with_those_above_it(void **state)
{
    AUTOFREE char *top = mem_printf("%s/a", folder), *deep = mem_printf("%s/a/b//c", folder);
    AUTOFREE char *middle = mem_printf("%s/a/b", folder), *file = mem_printf("%s/f", folder);
    AUTOFREE char *below = mem_printf("%s/f/x", folder);
    struct adder_error err;
    struct stat st;

    (void)state;
    assert_int_equal(file_make_folder(deep, &err), 0);
    assert_int_equal(file_make_folder(deep, &err), 0);
    assert_int_equal(stat(deep, &st), 0);
    assert_true(S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0700);
    assert_int_equal(file_write(file, str_of(""), &err), 0);
    assert_int_equal(file_make_folder(below, &err), -1);
    assert_string_equal(err.message + strlen(folder), "/f/x: Not a directory");
    unlink(file);
    rmdir(deep);
    rmdir(middle);
    rmdir(top);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_file_is_written_for_its_owner_only),
        cmocka_unit_test(a_failed_write_leaves_nothing_behind),
        cmocka_unit_test(a_size_up_to_the_limit_is_read),
        cmocka_unit_test(what_cannot_be_read_says_why),
        cmocka_unit_test(files_without_a_size_are_read),
        cmocka_unit_test(paths_become_absolute),
        cmocka_unit_test(folders_are_told_from_files),
        cmocka_unit_test(a_folder_is_made_with_those_above_it),
        cmocka_unit_test(the_program_knows_its_folder),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("file", tests, make_folder, remove_folder);
}
