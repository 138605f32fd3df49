#include "collect/discover.h"

#include "collect/testing.h"

static const struct {
    const char *text, *expected; /* of c.yaml, check "c" */
} files[] = {
    {"", ""},
    {"# nothing\n", ""},
    {"instances:\n  - b: yes\n    a: 010\n", "c /c.yaml[0] | a: 8\nb: true\n|\n"},
    {"init_config: {}\ninstances: [null]\n", "c /c.yaml[0] {}\n| {}\n|\n"},
    {"init_config:\ninstances:\n-\n", "c /c.yaml[0] | {}\n|\n"},
    {"init_config: {b: 1, a: x}\ninstances: [{}]\n", "c /c.yaml[0] a: x\nb: 1\n| {}\n|\n"},
    /* Typed as the Agent's reader does, not as PyYAML. */
    {"instances: [{day: 2020-01-31, at: 12:30:45, num: 1e3}]\n",
     "c /c.yaml[0] | at: \"12:30:45\"\nday: \"2020-01-31\"\nnum: 1000\n|\n"},
    {"x: &x {a: 1}\ninstances: [{<<: *x, b: 2}]\n",
     "c /c.yaml[0] | a: 1\nb: 2\n|\nwarning /c.yaml:1:1: the key 'x' means nothing here\n"},
    {"instances: [{a: 1, a: 2}]\n",
     "c /c.yaml[0] | a: 2\n|\nwarning /c.yaml:1:20: the key stands in line 1 already\n"},
    {"instances:\n- a: !!python/object/apply:os.getcwd []\n",
     "c /c.yaml[0] | a: []\n|\n"
     "warning /c.yaml:2:6: the tag '!!python/object/apply:os.getcwd' means nothing here: the "
     "value is a plain list\n"},
    {"instances:\n- !python {a: !!python/name:sys.path x}\n",
     "c /c.yaml[0] | a: x\n|\n"
     "warning /c.yaml:2:3: the tag '!python' means nothing here: the value is a plain "
     "mapping\n"},
    {"instances:\n  - a: 1\n b: 2\n",
     "error /c.yaml:3:2: a key is missing here: is the indentation the same as that of the key "
     "before?\n"},
    {"a: \"\xff\"", "error /c.yaml:1:5: bytes that are not UTF-8\n"},
    {"- 1\n", "error /c.yaml:1:1: a mapping with 'instances' is needed (found: list)\n"},
    {"init_config: {}\n",
     "error /c.yaml:0:0: Configuration file contains no valid instances\n"},
    {"instances: []\n", "error /c.yaml:0:0: Configuration file contains no valid instances\n"},
    {"instances: {a: 1}\n",
     "error /c.yaml:1:12: 'instances' must be a list (found: mapping)\n"},
    {"instances: [{a: 1}, 5, {b: 2}]\n",
     "c /c.yaml[0] | a: 1\n|\nc /c.yaml[2] | b: 2\n|\n"
     "error /c.yaml:1:21: instance 1: must be a mapping (found: integer)\n"},
    {"init_config: [1]\ninstances: [{}]\n",
     "error /c.yaml:1:14: 'init_config' must be a mapping (found: list)\n"},
    {"init_config: {service: [1]}\ninstances: [{}]\n",
     "error /c.yaml:1:24: init_config: 'service' must be a string (found: list)\n"},
    {"logs: [{type: file}]\n", ""},
    {"jmx_metrics: []\n", ""},
    {"docker_images: [redis]\ninstances: [{}]\n",
     "error /c.yaml:1:16: the 'docker_images' section is deprecated, please use "
     "'ad_identifiers' instead\n"},
    {"ad_identifiers: redis\ninstances: [{}]\n",
     "error /c.yaml:1:17: 'ad_identifiers' must be a list (found: string)\n"},
    {"advanced_ad_identifiers: [{kube_service: {name: a}}]\ninstances: [{}]\n",
     "warning /c.yaml:0:0: not used: a template for discovered containers and services, which "
     "adder does not discover\n"},
    {"cluster_check: true\ninstances: [{}]\n",
     "warning /c.yaml:0:0: not used: a cluster check, which a cluster agent would hand out\n"},
    {"instances: [{password: ' ENC[db] ', enc: 'ENC[]', list: ['ENC[x]']}]\n",
     "c /c.yaml[0] | enc: ENC[]\nlist:\n- ENC[x]\npassword: ' ENC[db] '\n|\n"
     "warning /c.yaml:1:24: 'password' is a secret, which is not looked up here: the check "
     "gets the text ENC[...]\n"
     "warning /c.yaml:1:58: 'list' is a secret, which is not looked up here: the check gets "
     "the text ENC[...]\n"},
};

static void files_mean_what_they_mean_to_the_agent(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        put("c.yaml", files[i].text);
        assert_finds(files[i].expected);
    }
}

static void one_bad_file_does_not_hide_the_others(void **state)
{
    (void)state;
    put("a.yaml", "instances: [{a: 1}]");
    put("b.yaml", "instances: [");
    put("c.yaml", "instances: [{c: 1}]");
    assert_finds("a /a.yaml[0] | a: 1\n|\n"
                 "c /c.yaml[0] | c: 1\n|\n"
                 "error /b.yaml:2:1: a value is missing here\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFD_TEST(files_mean_what_they_mean_to_the_agent),
        CONFD_TEST(one_bad_file_does_not_hide_the_others),
    };

    return cmocka_run_group_tests_name("conf_file", tests, make_top, remove_top);
}
