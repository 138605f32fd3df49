/*
 * signals.h - which signals end the processes that hold Python.
 */
#ifndef ADDER_WORK_SIGNALS_H
#define ADDER_WORK_SIGNALS_H

/* From here on SIGTERM, SIGINT and SIGHUP do nothing: when they are sent to all processes of a
 * service, or of a terminal, they are for the supervisor. SIGPIPE and SIGXFSZ are ignored, as
 * Python has it. */
void signals_leave_to_supervisor(void);

#endif
