/*
 * probes.h - marks in the program for tracers (USDT): adder:run_start and adder:run_end, with
 * the check's id. They cost nothing while nobody looks. There when <sys/sdt.h> was (Debian:
 * systemtap-sdt-dev).
 */
#ifndef ADDER_WORK_PROBES_H
#define ADDER_WORK_PROBES_H

#if __has_include(<sys/sdt.h>)
#include <sys/sdt.h>
#define PROBE_RUN_START(id) DTRACE_PROBE1(adder, run_start, id)
#define PROBE_RUN_END(id)   DTRACE_PROBE1(adder, run_end, id)
#else
#define PROBE_RUN_START(id) ((void)(id))
#define PROBE_RUN_END(id)   ((void)(id))
#endif

#endif
