/*
 * output.h - where series go: one small struct of functions per kind of output.
 *
 * Encoding is apart from sending: an output takes over what it needs when it is called, and
 * sends later. One thread, the supervisor's loop.
 */
#ifndef ADDER_OUT_OUTPUT_H
#define ADDER_OUT_OUTPUT_H

#include "core/value.h"
#include "metrics/sampler.h"

/* The check that something comes from. */
struct origin {
    struct adder_str check; /* "disk" */
    struct adder_str id;    /* "disk:67cc0574430a16ba" */
    double interval_s;      /* between its runs */
};

struct output;

/* Any function but `free` may be NULL. Arguments are borrowed for the call. */
struct output_class {
    const char *name; /* as in adder.yaml: "prometheus", "json" */
    void (*series)(struct output *o, const struct origin *from, const struct series *s);
    void (*sketch)(struct output *o, const struct origin *from, const struct sketch_series *s);
    void (*service_check)(struct output *o, const struct origin *from,
                          const struct adder_service_check *s, double time);
    void (*event)(struct output *o, const struct origin *from, const struct adder_event *e,
                  double time);
    /* The commit of a run is complete. */
    void (*commit)(struct output *o, const struct origin *from, double time);
    /* The check has been taken out of the configuration: forget its series. */
    void (*forget)(struct output *o, const struct origin *from);
    void (*free)(struct output *o);
};

/* Every output begins with this. */
struct output {
    const struct output_class *class;
    struct output_stats {
        uint64_t series, sketches, service_checks, events; /* taken in since the start */
        uint64_t dropped;     /* over a limit, memory out, or the destination refused */
        char last_error[256]; /* "" when all is well */
    } stats;
};

#endif
