#include "server/peers.h"

#include <sys/socket.h>

#include "core/mem.h"

struct peer {
    struct peer *next, *prev;
    int fd;
    enum peer_state state;
    double since;
    bool ended;
};

struct peers {
    struct peers_options options;
    struct peer *first;
    unsigned count;
};

struct peers *peers_new(const struct peers_options *options)
{
    struct peers *p = mem_zalloc(sizeof(*p));

    if (p != NULL)
        p->options = *options;
    return p;
}

void peers_free(struct peers *p)
{
    mem_free(p);
}

/* libmicrohttpd finds the connection at its end, and closes it. */
static void end(struct peer *peer)
{
    peer->ended = true;
    shutdown(peer->fd, SHUT_RDWR);
}

static bool has_left(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool peer_has_left(struct MHD_Connection *c)
{
    return has_left(MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
}

static void make_room(struct peers *p)
{
    struct peer *longest = NULL;

    if (p->count <= p->options.max)
        return;
    /* Of those that came in the same turn of the loop, the last in the list came first. */
    for (struct peer *i = p->first; i != NULL; i = i->next)
        if (i->state == PEER_ASKS && !i->ended &&
            (longest == NULL || i->since <= longest->since))
            longest = i;
    if (longest != NULL)
        end(longest);
}

static struct peer *add(struct peers *p, struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct peer *peer = mem_zalloc(sizeof(*peer));

    if (peer == NULL)
        return NULL;
    peer->fd = info->connect_fd;
    peer->since = p->options.now(p->options.ctx);
    peer->next = p->first;
    if (peer->next != NULL)
        peer->next->prev = peer;
    p->first = peer;
    p->count++;
    make_room(p);
    return peer;
}

static void drop(struct peers *p, struct peer *peer)
{
    if (peer->next != NULL)
        peer->next->prev = peer->prev;
    *(peer->prev != NULL ? &peer->prev->next : &p->first) = peer->next;
    p->count--;
    mem_free(peer);
}

void peers_notify(void *cls, struct MHD_Connection *c, void **socket_context,
                  enum MHD_ConnectionNotificationCode what)
{
    struct peers *p = cls;

    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *socket_context = add(p, c);
    else if (*socket_context != NULL)
        drop(p, TAKE(*socket_context));
}

void peers_expect(struct peers *p, struct MHD_Connection *c, enum peer_state state)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct peer *peer = info->socket_context;

    if (peer == NULL) /* no memory for it when it came */
        return;
    peer->state = state;
    peer->since = p->options.now(p->options.ctx);
}

void peers_sweep(struct peers *p)
{
    double now = p->options.now(p->options.ctx);

    for (struct peer *i = p->first; i != NULL; i = i->next) {
        unsigned seconds = p->options.seconds[i->state];

        if ((seconds > 0 && now - i->since >= seconds) ||
            (i->state == PEER_ASKS && has_left(i->fd)))
            end(i);
    }
}

unsigned peers_count(const struct peers *p)
{
    return p->count;
}
