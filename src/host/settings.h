/*
 * settings.h - the settings in force: environment over file over the Agent's defaults.
 *
 * The environment is that of the moment of settings_new(): as in the Agent, what checks do to
 * os.environ later changes neither settings nor the children's environment, and any thread may
 * read. A key `a.b` is ADDER_A_B, else DD_A_B; an empty variable counts as absent.
 */
#ifndef ADDER_HOST_SETTINGS_H
#define ADDER_HOST_SETTINGS_H

#include "core/buf.h"
#include "core/value.h"
#include "host/list.h"

enum { SETTINGS_KEY_MAX = 255 }; /* bytes; a longer key is unset */

struct settings;

/* `file` (may be NULL) is copied. A variable of a known setting that does not fit its type is
 * logged and then ignored. */
int settings_new(const struct value *file, struct settings **ret, struct adder_error *err);
void settings_free(struct settings *s);
DEFINE_CLEANUP(struct settings *, settings_free);

/* A variable of the environment, NULL when it is not there. */
const char *settings_env(const struct settings *s, const char *name);

/* The whole environment, NULL-terminated "KEY=VALUE". */
const char *const *settings_environ(const struct settings *s);

/* The variable that overrides `key`, or NULL. */
const char *settings_override(const struct settings *s, const char *key);

/* What settings_get() found. For CLEANUP(setting_clear). */
struct setting {
    const struct value *value; /* NULL: the key is unset */
    struct value *owned;       /* the tree `value` belongs to, when it is not the settings' */
};
void setting_clear(struct setting *v);

/* The value of `key`, which may be dotted. A null in the file counts as unset. */
int settings_get(const struct settings *s, const char *key, struct setting *ret,
                 struct adder_error *err);

/* The same as text; "" when unset or no scalar. *ret is the caller's for mem_free(). */
int settings_text(const struct settings *s, const char *key, char **ret,
                  struct adder_error *err);

/* The same as a boolean, also of the words Go takes for one; false for anything else. */
int settings_bool(const struct settings *s, const char *key, bool *ret,
                  struct adder_error *err);

/* Adds the strings of a list; a single string is a list of one. */
int settings_list(const struct settings *s, const char *key, struct list *ret,
                  struct adder_error *err);

/* Adds `text` to `out` as a double-quoted YAML scalar. */
void settings_quote(struct buf *out, struct adder_str text);

#endif
