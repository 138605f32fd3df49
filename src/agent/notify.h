/*
 * notify.h - telling the service manager how we are (sd_notify(3)).
 *
 * One datagram to the socket named by $NOTIFY_SOCKET; without that variable nothing happens.
 */
#ifndef ADDER_AGENT_NOTIFY_H
#define ADDER_AGENT_NOTIFY_H

#include "core/base.h"

/* Sends "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=...". A service
 * manager that does not listen is no error of ours. */
void notify(const char *state);

/* Says that we read our configuration again; READY=1 is to follow. */
void notify_reloading(void);

/* Seconds within which WATCHDOG=1 is wanted, half of what $WATCHDOG_USEC allows; 0: never. */
double notify_watchdog(void);

#endif
