#include "agent/learned.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/testing.h"

static char folder[] = "/tmp/adder-learned-XXXXXX";

static struct learned *open_learned(void)
{
    struct learned *l = NULL;
    struct adder_error err;

    assert_int_equal(learned_new(folder, &l, &err), 0);
    return l;
}

static void assert_saved(const char *expected)
{
    AUTOFREE char *text = NULL;
    struct learned *l = open_learned();
    struct adder_error err;
    size_t len;

    assert_int_equal(file_read(learned_path(l), 1000, &text, &len, &err), 0);
    assert_string_equal(text, expected);
    learned_free(l);
}

static void names_are_kept_once_from_one_time_to_the_next(void **state)
{
    struct learned *l = open_learned();

    (void)state;
    learned_add(l, str_of("json\nssl\n\njson\n"));
    learned_add(l, str_of("yaml"));
    learned_save(l);
    learned_free(l);
    assert_saved("json\nssl\nyaml\n");
    l = open_learned();
    learned_add(l, str_of("ssl\nsocket"));
    learned_save(l);
    learned_free(l);
    assert_saved("json\nssl\nyaml\nsocket\n");
}

static void there_are_no_more_names_than_the_limit(void **state)
{
    struct learned *l = open_learned();
    AUTOFREE char *text = NULL;
    struct adder_error err;
    size_t len, lines = 0;

    (void)state;
    for (int i = 0; i < LEARNED_MODULES_MAX + 10; i++) {
        AUTOFREE char *name = mem_printf("m%d", i);

        learned_add(l, str_of(name));
    }
    learned_save(l);
    assert_int_equal(file_read(learned_path(l), LEARNED_BYTES_MAX, &text, &len, &err), 0);
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    assert_int_equal(lines, LEARNED_MODULES_MAX);
    learned_free(l);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    AUTOFREE char *path = mem_printf("%s/modules", folder);

    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_kept_once_from_one_time_to_the_next),
        cmocka_unit_test(there_are_no_more_names_than_the_limit),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
