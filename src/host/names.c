#include "host/names.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"

enum { FQDN_TIMEOUT_MS = 1000 };

/* ---- What is a name --------------------------------------------------------------------- */

static bool is_host_label(struct adder_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.ptr[i]) && s.ptr[i] != '-')
            return false;
    return s.len > 0 && s.ptr[0] != '-' && s.ptr[s.len - 1] != '-';
}

static bool is_cluster_label(struct adder_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (isupper((unsigned char)s.ptr[i]))
            return false;
    return is_host_label(s) && islower((unsigned char)s.ptr[0]);
}

/* Whether all parts between dots are labels. */
static bool all_labels(const char *name, bool (*is_label)(struct adder_str))
{
    for (;; name++) {
        size_t len = strcspn(name, ".");

        if (!is_label((struct adder_str){name, len}))
            return false;
        name += len;
        if (*name == '\0')
            return true;
    }
}

int hostname_check(const char *name, struct adder_error *err)
{
    static const char *const local[] = {"localhost", "localhost.localdomain",
                                        "localhost6.localdomain6", "ip6-localhost"};

    if (*name == '\0')
        return err_set(err, ADDER_INVALID, "hostname is empty");
    for (size_t i = 0; i < ARRAY_LEN(local); i++)
        if (strcasecmp(name, local[i]) == 0)
            return err_set(err, ADDER_INVALID, "%s is a local hostname", name);
    if (strlen(name) > HOSTNAME_MAX)
        return err_set(err, ADDER_INVALID, "name exceeded the maximum length of %d characters",
                       HOSTNAME_MAX);
    if (!all_labels(name, is_host_label))
        return err_set(err, ADDER_INVALID, "%s is not RFC1123 compliant", name);
    return 0;
}

/* ---- Providers -------------------------------------------------------------------------- */

/* What a provider may ask, and the name found before it ("" when none). */
struct search {
    const struct settings *settings;
    struct commands *commands;
    const char *found;
};

static int nothing(struct adder_error *err, const char *why)
{
    return err_set(err, ADDER_NOT_FOUND, "%s", why);
}

static int from_setting(const struct search *s, char **ret, struct adder_error *err)
{
    AUTOFREE char *name = NULL;

    if (settings_text(s->settings, "hostname", &name, err) < 0)
        return -1;
    if (*name == '\0')
        return nothing(err, "not set");
    if (hostname_check(name, err) < 0)
        return -1;
    *ret = TAKE(name);
    return 0;
}

static int from_file(const struct search *s, char **ret, struct adder_error *err)
{
    AUTOFREE char *path = NULL, *text = NULL, *name = NULL;
    struct adder_str trimmed;

    if (settings_text(s->settings, "hostname_file", &path, err) < 0)
        return -1;
    if (*path == '\0')
        return nothing(err, "not set");
    if (file_read(path, HOSTNAME_FILE_MAX, &text, &trimmed.len, err) < 0) {
        err->code = err->code == ADDER_NOT_FOUND ? ADDER_INVALID : err->code;
        return -1;
    }
    trimmed.ptr = text;
    trimmed = str_trim(trimmed);
    name = mem_strndup(trimmed.ptr, trimmed.len);
    if (name == NULL)
        return err_nomem(err);
    if (hostname_check(name, err) < 0)
        return err_wrap(err, "%s", path);
    *ret = TAKE(name);
    return 0;
}

/* A UTS namespace of its own gives a container a name that is not the host's. The number is
 * that of the first namespace in every Linux (PROC_UTS_INIT_INO, linux/proc_ns.h). */
static int os_name_usable(const struct search *s, struct adder_error *err)
{
    enum { FIRST_UTS_NAMESPACE = 0xEFFFFFFE };
    struct stat st;
    bool trust;

    if (settings_bool(s->settings, "hostname_trust_uts_namespace", &trust, err) < 0)
        return -1;
    if (trust || stat("/proc/self/ns/uts", &st) < 0 || st.st_ino == FIRST_UTS_NAMESPACE)
        return 0;
    return nothing(err, "the UTS namespace is not the host's");
}

static int from_fqdn(const struct search *s, char **ret, struct adder_error *err)
{
    static const char *const argv[] = {"hostname", "-f", NULL};
    CLEANUP(buf_free) struct buf out, errout;
    struct adder_str name;
    bool wanted;
    int code;

    buf_init(&out, HOSTNAME_FILE_MAX);
    buf_init(&errout, HOSTNAME_FILE_MAX);
    if (os_name_usable(s, err) < 0 ||
        settings_bool(s->settings, "hostname_fqdn", &wanted, err) < 0)
        return -1;
    if (!wanted)
        return nothing(err, "not wanted");
    if (command_run(s->commands,
                    &(struct command_request){.argv = argv,
                                              .env = settings_environ(s->settings),
                                              .path = "/bin:/usr/bin",
                                              .timeout_ms = FQDN_TIMEOUT_MS},
                    &out, &errout, &code, err) < 0)
        return err_wrap(err, "hostname -f");
    name = str_trim((struct adder_str){out.data, out.len});
    if (code != 0 || name.len == 0)
        return err_set(err, ADDER_SYSTEM, "hostname -f gave no name");
    *ret = mem_strndup(name.ptr, name.len);
    return *ret != NULL ? 0 : err_nomem(err);
}

static int from_os(const struct search *s, char **ret, struct adder_error *err)
{
    char name[HOSTNAME_MAX + 2] = "";

    if (*s->found != '\0')
        return nothing(err, "not needed");
    if (os_name_usable(s, err) < 0)
        return -1;
    if (gethostname(name, sizeof(name) - 1) < 0)
        return err_errno(err, errno, "gethostname");
    if (*name == '\0')
        return nothing(err, "it has none");
    *ret = mem_strdup(name);
    return *ret != NULL ? 0 : err_nomem(err);
}

/* In the Agent's order. After one that does not end the search a later one may override. */
static const struct {
    const char *name; /* for messages */
    int (*find)(const struct search *s, char **ret, struct adder_error *err);
    bool last; /* its success ends the search */
} providers[] = {
    {"setting hostname", from_setting, true},
    {"setting hostname_file", from_file, true},
    {"fqdn", from_fqdn, false},
    {"operating system", from_os, false},
};

int hostname_find(const struct settings *s, struct commands *c, char **ret,
                  struct adder_error *err)
{
    AUTOFREE char *found = NULL;
    bool done = false;

    for (size_t i = 0; i < ARRAY_LEN(providers) && !done; i++) {
        struct search search = {s, c, found != NULL ? found : ""};
        char *name = NULL;

        if (providers[i].find(&search, &name, err) == 0) {
            mem_free(found);
            found = name;
            done = providers[i].last;
        } else if (err->code == ADDER_NOMEM) {
            return -1;
        } else if (err->code != ADDER_NOT_FOUND) {
            LOG_WARN("host name from %s: %s", providers[i].name, err->message);
        }
    }
    if (found == NULL)
        return err_set(err, ADDER_NOT_FOUND,
                       "unable to reliably determine the host name. You can define one in the "
                       "agent config file or in your hosts file");
    *ret = TAKE(found);
    return 0;
}

/* ---- Cluster ---------------------------------------------------------------------------- */

/* NULL, or what is wrong with the name. */
static const char *cluster_name_fault(const char *name, const char *hostname)
{
    if (!all_labels(name, is_cluster_label))
        return "it must be words with dots between them; each word begins with a lower-case "
               "letter, goes on with lower-case letters, digits and hyphens, and ends in a "
               "letter or digit";
    if (strlen(hostname) + strlen("-") + strlen(name) > HOSTNAME_MAX)
        return "with host name and hyphen it is longer than 255 bytes";
    return NULL;
}

/* A name that passes holds neither capitals nor underscores: it is in RFC 1123 form already. */
int cluster_name_find(const struct settings *s, const char *hostname, char **ret,
                      struct adder_error *err)
{
    AUTOFREE char *name = NULL;
    const char *fault;

    if (settings_text(s, "cluster_name", &name, err) < 0)
        return -1;
    fault = *name != '\0' ? cluster_name_fault(name, hostname) : NULL;
    if (fault != NULL) {
        LOG_ERROR("cluster name '%s' is ignored: %s", name, fault);
        name[0] = '\0';
    }
    *ret = TAKE(name);
    return 0;
}
