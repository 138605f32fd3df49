#include "host/host.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "host/names.h"
#include "host/state.h"

/* ---- Life ------------------------------------------------------------------------------- */

/* Where the cache goes when nobody said: as the XDG base directory specification has it. */
static char *default_run_dir(const struct settings *s)
{
    const char *state = settings_env(s, "XDG_STATE_HOME"), *home = settings_env(s, "HOME");

    if (state != NULL && *state == '/')
        return mem_printf("%s/adder", state);
    if (geteuid() == 0 || home == NULL || *home == '\0')
        return mem_strdup("/var/lib/adder");
    return mem_printf("%s/.local/state/adder", home);
}

static int open_cache(struct host *h, const char *run_dir, struct adder_error *err)
{
    AUTOFREE char *folder = NULL;

    if (run_dir != NULL)
        return cache_new(run_dir, &h->cache, err);
    if (settings_text(h->settings, "run_path", &folder, err) < 0)
        return -1;
    if (*folder == '\0') {
        mem_free(folder);
        folder = default_run_dir(h->settings);
    }
    return folder != NULL ? cache_new(folder, &h->cache, err) : err_nomem(err);
}

/* As in the Agent a pattern that does not hold turns the filter off, not the agent. */
static int open_containers(struct host *h, struct adder_error *err)
{
    if (container_filter_new(h->settings, &h->containers, err) == 0)
        return 0;
    if (err->code == ADDER_NOMEM)
        return -1;
    LOG_WARN("no container is excluded: %s", err->message);
    return 0;
}

int host_new(const struct host_options *options, struct host **ret, struct adder_error *err)
{
    struct host *fresh = mem_zalloc(sizeof(*fresh));
    CLEANUP(host_freep) struct host *h = fresh;

    if (h == NULL)
        return err_nomem(err);
    pthread_mutex_init(&h->names, NULL);
    h->started = (double)time(NULL);
    if (settings_new(options->settings, &h->settings, err) < 0 ||
        commands_new(&h->commands, err) < 0 || open_cache(h, options->run_dir, err) < 0 ||
        open_containers(h, err) < 0)
        return -1;
    *ret = TAKE(h);
    return 0;
}

const char *host_run_dir(const struct host *h)
{
    return cache_folder(h->cache);
}

void host_free(struct host *h)
{
    if (h == NULL)
        return;
    commands_free(h->commands);
    container_filter_free(h->containers);
    cache_free(h->cache);
    settings_free(h->settings);
    mem_free(h->hostname);
    mem_free(h->cluster_name);
    pthread_mutex_destroy(&h->names);
    mem_free(h);
}

int host_setting_bool(const struct host *h, const char *key, bool *ret, struct adder_error *err)
{
    return settings_bool(h->settings, key, ret, err);
}

void host_kill_commands(struct host *h)
{
    commands_kill(h->commands);
}

/* ---- Names ------------------------------------------------------------------------------ */

/* The name, borrowed from `h`; NULL on failure. The lock must be held. */
static const char *hostname_locked(struct host *h, struct adder_error *err)
{
    if (h->hostname == NULL && hostname_find(h->settings, h->commands, &h->hostname, err) < 0)
        return NULL;
    return h->hostname;
}

int host_name(struct host *h, char *ret, size_t size, struct adder_error *err)
{
    const char *name;
    size_t len;

    pthread_mutex_lock(&h->names);
    name = hostname_locked(h, err);
    pthread_mutex_unlock(&h->names);
    if (name == NULL)
        return -1;
    len = strlen(name);
    if (len >= size)
        return err_set(err, ADDER_LIMIT, "the host name has %zu bytes", len);
    memcpy(ret, name, len + 1);
    return 0;
}

char *host_cluster_name(struct host *h)
{
    struct adder_error err;
    char *copy;

    pthread_mutex_lock(&h->names);
    if (h->cluster_name == NULL) {
        const char *hostname = hostname_locked(h, &err);

        if (cluster_name_find(h->settings, hostname != NULL ? hostname : "", &h->cluster_name,
                              &err) < 0)
            LOG_ERROR("cluster name: %s", err.message);
    }
    copy = mem_strdup(h->cluster_name);
    pthread_mutex_unlock(&h->names);
    return copy;
}
