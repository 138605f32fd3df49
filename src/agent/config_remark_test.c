/* What adder.yaml says that is wrong, or merely odd. */
#include "agent/config_testing.h"

/* ---- Errors ----------------------------------------------------------------------------- */

static void assert_error(const char *yaml, const char *message)
{
    struct config_remarks remarks = {NULL, 0};
    struct config *c = NULL;
    struct adder_error err;

    assert_int_equal(config_parse(str_of(yaml), PATH, &c, &remarks, &err), -1);
    assert_string_equal(err.message, message);
    assert_int_equal(err.code, ADDER_INVALID);
    config_remarks_free(&remarks);
}

static void a_wrong_value_is_told_with_its_place(void **state)
{
    static const char *const cases[][2] = {
        {"listen: [a]", "1:9: listen: a text is needed (found: list)"},
        {"listen: 5", "1:9: listen: a text is needed, in quotes (found: integer)"},
        {"\n\nworkers: many", "3:10: workers: a whole number is needed (found: string)"},
        {"workers: -1", "1:10: workers: a whole number is needed (found: integer)"},
        {"workers: 1.5", "1:10: workers: a whole number is needed (found: float)"},
        {"workers: 10001", "1:10: workers: more than 10000"},
        {"log_format_json: 1",
         "1:18: log_format_json: true or false is needed (found: integer)"},
        {"log_level: loud", "1:12: log_level: one of trace, debug, info, warn, error, "
                            "critical, off is needed"},
        {"tags: [a, {b: c}]", "1:7: tags: a list of texts is needed (found: mapping)"},
        {"tags: {b: c}", "1:7: tags: a list of texts is needed (found: mapping)"},
        {"first_run_within: soon", "1:19: first_run_within: a duration such as 500ms, 5s or "
                                   "2m is needed (found: 'soon')"},
        {"outputs: {json: {rotate: big}}",
         "1:26: outputs.json.rotate: a size such as 64k, 200MiB or a number of bytes is needed "
         "(found: 'big')"},
        {"limits: {memory: lots}", "1:18: memory: a size such as 64k, 200MiB or a number of "
                                   "bytes is needed (found: 'lots')"},
        {"limits: 5", "1:9: a mapping is needed, such as {timeout: 5s, memory: 200MiB} (found: "
                      "integer)"},
        {"histogram_aggregates: [mean]",
         "1:23: histogram_aggregates: histogram aggregate 'mean' is none of max, min, median, "
         "avg, sum, count"},
        {"histogram_percentiles: [a]",
         "1:24: histogram_percentiles: a list of numbers is needed (found: string)"},
        {"histogram_percentiles: 0.95",
         "1:24: histogram_percentiles: a list of numbers is needed (found: float)"},
        {"outputs: 5", "1:10: outputs: a mapping is needed (found: integer)"},
        {"outputs: {json: /x}", "1:17: outputs.json: a mapping is needed (found: string)"},
        {"- a", "1:1: a mapping of settings is needed (found: list)"},
        {"a: [", "2:1: a value is missing here"},
        {"api_token: ENC[t]", "1:12: a secret, but secret_backend_command is not set"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOFREE char *message = mem_printf(PATH ":%s", cases[i][1]);

        assert_error(cases[i][0], message);
    }
}

static void a_wrong_variable_is_named(void **state)
{
    static const char *const cases[][3] = {
        {"ADDER_WORKERS", "many", "a whole number is needed (found: string)"},
        {"DD_LOG_FORMAT_JSON", "maybe", "true or false is needed"},
        {"ADDER_TAGS", "[a", "2:1: a ',' or ']' is missing"},
        {"ADDER_LIMITS", "{memory: x}",
         "1:10: memory: a size such as 64k, 200MiB or a number "
         "of bytes is needed (found: 'x')"},
        {"ADDER_VENV", "\xff", "bytes that are not UTF-8"},
        {"ADDER_API_TOKEN", "ENC[t]", "a secret, but secret_backend_command is not set"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOFREE char *message =
            mem_printf("environment variable %s: %s", cases[i][0], cases[i][2]);
        struct config_remarks remarks = {NULL, 0};
        struct config *c = NULL;
        struct adder_error err;

        setenv(cases[i][0], cases[i][1], 1);
        assert_int_equal(config_parse(str_of(""), PATH, &c, &remarks, &err), -1);
        assert_string_equal(err.message, message);
        clear_environment(NULL);
    }
}

/* ---- Remarks ---------------------------------------------------------------------------- */

static void unknown_keys_are_remarked_on_with_what_they_may_mean(void **state)
{
    static const char *const cases[][2] = {
        {"lisen: a\nworkers: 1", "1:1: unknown key 'lisen'; did you mean 'listen'?\n"},
        {"xyz: 1\n5: a\n", "1:1: unknown key 'xyz'\n2:1: a key that is no text (found: "
                           "integer)\n"},
        {"outputs: {promtheus: true, json: {paht: x}}",
         "1:11: unknown key 'outputs.promtheus'; did you mean 'outputs.prometheus'?\n"
         "1:35: unknown key 'outputs.json.paht'; did you mean 'outputs.json.path'?\n"},
        {"log_levle: debug", "1:1: unknown key 'log_levle'; did you mean 'log_level'?\n"},
        {"secret_backend_comand: x",
         "1:1: unknown key 'secret_backend_comand'; did you mean 'secret_backend_command'?\n"},
        {"tags: [a]\ntags: [b]\n", "2:1: the key stands in line 1 already\n"},
        {"'': 1", "1:1: unknown key ''\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_remarks(cases[i][0], cases[i][1]);
}

/* A file as an Agent's is, with what people set in it. */
static void a_datadog_yaml_will_do(void **state)
{
    assert_remarks(
        "api_key: 0123\nsite: datadoghq.eu\ndd_url: https://x\n"
        "hostname: ''\nhostname_file: /h\nhost_aliases: [a]\n"
        "proxy: {http: x, no_proxy: [a]}\ntags: [a:b]\nenv: dev\n"
        "log_level: 'OFF'\nlog_file: /l\nlog_to_syslog: true\nlogs_enabled: true\n"
        "logs_config: {container_collect_all: true}\n"
        "apm_config: {enabled: false, env: none}\n"
        "process_config: {process_collection: {enabled: true}}\n"
        "use_dogstatsd: no\ndogstatsd_port: 8125\nbind_host: localhost\n"
        "confd_path: ''\nadditional_checksd: /etc/datadog-agent/checks.d\n"
        "check_runners: 0\ncmd_port: 5001\nGUI_port: -1\nexpvar_port: 5000\n"
        "collect_ec2_tags: true\nec2_prefer_imdsv2: true\nlisteners: [{name: docker}]\n"
        "config_providers: [{name: kubelet, polling: true}]\n"
        "snmp_listener: {}\njmx_use_cgroup_memory_limit: false\n"
        "kubernetes_pod_labels_as_tags: {app: kube_app}\ncluster_agent: {url: x}\n"
        "orchestrator_explorer: {enabled: true}\nforwarder_timeout: 20\n"
        "runtime_security_config: {enabled: false}\ntelemetry: {enabled: true}\n"
        "inventories_configuration_enabled: true\nskip_ssl_validation: false\n"
        "secret_backend_output_max_size: 5\nremote_configuration: {enabled: true}\n"
        "python_version: '3'\ntracemalloc_debug: false\nhealth_port: 5555\n",
        "");
    (void)state;
}

static void remarks_have_an_end(void **state)
{
    CLEANUP(config_remarks_free) struct config_remarks remarks = {NULL, 0};
    CLEANUP(config_freep) struct config *c = NULL;
    CLEANUP(buf_free) struct buf yaml;
    struct adder_error err;

    (void)state;
    buf_init(&yaml, 100000);
    for (int i = 0; i < 3 * CONFIG_REMARKS_MAX; i++)
        buf_printf(&yaml, "x%d: 1\n", i);
    assert_int_equal(
        config_parse((struct adder_str){yaml.data, yaml.len}, PATH, &c, &remarks, &err), 0);
    assert_int_equal(remarks.count, CONFIG_REMARKS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_value_is_told_with_its_place),
        TEST(a_wrong_variable_is_named),
        TEST(unknown_keys_are_remarked_on_with_what_they_may_mean),
        TEST(a_datadog_yaml_will_do),
        TEST(remarks_have_an_end),
    };

    return cmocka_run_group_tests_name("config_remark", tests, NULL, NULL);
}
