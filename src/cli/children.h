/*
 * children.h - the processes that checks started.
 */
#ifndef ADDER_CLI_CHILDREN_H
#define ADDER_CLI_CHILDREN_H

/* Kills all processes descended from this one, as far as /proc tells. Any thread. */
void children_kill(void);

#endif
