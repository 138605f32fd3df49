#include "agent/task.h"

#include "collect/configs.h"
#include "core/err.h"
#include "core/mem.h"

int task_new(uint64_t key, struct instance *conf, struct task **ret, struct adder_error *err)
{
    struct task *t = mem_zalloc(sizeof(*t));

    if (t == NULL) {
        instance_clear(conf);
        return err_nomem(err);
    }
    t->key = key;
    t->conf = *conf;
    *conf = (struct instance){0};
    *ret = t;
    return 0;
}

static void free_texts(char **texts)
{
    for (size_t i = 0; texts != NULL && texts[i] != NULL; i++)
        mem_free(texts[i]);
    mem_free(texts);
}

void task_free(struct task *t)
{
    if (t == NULL)
        return;
    instance_clear(&t->conf);
    sampler_free(t->sampler);
    quarantine_clear(&t->quarantine);
    mem_free(t->version);
    mem_free(t->error);
    mem_free(t->traceback);
    mem_free(t->load_error);
    free_texts(t->warnings);
    mem_free(t);
}

void task_text(char **text, struct adder_str value)
{
    mem_free(*text);
    *text = value.len > 0 ? mem_strndup(value.ptr, value.len) : NULL;
}
