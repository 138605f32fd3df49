#include "embed/select.h"

#include <dlfcn.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/str.h"
#include "core/testing.h"
#include "embed/interpreter.h"

static char scratch[64];

static void write_file(const char *name, const char *text)
{
    AUTOFREE char *path = mem_printf("%s/%s", scratch, name);
    struct adder_error err;

    for (char *slash = strchr(path + strlen(scratch) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    assert_int_equal(file_write(path, str_of(text), &err), 0);
    assert_int_equal(chmod(path, 0700), 0);
}

/* A path below the scratch folder; the caller frees it. */
static char *below(const char *name)
{
    return mem_printf("%s/%s", scratch, name);
}

/* Paths below the scratch folder, made in set_up(). */
static char list[128], empty[128], foreign[128], broken[128], plain[128], venv2[128];
static char script[128], noise[128], venv2_python[128];

static const struct {
    char *path;
    const char *name;
} paths[] = {
    {list, "list"},          {empty, "empty"},     {foreign, "foreign"},
    {broken, "broken"},      {plain, "plain"},     {venv2, "v2"},
    {script, "bin/python2"}, {noise, "bin/noise"}, {venv2_python, "v2/bin/python"},
};

static void lists_backends_newest_first(void **state)
{
    static const char *const names[] = {
        "list/adder-py3.9.so",     "list/adder-py3.12.so",   "list/adder-py3.10.so",
        "list/adder-py3.11.so.1",  "list/adder-py3.so",      "list/libadder-py3.11.so",
        "list/adder-py3.11.dylib", "list/adder-pyx.11.so",   "list/adder-py-3.11.so",
        "list/adder-py3.-11.so",   "list/adder-py3.1234.so",
    };
    struct adder_backend_info found[4] = {{.version = ""}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        write_file(names[i], "");
    assert_int_equal(adder_backends(list, found, 2), 3);
    assert_string_equal(found[0].version, "3.12");
    assert_string_equal(found[1].version, "3.10");
    assert_string_equal(found[2].version, "");
    assert_int_equal(adder_backends(list, found, 4), 3);
    assert_string_equal(found[2].version, "3.9");
    assert_string_equal(found[2].path + strlen(list), "/adder-py3.9.so");
    assert_int_equal(adder_backends("/nonexistent", found, 4), 0);
    assert_int_equal(adder_backends(list, NULL, 0), 3);
}

#define PYTHON2                                                                              \
    "Python 2 cannot be used: it has had no fixes since 2020, and the base that checks are " \
    "built on needs Python 3.10 or newer"

static const struct {
    struct adder_runtime_options options;
    enum adder_code code;
    const char *message; /* holds it */
} refusals[] = {
    {{.python = "2"}, ADDER_INVALID, PYTHON2},
    {{.python = "2.7"}, ADDER_INVALID, PYTHON2},
    {{.python = script}, ADDER_INVALID, PYTHON2},
    {{.python = venv2_python}, ADDER_INVALID, PYTHON2},
    {{.python = noise}, ADDER_INVALID, "/bin/noise' is no Python interpreter"},
    {{.python = "/nonexistent/python"},
     ADDER_NOT_FOUND,
     "there is no interpreter '/nonexistent/python'"},
    {{.python = "snake"},
     ADDER_INVALID,
     "'snake' is neither a version of Python, such as 3.11, nor the path of an "
     "interpreter"},
    {{.python = ""}, ADDER_INVALID, "'' is neither a version of Python"},
    {{.python = "3."}, ADDER_INVALID, "'3.' is neither a version of Python"},
    {{.python = "3.11.2"}, ADDER_INVALID, "'3.11.2' is neither a version of Python"},
    {{.python = "-3"}, ADDER_INVALID, "'-3' is neither a version of Python"},
    {{.python = "3.99", .backend_dir = list},
     ADDER_NOT_FOUND,
     "/list', but for: 3.12, 3.10, 3.9"},
    {{.python = "4", .backend_dir = list},
     ADDER_NOT_FOUND,
     "there is no backend for Python 4 in '"},
    {{.backend_dir = empty}, ADDER_NOT_FOUND, "there is no backend (adder-py3.*.so) in '"},
    {{.venv = plain, .backend_dir = list},
     ADDER_INVALID,
     "/plain' is not a virtual environment: it has no pyvenv.cfg"},
    {{.python = "3", .venv = venv2, .backend_dir = list},
     ADDER_NOT_FOUND,
     "there is no backend for Python 2.7 in '"},
    {{.backend_dir = broken}, ADDER_NOT_FOUND, "cannot open the backend: "},
    {{.backend_dir = list},
     ADDER_NOT_FOUND,
     "/list' can be used; the newest: cannot open the backend: "},
    {{.backend_dir = foreign},
     ADDER_INVALID,
     "adder-py3.11.so' is a backend of another version of adder; install both anew"},
};

/* A library that is no backend. */
static void write_foreign(void)
{
    AUTOFREE char *link = below("foreign/adder-py3.11.so");
    Dl_info info;

    write_file("foreign/x", "");
    assert_int_not_equal(dladdr(dlsym(RTLD_DEFAULT, "cmocka_set_message_output"), &info), 0);
    assert_int_equal(symlink(info.dli_fname, link), 0);
}

static void refuses_what_it_cannot_choose(void **state)
{
    (void)state;
    write_file("empty/x", "");
    write_file("plain/x", "");
    write_foreign();
    write_file("broken/adder-py3.11.so", "no library");
    write_file("bin/python2", "#!/bin/sh\necho 2.7\n");
    write_file("bin/noise", "#!/bin/sh\nyes noise\n");
    write_file("v2/pyvenv.cfg", "version = 2.7.18\n");
    write_file("v2/bin/python", "");
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        struct selection s = {.backend = NULL};
        struct adder_error err;

        assert_int_equal(select_backend(&refusals[i].options, &s, &err), -1);
        if (strstr(err.message, refusals[i].message) == NULL)
            fail_msg("'%s' is not in '%s'", refusals[i].message, err.message);
        assert_int_equal(err.code, refusals[i].code);
        assert_null(s.backend);
        assert_null(s.venv);
    }
}

static void asks_interpreters_for_their_version(void **state)
{
    AUTOFREE char *real = below("bin/real"), *in_venv = below("venv/bin/python"),
                  *silent = below("silent/bin/python");
    const struct {
        const char *path, *version, *venv;
    } cases[] = {
        {real, "3.14", NULL},
        {in_venv, "3.13", "/venv"},
        {silent, "3.12", "/silent"},
    };

    (void)state;
    write_file("bin/real", "#!/bin/sh\n[ \"$1\" = -I ] && echo 3.14\n");
    write_file("venv/pyvenv.cfg", "version = 3.13.1\n");
    write_file("venv/bin/python", "#!/bin/sh\necho never run\n");
    write_file("silent/pyvenv.cfg", "home = /usr/bin\n");
    write_file("silent/bin/python", "#!/bin/sh\necho 3.12\n");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char version[VENV_VERSION_MAX];
        AUTOFREE char *venv = NULL;
        struct adder_error err;

        assert_int_equal(interpreter_version(cases[i].path, version, &venv, &err), 0);
        assert_string_equal(version, cases[i].version);
        if (cases[i].venv == NULL)
            assert_null(venv);
        else
            assert_string_equal(venv + strlen(scratch), cases[i].venv);
    }
}

/* ---- A backend of the build, as if installed ----------------------------------------------
 */

static char installed[128], beside[160], version[16];

static void install_backend(void)
{
    struct adder_backend_info newest;
    AUTOFREE char *link = NULL;

    assert_true(adder_backends(BINARY_DIR, &newest, 1) > 0);
    snprintf(version, sizeof(version), "%s", newest.version);
    snprintf(installed, sizeof(installed), "%s/installed", scratch);
    snprintf(beside, sizeof(beside), "%s/venv-%s", installed, version);
    mkdir(installed, 0700);
    link = mem_printf("%s/adder-py%s.so", installed, version);
    assert_int_equal(symlink(newest.path, link), 0);
}

/* `venv` NULL: none is chosen; "": the one the backend was built with. */
static void assert_venv(struct adder_runtime_options options, const char *venv)
{
    AUTOFREE char *got = NULL;
    struct selection s = {.backend = NULL};
    struct adder_error err;

    options.backend_dir = installed;
    if (select_backend(&options, &s, &err) < 0)
        fail_msg("%s", err.message);
    got = s.venv;
    assert_string_equal(s.backend->version, version);
    if (venv == NULL)
        assert_null(got);
    else
        assert_string_equal(got, venv[0] != '\0' ? venv : s.backend->venv);
}

static void a_venv_beside_the_backend_comes_before_the_one_it_was_built_with(void **state)
{
    AUTOFREE char *interpreter = below("bin/interpreter"), *text = NULL;

    (void)state;
    install_backend();
    assert_venv((struct adder_runtime_options){.python = NULL}, "");
    assert_int_equal(mkdir(beside, 0700), 0);
    text = mem_printf("#!/bin/sh\necho %s\n", version);
    write_file("bin/interpreter", text);
    assert_venv((struct adder_runtime_options){.python = NULL}, beside);
    assert_venv((struct adder_runtime_options){.python = "3"}, beside);
    assert_venv((struct adder_runtime_options){.python = version}, beside);
    assert_venv((struct adder_runtime_options){.python = interpreter}, NULL);
    assert_venv((struct adder_runtime_options){.venv = "/nonexistent"}, "/nonexistent");
}

static void keep_log(void *ctx, struct adder_str message, int level)
{
    assert_int_equal(level, ADDER_LOG_WARNING);
    buf_add(ctx, message.ptr, message.len);
    buf_add_char(ctx, '\n');
}

static void a_backend_that_cannot_be_opened_is_passed_over(void **state)
{
    static const struct adder_facts facts = {.log = keep_log};
    CLEANUP(buf_free) struct buf log;
    AUTOFREE char *junk = mem_printf("%s/adder-py3.99.so", installed), *venv = NULL,
                  *expected = NULL;
    struct adder_runtime_options options = {
        .backend_dir = installed, .facts = &facts, .facts_ctx = &log};
    struct selection s = {.backend = NULL};
    struct adder_backend_info both[2];
    struct adder_error err;

    (void)state;
    buf_init(&log, 4096);
    write_file("installed/adder-py3.99.so", "no library");
    assert_int_equal(select_backend(&options, &s, &err), 0);
    venv = s.venv;
    assert_string_equal(s.backend->version, version);
    assert_string_equal(venv, beside);
    expected = mem_printf("Python 3.99 is passed over: cannot open the backend: %s: file too "
                          "short\n",
                          junk);
    assert_string_equal(log.data, expected);
    assert_int_equal(adder_backends(installed, both, 2), 2);
    assert_int_equal(adder_backend_try(&both[0], &err), -1);
    assert_int_equal(err.code, ADDER_NOT_FOUND);
    assert_int_equal(adder_backend_try(&both[1], &err), 0);
    options.python = "3.99";
    assert_int_equal(select_backend(&options, &s, &err), -1);
    assert_int_equal(err.code, ADDER_NOT_FOUND);
    unlink(junk);
}

static int chooses(void)
{
    struct adder_runtime_options options = {.backend_dir = installed};
    struct selection s = {.backend = NULL};
    struct adder_error err;

    if (select_backend(&options, &s, &err) < 0)
        return err.code == ADDER_NOMEM ? -1 : 1;
    mem_free(s.venv);
    return 0;
}

static int chooses_and_fails(void)
{
    AUTOFREE char *venv = below("venv");
    struct adder_runtime_options options = {.venv = venv, .backend_dir = list};
    struct selection s = {.backend = NULL};
    struct adder_error err = {.code = ADDER_OK};

    if (venv == NULL || select_backend(&options, &s, &err) == 0)
        return -1;
    return err.code == ADDER_NOMEM ? -1 : 0;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(chooses_and_fails);
    each_alloc_fails(chooses);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(scratch, sizeof(scratch), "/tmp/adder-test-XXXXXX");
    if (mkdtemp(scratch) == NULL)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        snprintf(paths[i].path, sizeof(list), "%s/%s", scratch, paths[i].name);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_backends_newest_first),
        cmocka_unit_test(refuses_what_it_cannot_choose),
        cmocka_unit_test(a_venv_beside_the_backend_comes_before_the_one_it_was_built_with),
        cmocka_unit_test(a_backend_that_cannot_be_opened_is_passed_over),
        cmocka_unit_test(survives_every_allocation_failing),
        cmocka_unit_test(asks_interpreters_for_their_version),
    };

    return cmocka_run_group_tests_name("select", tests, set_up, tear_down);
}
