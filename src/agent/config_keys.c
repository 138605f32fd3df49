/* The settings, and the names of the Agent's that mean nothing here. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config_impl.h"
#include "host/known.h"

#define FIELD(name) offsetof(struct config, name)

static const struct config_key keys[] = {
    {"listen", NULL, CONFIG_TEXT, FIELD(listen), CONFIG_LISTEN_DEFAULT,
     "Where the page, the metrics and the API are served: ADDRESS:PORT, or unix:PATH. Empty: "
     "nowhere."},
    {"api_token", NULL, CONFIG_TEXT, FIELD(token), NULL,
     "What requests that change something must present, and all requests when the address is "
     "not this machine's own."},
    {"api_token_file", NULL, CONFIG_TEXT, FIELD(token_file), NULL,
     "File with the token, in place of api_token."},
    {"confd", "confd_path", CONFIG_TEXT, FIELD(confd), NULL,
     "Folder with NAME.yaml and NAME.d/*.yaml, one file for each check. Else "
     "/etc/adder/conf.d."},
    {"checks", "additional_checksd", CONFIG_PATHS, FIELD(checks), NULL,
     "Folders that checks are looked for in, before those that ship with adder: a list such as "
     "[/etc/adder/checks.d]."},
    {"run_dir", "run_path", CONFIG_TEXT, FIELD(run_dir), NULL,
     "Folder for what must outlive the agent, such as what checks put into the persistent "
     "cache. Else /var/lib/adder, or one in the home folder of a user who is not root."},
    {"python", NULL, CONFIG_VERSION, FIELD(python), NULL,
     "The Python that runs checks: a version such as 3.11, or an interpreter. Else that of the "
     "virtual environment, else the newest there is."},
    {"venv", NULL, CONFIG_TEXT, FIELD(venv), NULL,
     "Folder of the virtual environment that checks run in."},
    {"pythonpath", NULL, CONFIG_PATHS, FIELD(python_path), NULL,
     "Folders that Python may import modules from, a list."},
    {"tags", NULL, CONFIG_LIST, FIELD(tags), NULL,
     "Tags of everything that checks submit, a list such as [team:web, rack:12]."},
    {"extra_tags", NULL, CONFIG_LIST, FIELD(extra_tags), NULL,
     "More of them, so that some can come from the file and some from the environment."},
    {"env", NULL, CONFIG_TEXT, FIELD(env), NULL, "Adds the tag env:NAME."},
    {"workers", NULL, CONFIG_COUNT, FIELD(workers), "0",
     "Processes that run checks. 0: as many as the load asks for, but no more than there are "
     "cores. Checks in quarantine have workers of their own besides."},
    {"check_runners", NULL, CONFIG_COUNT, FIELD(check_runners), "4",
     "Threads of a worker, that is, checks it can run at the same time."},
    {"worker_memory", NULL, CONFIG_SIZE, FIELD(worker_bytes), "512MiB",
     "A worker that has grown larger is replaced between runs, and with it what its checks "
     "have leaked. 0: none is."},
    {"first_run_within", NULL, CONFIG_DURATION, FIELD(first_run_within_s), "5s",
     "Within this time, or within its interval if that is shorter, each check has its first "
     "run."},
    {"log_level", NULL, CONFIG_LEVEL, FIELD(log_level), "info",
     "The least that is logged: trace, debug, info, warn, error, critical or off."},
    {"log_format_json", NULL, CONFIG_BOOL, FIELD(log_json), "false",
     "Log one JSON object a line in place of text."},
    {"limits", NULL, CONFIG_LIMITS, FIELD(limits), NULL,
     "What a check may use. A check that passes a limit is stopped, if need be with its "
     "worker, and runs on alone until it behaves. The same keys in the mapping `adder:` of an "
     "instance, or of init_config, go before these. \"none\" lifts a limit."},
    {"histogram_aggregates", NULL, CONFIG_AGGREGATES, FIELD(aggregates),
     "[max, median, avg, count]",
     "Which figures histograms hand out: max, min, median, avg, sum, count."},
    {"histogram_percentiles", NULL, CONFIG_PERCENTILES, FIELD(percentiles), "[0.95]",
     "Which percentiles they hand out, numbers from 0 to 1."},
    {"outputs.prometheus", NULL, CONFIG_BOOL, FIELD(outputs.prometheus), "true",
     "Serve metrics to Prometheus, at /metrics."},
    {"outputs.json.path", NULL, CONFIG_TEXT, FIELD(outputs.json_path), NULL,
     "Write everything to this file, one JSON object a line; \"-\" is standard output."},
    {"outputs.json.rotate", NULL, CONFIG_SIZE, FIELD(outputs.json_rotate_bytes), "100MiB",
     "Size at which that file is renamed to PATH.1 and begun anew."},
    {"secret_backend_command", NULL, CONFIG_TEXT, FIELD(secret_command), NULL,
     "Program that is asked for the secrets that stand as ENC[handle] in this file and in "
     "conf.d. It must belong to root or to the user adder runs as, and nobody else may have "
     "rights on it."},
    {"secret_backend_arguments", NULL, CONFIG_LIST, FIELD(secret_arguments), NULL,
     "Its arguments, a list."},
    {"secret_backend_timeout", NULL, CONFIG_DURATION, FIELD(secret_timeout_s), "30s",
     "How long it may take."},
    {"secret_backend_command_allow_group_exec_perm", NULL, CONFIG_BOOL,
     FIELD(secret_group_may_execute), "false",
     "Let the group of the file read and execute it."},
    {"secret_backend_remove_trailing_line_break", NULL, CONFIG_BOOL, FIELD(secret_trim_newline),
     "false", "Take one line break off the end of what it answers."},
};

_Static_assert(FIELD(percentile_count) == FIELD(percentiles) + sizeof(double *),
               "the count of percentiles stands behind them");

const struct config_key *config_keys(size_t *count)
{
    *count = ARRAY_LEN(keys);
    return keys;
}

/* ---- The Agent's settings --------------------------------------------------------------- */

/* First parts of names, in order. Those in host/known.c and those of a family are left out. */
static const char *const agent_keys[] = {
    "GUI_host",
    "GUI_port",
    "GUI_session_expiration",
    "ad_allowed_env_vars",
    "ad_config_poll_interval",
    "additional_endpoints",
    "agent_ipc",
    "agent_telemetry",
    "allow_arbitrary_tags",
    "allow_python_path_heuristics_failure",
    "api_key",
    "apm_config",
    "app_key",
    "appsec",
    "auth_token_file_path",
    "auto_exit",
    "autoconfig_exclude_features",
    "autoconfig_from_environment",
    "autoconfig_include_features",
    "basic_telemetry_add_container_tags",
    "bind_host",
    "bosh_id",
    "c_core_dump",
    "c_stacktrace_collection",
    "cel_workload_exclude",
    "check_cancel_timeout",
    "cloud_foundry",
    "cloud_foundry_buildpack",
    "cloud_foundry_cc",
    "cloud_foundry_container_tagger",
    "cloud_foundry_garden",
    "cloud_provider_metadata",
    "collect_ccrid",
    "collect_ec2_tags",
    "collect_ec2_tags_use_imds",
    "collect_gce_tags",
    "collect_gpu_tags",
    "collect_kubernetes_events",
    "compliance_config",
    "conf_path",
    "config_providers",
    "convert_dd_site_fqdn",
    "core_agent",
    "csi",
    "data_streams",
    "database_monitoring",
    "dd_url",
    "delegated_auth",
    "djm_config",
    "eks_fargate",
    "entity_id",
    "evp_proxy_config",
    "expected_tags_duration",
    "experimental",
    "external_metrics",
    "external_metrics_provider",
    "fargate_orchestrator",
    "flare",
    "flare_provider_timeout",
    "flare_stripped_keys",
    "go_core_dump",
    "gpu",
    "gui_host",
    "gui_port",
    "ha_agent",
    "heroku_dyno",
    "host_aliases",
    "host_profiler",
    "ignore_autoconf",
    "ignore_host_etc",
    "infra_mode",
    "infrastructure_mode",
    "installer",
    "integration",
    "internal_profiling",
    "iot_host",
    "ipc_address",
    "ipc_cert_file_path",
    "language_detection",
    "leader_election",
    "leader_election_default_resource",
    "leader_lease_duration",
    "leader_lease_name",
    "listeners",
    "metric_filterlist",
    "metric_filterlist_match_prefix",
    "multi_region_failover",
    "network",
    "network_config",
    "network_devices",
    "network_path",
    "observability_pipelines_worker",
    "orchestrator_explorer",
    "otelcollector",
    "otlp_config",
    "private_action_runner",
    "proc_root",
    "proxy",
    "python3_linter_timeout",
    "python_lazy_loading",
    "reverse_dns_enrichment",
    "runtime_security_config",
    "sbom",
    "scrubber",
    "security_agent",
    "serverless",
    "service_monitoring_config",
    "shared_library_check",
    "sidecar",
    "skip_validate_clusterchecks",
    "snmp_listener",
    "software_inventory",
    "sslkeylogfile",
    "synthetics",
    "syslog_pem",
    "syslog_rfc",
    "syslog_tls_verify",
    "syslog_uri",
    "system_probe_config",
    "system_tray",
    "tag_truncate",
    "telemetry",
    "tracing",
    "traps",
    "vector",
    "vsock_addr",
    "workloadmeta",
};

/* Beginnings that many of its settings share. */
static const char *const agent_families[] = {
    "admission_controller",
    "aggregator_",
    "autoconf_",
    "check_sampler_",
    "checks_",
    "clc_runner_",
    "cluster_",
    "cmd_",
    "container_",
    "containerd_",
    "cri_",
    "disable_",
    "docker_",
    "dogstatsd_",
    "ec2_",
    "ecs_",
    "enable_",
    "exclude_",
    "external_",
    "extra_",
    "fips",
    "forwarder_",
    "gce_",
    "health_",
    "histogram_",
    "hostname_",
    "hpa_",
    "instrumentation_",
    "inventories_",
    "jmx_",
    "kube_",
    "kubelet_",
    "kubernetes_",
    "log_",
    "logs_",
    "metadata_",
    "metrics_",
    "orchestrator_",
    "podman_",
    "process_",
    "prometheus_",
    "remote_",
    "secret_",
    "serializer_",
    "server_",
    "snmp_traps",
    "statsd_",
    "tracemalloc_",
    "use_",
    "win_",
    "windows_",
};

static int compare(const void *name, const void *key)
{
    return strcmp(name, *(const char *const *)key);
}

/* Whether it is the first part of a name in host/known.c. */
static bool is_known_to_host(const char *name)
{
    const struct known_setting *k;
    size_t len = strlen(name);

    for (size_t i = 0; (k = known_at(i)) != NULL; i++)
        if (strncmp(k->key, name, len) == 0 && (k->key[len] == '\0' || k->key[len] == '.'))
            return true;
    return false;
}

enum agent_key config_agent_key(const char *name)
{
    if (is_known_to_host(name) || bsearch(name, agent_keys, ARRAY_LEN(agent_keys),
                                          sizeof(agent_keys[0]), compare) != NULL)
        return AGENT_KEY;
    for (size_t i = 0; i < ARRAY_LEN(agent_families); i++)
        if (strncmp(name, agent_families[i], strlen(agent_families[i])) == 0)
            return AGENT_FAMILY;
    return AGENT_NONE;
}
