#include "server/answer.h"

#include "core/err.h"
#include "core/mem.h"
#include "server/peers.h"
#include "server/server.h"

struct answer {
    struct answer *next, *prev;
    struct answers *answers;
    struct MHD_Connection *suspended; /* NULL: not */
    uint64_t ticket;
    double since;
    bool given;
    json_t *json; /* NULL when given: an error */
    enum adder_code code;
    char *message; /* NULL: no memory for it */
};

struct answers {
    struct answers_options options;
    struct answer *first;
    unsigned count;
    uint64_t last_ticket;
};

struct answers *answers_new(const struct answers_options *options)
{
    struct answers *a = mem_zalloc(sizeof(*a));

    if (a != NULL)
        a->options = *options;
    return a;
}

void answers_free(struct answers *a)
{
    mem_free(a);
}

int answers_await(struct answers *a, struct answer **ret, struct adder_error *err)
{
    struct answer *answer;

    if (a->count >= SERVER_ANSWERS_MAX)
        return err_set(err, ADDER_LIMIT, "%d answers are awaited already", SERVER_ANSWERS_MAX);
    answer = mem_zalloc(sizeof(*answer));
    if (answer == NULL)
        return err_nomem(err);
    answer->answers = a;
    answer->ticket = ++a->last_ticket;
    answer->since = a->options.now(a->options.ctx);
    answer->next = a->first;
    if (answer->next != NULL)
        answer->next->prev = answer;
    a->first = answer;
    a->count++;
    *ret = answer;
    return 0;
}

uint64_t answer_ticket(const struct answer *a)
{
    return a->ticket;
}

int answer_take(struct answer *a, json_t **ret, struct adder_error *err)
{
    if (!a->given)
        return 0;
    if (a->json == NULL)
        return err_set(err, a->code, "%s", a->message != NULL ? a->message : "failed");
    *ret = TAKE(a->json);
    return 1;
}

void answer_suspend(struct answer *a, struct MHD_Connection *c)
{
    a->suspended = c;
    MHD_suspend_connection(c);
}

void answer_drop(struct answer *a)
{
    if (a->next != NULL)
        a->next->prev = a->prev;
    *(a->prev != NULL ? &a->prev->next : &a->answers->first) = a->next;
    a->answers->count--;
    json_decref(a->json);
    mem_free(a->message);
    mem_free(a);
}

static void give(struct answer *a, json_t *json, enum adder_code code, const char *message)
{
    a->given = true;
    a->json = json;
    a->code = code;
    a->message = mem_strdup(message);
    if (a->suspended != NULL)
        MHD_resume_connection(TAKE(a->suspended));
}

void answers_give(struct answers *a, uint64_t ticket, json_t *json,
                  const struct adder_error *err)
{
    for (struct answer *i = a->first; i != NULL; i = i->next) {
        if (i->ticket != ticket || i->given)
            continue;
        give(i, json, json != NULL ? ADDER_OK : err->code, json != NULL ? NULL : err->message);
        return;
    }
    json_decref(json);
}

static void give_up(struct answer *a, const char *why)
{
    if (!a->given)
        give(a, NULL, ADDER_LIMIT, why);
}

void answers_sweep(struct answers *a)
{
    double now = a->options.now(a->options.ctx);

    for (struct answer *i = a->first; i != NULL; i = i->next)
        if (now - i->since >= a->options.timeout_s)
            give_up(i, "no answer came in time");
        else if (i->suspended != NULL && peer_has_left(i->suspended))
            give_up(i, "nobody waits for it");
}

void answers_end(struct answers *a)
{
    for (struct answer *i = a->first; i != NULL; i = i->next)
        give_up(i, "the agent is ending");
}
