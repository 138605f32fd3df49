/*
 * relay.h - what other processes of the agent print, into the agent's log.
 */
#ifndef ADDER_AGENT_RELAY_H
#define ADDER_AGENT_RELAY_H

#include "core/base.h"

/* Logs a line that process `pid` ("worker", "nursery") printed: with its level when it is a
 * line of our log, else, as a check's print() makes them, as information. */
void relay_line(const char *who, long pid, struct adder_str line);

#endif
