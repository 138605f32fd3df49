#include "collect/discover.h"

#include "collect/testing.h"

/* ---- Folders -------------------------------------------------------------------------------
 */

static void finds_files_by_name_and_in_folders_one_level_deep(void **state)
{
    (void)state;
    put("zeta.yaml", "instances: [{z: 1}]");
    put("alpha.yml", "instances: [{a: 1}, {a: 2}]");
    put("disk.d/two.yaml", "instances: [{d: 2}]");
    put("disk.d/one.yml", "instances: [{d: 1}]");
    put("disk.yaml", "instances: [{d: 0}]");
    put("disk.d/conf.yaml.example", "instances: [{no: 1}]");
    put("disk.d/.hidden.yaml", "instances: [{no: 2}]");
    put("disk.d/metrics.yaml", "instances: [{no: 3}]");
    put("metrics.yaml", "instances: [{no: 4}]");
    put("plain/conf.yaml", "instances: [{no: 5}]");
    put("notes.txt", "instances: [{no: 6}]");
    put(".yaml", "instances: [{no: 7}]");
    assert_finds("alpha /alpha.yml[0] | a: 1\n|\n"
                 "alpha /alpha.yml[1] | a: 2\n|\n"
                 "disk /disk.d/one.yml[0] | d: 1\n|\n"
                 "disk /disk.d/two.yaml[1] | d: 2\n|\n"
                 "disk /disk.yaml[2] | d: 0\n|\n"
                 "zeta /zeta.yaml[0] | z: 1\n|\n");
    assert_reads(root, "zeta", "zeta /zeta.yaml[0] | z: 1\n|\n");
    assert_reads(root, "nothing", "");
}

static void instances_are_numbered_through_the_files_of_a_check(void **state)
{
    (void)state;
    put("a.yaml", "instances: [{a: 0}]");
    put("c.d/1.yaml", "instances: [5, {c: 1}]");
    put("c.d/2.yaml", "instances: [");
    put("c.d/3.yaml", "instances: [{tags: c}, {c: 3}]");
    put("c.d/4.yaml.default", "instances: [{c: default}]");
    put("d.d/1.yaml", "cluster_check: true\ninstances: [{}, {}]");
    put("d.d/2.yaml", "instances: [{d: 0}]");
    assert_finds("a /a.yaml[0] | a: 0\n|\n"
                 "c /c.d/1.yaml[1] | c: 1\n|\n"
                 "c /c.d/3.yaml[3] | c: 3\n|\n"
                 "d /d.d/2.yaml[0] | d: 0\n|\n"
                 "error /c.d/1.yaml:1:13: instance 0: must be a mapping (found: integer)\n"
                 "error /c.d/2.yaml:2:1: a value is missing here\n"
                 "error /c.d/3.yaml:1:20: instance 2: 'tags' must be a list of strings (found: "
                 "string)\n"
                 "warning /d.d/1.yaml:0:0: not used: a cluster check, which a cluster agent "
                 "would hand out\n");
}

static void reads_one_file_by_its_path(void **state)
{
    AUTOFREE char *plain = in_root("zeta.yaml");
    AUTOFREE char *nested = in_root("disk.d/conf.yaml.default");
    AUTOFREE char *folder = mem_printf("%s///", root);
    AUTOFREE char *missing = in_root("missing.yaml");
    struct adder_error err;
    struct configs *c;

    (void)state;
    put("zeta.yaml", "instances: [{z: 1}]");
    put("disk.d/conf.yaml.default", "instances: [{d: 1}]");
    assert_reads(plain, NULL, "zeta /zeta.yaml[0] | z: 1\n|\n");
    assert_reads(plain, "other", "other /zeta.yaml[0] | z: 1\n|\n");
    assert_reads(nested, NULL, "disk /disk.d/conf.yaml.default[0] | d: 1\n|\n");
    assert_reads(folder, "zeta", "zeta /zeta.yaml[0] | z: 1\n|\n");
    assert_int_equal(configs_read(missing, NULL, NULL, &c, &err), -1);
    assert_int_equal(err.code, ADDER_NOT_FOUND);
}

static void a_relative_path_becomes_an_absolute_source(void **state)
{
    char before[4096];

    (void)state;
    put("zeta.yaml", "instances: [{z: 1}]");
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(top), 0);
    assert_reads("conf.d/zeta.yaml", NULL, "zeta /zeta.yaml[0] | z: 1\n|\n");
    assert_int_equal(chdir(before), 0);
}

static void a_pipe_is_read_when_it_is_named(void **state)
{
    static const char text[] = "instances: [{p: 1}]";
    CLEANUP(configs_freep) struct configs *c = NULL;
    AUTOFREE char *path = NULL;
    struct adder_error err;
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
    close(fds[1]);
    path = mem_printf("/dev/fd/%d", fds[0]);
    assert_int_equal(configs_read(path, "piped", NULL, &c, &err), 0);
    close(fds[0]);
    assert_int_equal(c->problem_count, 0);
    assert_int_equal(c->instance_count, 1);
    assert_string_equal(c->instances[0].check, "piped");
    assert_string_equal(c->instances[0].instance, "p: 1\n");
}

static void a_default_counts_while_there_is_nothing_else(void **state)
{
    (void)state;
    put("a.d/conf.yaml.default", "instances: [{default: a}]");
    put("b.d/conf.yaml.default", "instances: [{default: b}]");
    put("b.d/conf.yaml", "instances: [{own: b}]");
    put("c.d/conf.yaml.default", "instances: [{default: c}]");
    put("c.d/conf.yaml", "instances: []");
    put("d.d/conf.yaml.default", "instances: [{default: d}]");
    put("d.yaml", "logs: [{type: file}]");
    put("e.yml.default", "instances: [{default: e}]");
    put("e.d/auto_conf.yaml", "ad_identifiers: [e]\ninstances: [{host: '%%host%%'}]");
    assert_finds("a /a.d/conf.yaml.default[0] | default: a\n|\n"
                 "b /b.d/conf.yaml[0] | own: b\n|\n"
                 "c /c.d/conf.yaml.default[0] | default: c\n|\n"
                 "d /d.d/conf.yaml.default[0] | default: d\n|\n"
                 "error /c.d/conf.yaml:0:0: Configuration file contains no valid instances\n"
                 "warning /e.d/auto_conf.yaml:0:0: not used: a template for discovered "
                 "containers and services, which adder does not discover\n");
}

static void follows_links_and_reports_what_is_no_file(void **state)
{
    AUTOFREE char *target = in_root("kept.txt");
    AUTOFREE char *link_path = in_root("linked.yaml");
    AUTOFREE char *dangling = in_root("dangling.yaml");
    AUTOFREE char *pipe_path = in_root("pipe.yaml");

    (void)state;
    put("kept.txt", "instances: [{l: 1}]");
    assert_int_equal(symlink(target, link_path), 0);
    assert_int_equal(symlink("nowhere", dangling), 0);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_finds("linked /linked.yaml[0] | l: 1\n|\n"
                 "error /dangling.yaml:0:0: No such file or directory\n"
                 "error /pipe.yaml:0:0: not a file\n");
}

static void an_unreadable_file_or_folder_is_a_problem(void **state)
{
    AUTOFREE char *file = NULL;
    AUTOFREE char *folder = NULL;

    (void)state;
    if (geteuid() == 0)
        skip(); /* root reads everything */
    file = in_root("secret.yaml");
    folder = in_root("secret.d");
    put("secret.yaml", "instances: [{}]");
    put("secret.d/conf.yaml", "instances: [{}]");
    put("fine.yaml", "instances: [{}]");
    chmod(file, 0);
    chmod(folder, 0);
    assert_finds("fine /fine.yaml[0] | {}\n|\n"
                 "error /secret.d:0:0: this folder: Permission denied\n"
                 "error /secret.yaml:0:0: Permission denied\n");
    chmod(folder, 0755);
}

/* ---- Ids -----------------------------------------------------------------------------------
 */

static void ids_are_those_of_the_agent(void **state)
{
    static const struct {
        const char *check, *text, *ids[2];
    } cases[] = {
        {"disk", "instances: [{use_mount: no}]", {"disk:67cc0574430a16ba"}},
        {"network",
         "init_config:\ninstances:\n  - collect_connection_state: false\n",
         {"network:d8cef3d649fc948a"}},
        {"ntp", "instances: [{}]", {"ntp:3c427a42a70bbf8"}},
        {"cpu", "instances: [null]", {"cpu:e331d61ed1323219"}},
        {"http_check",
         "instances: [{url: 'http://example.com', name: Main}]",
         {"http_check:Main:18583014b3545835"}},
        {"foo", "instances: [{foo: bar}]", {"foo:a1ef06a6e6dc1329"}},
        {"foo",
         "instances: [{foo: bar}, {foo: baz}]",
         {"foo:9dd4033a60a0afc8", "foo:9dd40b3a60a0bd50"}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(configs_freep) struct configs *c = NULL;
        struct adder_error err;

        put("c.yaml", cases[i].text);
        {
            AUTOFREE char *path = in_root("c.yaml");

            assert_int_equal(configs_read(path, cases[i].check, NULL, &c, &err), 0);
        }
        for (size_t k = 0; k < c->instance_count; k++)
            assert_string_equal(c->instances[k].id, cases[i].ids[k]);
    }
}

static void logs_change_ids_and_options_do_not_hide_from_them(void **state)
{
    CLEANUP(configs_freep) struct configs *plain = NULL;
    CLEANUP(configs_freep) struct configs *logging = NULL;
    CLEANUP(configs_freep) struct configs *wrong = NULL;
    struct adder_error err;

    (void)state;
    put("foo.yaml", "instances: [{foo: bar}]");
    assert_int_equal(configs_read(root, NULL, NULL, &plain, &err), 0);
    put("foo.yaml", "instances: [{foo: bar}]\nlogs: [{type: file}]");
    assert_int_equal(configs_read(root, NULL, NULL, &logging, &err), 0);
    put("foo.yaml", "instances: [{foo: bar}, {tags: wrong}]");
    assert_int_equal(configs_read(root, NULL, NULL, &wrong, &err), 0);
    assert_string_not_equal(plain->instances[0].id, logging->instances[0].id);
    assert_int_equal(wrong->instance_count, 1);
    assert_string_not_equal(plain->instances[0].id, wrong->instances[0].id);
}

/* ---- Limits --------------------------------------------------------------------------------
 */

static void a_file_larger_than_the_limit_is_a_problem(void **state)
{
    AUTOFREE char *text = mem_alloc(CONF_FILE_MAX + 2);

    (void)state;
    assert_non_null(text);
    memset(text, '#', CONF_FILE_MAX + 1);
    text[CONF_FILE_MAX + 1] = '\0';
    put("big.yaml", text);
    put("fine.yaml", "instances: [{}]");
    assert_finds("fine /fine.yaml[0] | {}\n|\n"
                 "error /big.yaml:0:0: more than 4194304 bytes\n");
}

static void files_beyond_the_limit_are_not_read(void **state)
{
    CLEANUP(configs_freep) struct configs *c = NULL;
    struct adder_error err;

    (void)state;
    for (int i = 0; i <= CONF_FILES_MAX; i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/c%d.yaml", root, i);
        fclose(fopen(path, "w"));
    }
    assert_int_equal(configs_read(root, NULL, NULL, &c, &err), 0);
    assert_int_equal(c->problem_count, 1);
    assert_string_equal(c->problems[0].message, "more than 10000 files: the rest is not read");
}

static void instances_and_problems_beyond_the_limit_are_dropped(void **state)
{
    CLEANUP(configs_freep) struct configs *c = NULL;
    CLEANUP(buf_free) struct buf b;
    struct adder_error err;

    (void)state;
    buf_init(&b, CONF_FILE_MAX);
    buf_add_str(&b, "instances:\n");
    for (int i = 0; i <= CONF_INSTANCES_MAX; i++)
        buf_add_str(&b, "- {}\n");
    put("many.yaml", b.data);
    buf_clear(&b);
    buf_add_str(&b, "instances:\n");
    for (int i = 0; i <= CONF_PROBLEMS_MAX; i++)
        buf_add_str(&b, "- 5\n");
    put("wrong.yaml", b.data);
    assert_int_equal(configs_read(root, NULL, NULL, &c, &err), 0);
    assert_int_equal(c->instance_count, CONF_INSTANCES_MAX);
    assert_string_equal(c->problems[0].message, "more than 100000 instances");
    assert_int_equal(c->problem_count, CONF_PROBLEMS_MAX + 1);
    assert_string_equal(c->problems[CONF_PROBLEMS_MAX].message, "and more problems");
}

static int reads_a_tree(void)
{
    CLEANUP(configs_freep) struct configs *c = NULL;
    struct adder_error err;

    return configs_read(root, NULL, NULL, &c, &err);
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    setenv("ADDER_SET", "1", 1);
    put("a.yaml", "init_config: {service: s}\nlogs: [{}]\nx: 1\ninstances:\n"
                  "- {a: '%%env_ADDER_SET%%', name: 5, b: ENC[x]}\n- 5\n");
    put("b.d/conf.yaml", "instances: [{<<: {a: 1}, b: [yes]}]");
    put("b.d/conf.yaml.default", "");
    put("c.yaml", "{");
    each_alloc_fails(reads_a_tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFD_TEST(finds_files_by_name_and_in_folders_one_level_deep),
        CONFD_TEST(instances_are_numbered_through_the_files_of_a_check),
        CONFD_TEST(reads_one_file_by_its_path),
        CONFD_TEST(a_relative_path_becomes_an_absolute_source),
        CONFD_TEST(a_pipe_is_read_when_it_is_named),
        CONFD_TEST(a_default_counts_while_there_is_nothing_else),
        CONFD_TEST(follows_links_and_reports_what_is_no_file),
        CONFD_TEST(an_unreadable_file_or_folder_is_a_problem),
        CONFD_TEST(ids_are_those_of_the_agent),
        CONFD_TEST(logs_change_ids_and_options_do_not_hide_from_them),
        CONFD_TEST(a_file_larger_than_the_limit_is_a_problem),
        CONFD_TEST(files_beyond_the_limit_are_not_read),
        CONFD_TEST(instances_and_problems_beyond_the_limit_are_dropped),
        CONFD_TEST(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("discover", tests, make_top, remove_top);
}
