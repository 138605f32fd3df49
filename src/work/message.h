/*
 * message.h - what the supervisor, the nursery and the workers say to each other.
 *
 * A message travels as one frame on a private stream socket: a head of 12 bytes (magic and
 * version, type, length of the body), then key and fields of its type in the order of the
 * tables in fields.c, in the byte order of the machine: both ends are the same program. Reading
 * trusts nothing: what does not parse is an error, and whoever reads drops the peer.
 */
#ifndef ADDER_WORK_MESSAGE_H
#define ADDER_WORK_MESSAGE_H

#include "core/buf.h"

enum {
    MESSAGE_BYTES_MAX = 80 * 1024 * 1024, /* one frame: a full batch and what goes with it */
    MESSAGE_TEXTS_MAX = 1000,             /* warnings of one run; more are cut off */
};

enum message_type {
    /* Supervisor to nursery; its descriptors (worker's end of its socket, log) go beside it. */
    MESSAGE_SPAWN = 1,
    /* Nursery to supervisor. */
    MESSAGE_READY, /* warmed up: may be asked for workers */
    /* Supervisor to worker. */
    MESSAGE_LOAD,
    MESSAGE_RUN,
    MESSAGE_INTERRUPT, /* raise an exception in the run under way; comes back when that is done
                        */
    MESSAGE_DROP,      /* cancel and free the check */
    MESSAGE_DIAGNOSE,
    MESSAGE_STOP, /* end when the runs under way have ended */
    /* Worker to supervisor. */
    MESSAGE_HELLO,
    MESSAGE_LOADED,
    MESSAGE_STARTED,
    MESSAGE_DONE,
    MESSAGE_DROPPED,
    MESSAGE_DIAGNOSES,
    MESSAGE_OVER,  /* a run has passed a budget */
    MESSAGE_CRASH, /* written by the signal handler of a thread that is about to die */
};

/* What a run may use; 0: no limit. */
struct budget {
    double cpu_s;          /* of the thread that runs the check */
    uint64_t memory_bytes; /* growth over what the worker had before */
    uint64_t files, processes, threads;
    uint64_t batch_bytes; /* of what one run submits */
    uint64_t samples;
};

enum budget_part {
    BUDGET_CPU,
    BUDGET_MEMORY,
    BUDGET_FILES,
    BUDGET_PROCESSES,
    BUDGET_THREADS,
    BUDGET_SAMPLES,
    BUDGET_PARTS,
};

/* An error as it crosses: code 0 is success and then the rest is absent. */
struct message_error {
    uint32_t code; /* enum adder_code */
    struct adder_str message, traceback;
};

/* One message; its texts are borrowed from whoever made it. `key` names a check for the life of
 * the supervisor, and is 0 where none is meant. */
struct message {
    enum message_type type;
    uint64_t key;
    union {
        struct {
            int64_t supervisor; /* pid, which becomes the worker's parent */
            uint32_t threads;   /* that run checks, at least 1 */
        } spawn;
        struct {
            struct adder_str python;  /* "3.11.2" */
            struct adder_str modules; /* imported by the warm-up, one a line */
        } ready;
        struct {
            struct adder_str name, id, source, init_config, instance; /* YAML texts */
            struct budget budget;
        } load;
        struct {
            uint64_t run;         /* number of the run, from 1, unique for its check */
            struct adder_str why; /* INTERRUPT: "the run passed its timeout of 5 s" */
        } run;                    /* RUN, INTERRUPT */
        struct {
            int64_t pid;
        } hello;
        struct {
            struct message_error error;
            struct adder_str version, module, file; /* of the check, "" when it failed */
            struct adder_str imports; /* names of modules this load imported, one a line */
        } loaded;
        struct {
            uint64_t run;
            int64_t thread; /* id of the kernel */
        } started;
        struct {
            uint64_t run;
            struct message_error error;
            bool committed; /* else the batch is empty */
            double wall_s, cpu_s;
            struct adder_memory memory; /* the check's account */
            uint64_t dropped_records, dropped_tags;
            const struct adder_str *warnings; /* `warning_count` of them */
            uint32_t warning_count;
            struct adder_str imports; /* as of LOADED; of the check's first run */
            struct adder_str batch;   /* as batch_bytes() */
        } done;
        struct {
            struct message_error error;
            struct adder_str json; /* a list */
        } diagnoses;
        struct {
            uint64_t run;
            uint32_t part; /* enum budget_part */
            double value, limit;
        } over;
        struct {
            uint64_t run;
            int32_t signal;
        } crash;
    };
};

/* Appends the message as one frame. Failure is in the buffer, as with all its adds. */
void message_write(const struct message *m, struct buf *to);

/* Cuts a stream of bytes into messages. */
struct message_reader;
struct message_reader *message_reader_new(void); /* NULL: no memory */
void message_reader_free(struct message_reader *r);

/* Where the next bytes of the stream go, at least `len` of them; NULL when memory is out. Then
 * say how many came. */
char *message_reader_room(struct message_reader *r, size_t len);
void message_reader_add(struct message_reader *r, size_t len);

/* 1 and *ret, borrowed until the next call of any of these; 0: more bytes are needed; -1: the
 * bytes make no sense. */
int message_next(struct message_reader *r, struct message *ret, struct adder_error *err);

/* "RUN", for logs. */
const char *message_name(enum message_type type);

#endif
