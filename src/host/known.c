#include "host/known.h"

#include <stdlib.h>
#include <string.h>

static const struct known_setting known[] = {
    {"ac_exclude", SETTING_LIST, "[]"},
    {"ac_include", SETTING_LIST, "[]"},
    {"check_runners", SETTING_INT, "4"},
    {"checks_tag_cardinality", SETTING_TEXT, "low"},
    {"cluster_name", SETTING_TEXT, "''"},
    {"cmd_host", SETTING_TEXT, "localhost"},
    {"cmd_port", SETTING_INT, "5001"},
    {"container_exclude", SETTING_LIST, "[]"},
    {"container_exclude_logs", SETTING_LIST, "[]"},
    {"container_exclude_metrics", SETTING_LIST, "[]"},
    {"container_include", SETTING_LIST, "[]"},
    {"container_include_logs", SETTING_LIST, "[]"},
    {"container_include_metrics", SETTING_LIST, "[]"},
    {"default_integration_http_timeout", SETTING_INT, "9"},
    {"disable_py3_validation", SETTING_BOOL, "false"},
    {"disable_unsafe_yaml", SETTING_BOOL, "true"},
    {"dogstatsd_mapper_profiles", SETTING_TREE, NULL},
    {"enable_gohai", SETTING_BOOL, "true"},
    {"enable_metadata_collection", SETTING_BOOL, "true"},
    {"env", SETTING_TEXT, NULL},
    {"exclude_pause_container", SETTING_BOOL, "true"},
    {"expvar_port", SETTING_INT, "5000"},
    {"extra_tags", SETTING_LIST, "[]"},
    {"fips.enabled", SETTING_BOOL, "false"},
    {"histogram_copy_to_distribution", SETTING_BOOL, "false"},
    {"hostname", SETTING_TEXT, "''"},
    {"hostname_file", SETTING_TEXT, "''"},
    {"hostname_force_config_as_canonical", SETTING_BOOL, "false"},
    {"hostname_fqdn", SETTING_BOOL, "false"},
    /* False in the Agent, which can ask a container engine instead; we cannot yet. */
    {"hostname_trust_uts_namespace", SETTING_BOOL, "true"},
    {"integration_check_status_enabled", SETTING_BOOL, "false"},
    {"integration_profiling", SETTING_BOOL, "false"},
    {"integration_tracing", SETTING_BOOL, "false"},
    {"integration_tracing_exhaustive", SETTING_BOOL, "false"},
    {"inventories_enabled", SETTING_BOOL, "true"},
    {"kubelet_auth_token_path", SETTING_TEXT, "''"},
    {"kubelet_tls_verify", SETTING_BOOL, "true"},
    {"kubernetes_http_kubelet_port", SETTING_INT, "10255"},
    {"kubernetes_https_kubelet_port", SETTING_INT, "10250"},
    {"kubernetes_kubelet_host", SETTING_TEXT, "''"},
    {"log_file", SETTING_TEXT, "''"},
    {"log_format_json", SETTING_BOOL, "false"},
    {"log_level", SETTING_TEXT, "info"},
    {"log_payloads", SETTING_BOOL, "false"},
    {"log_to_console", SETTING_BOOL, "true"},
    {"logging_frequency", SETTING_INT, "500"},
    {"logs_enabled", SETTING_BOOL, "false"},
    {"memtrack_enabled", SETTING_BOOL, "true"},
    {"min_tls_version", SETTING_TEXT, "tlsv1.2"},
    {"no_proxy_nonexact_match", SETTING_BOOL, "false"},
    {"procfs_path", SETTING_TEXT, "/proc"},
    {"proxy.http", SETTING_TEXT, NULL},
    {"proxy.https", SETTING_TEXT, NULL},
    {"proxy.no_proxy", SETTING_LIST, NULL},
    {"python_version", SETTING_TEXT, "'3'"},
    {"run_path", SETTING_TEXT, NULL},
    {"server_timeout", SETTING_INT, "30"},
    {"site", SETTING_TEXT, NULL},
    {"skip_ssl_validation", SETTING_BOOL, "false"},
    {"tag_value_split_separator", SETTING_TREE, "{}"},
    {"tags", SETTING_LIST, "[]"},
    {"telemetry.enabled", SETTING_BOOL, "false"},
    {"tracemalloc_debug", SETTING_BOOL, "false"},
    {"tracemalloc_exclude", SETTING_TEXT, "''"},
    {"tracemalloc_include", SETTING_TEXT, "''"},
    {"use_boringssl", SETTING_BOOL, NULL},
    {"use_proxy_for_cloud_metadata", SETTING_BOOL, "false"},
};

static int compare(const void *key, const void *setting)
{
    return strcmp(key, ((const struct known_setting *)setting)->key);
}

const struct known_setting *known_find(const char *key)
{
    return bsearch(key, known, ARRAY_LEN(known), sizeof(known[0]), compare);
}

size_t known_count(void)
{
    return ARRAY_LEN(known);
}

const struct known_setting *known_at(size_t i)
{
    return i < ARRAY_LEN(known) ? &known[i] : NULL;
}

bool known_bool(const char *word, bool *ret)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {
        {"1", true},    {"t", true},      {"T", true},      {"true", true},
        {"True", true}, {"TRUE", true},   {"0", false},     {"f", false},
        {"F", false},   {"false", false}, {"False", false}, {"FALSE", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(words[i].word, word) != 0)
            continue;
        *ret = words[i].value;
        return true;
    }
    return false;
}
