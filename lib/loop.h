/* Time, and the end of it. */
#pragma once
#include <stdbool.h>

/* Takes over the signals that end a run and the closed pipe. Once, before anything else. */
void loop_init(void);

/* The run begins now: --duration counts from here. */
void loop_start(void);

/* The run is over: a signal came, --duration is over or the child of child_start() ended. */
bool stopped(void);

/* Ends the run as a signal would. */
void stop(void);

/* Waits until FD (-1: none) can be read, TIMEOUT seconds have passed or the run is over. Ends the
 * program when nobody reads the output any more. */
void loop_wait(int fd, double timeout);

/* While waiting, READY is called whenever this one can be read. */
void loop_also(int fd, void (*ready)(void));

/* Sleeps one interval of the run; false after the last one, whose results are still to be
 * printed. */
bool tick(void);

/* Seconds of CLOCK_MONOTONIC since loop_start(). */
double elapsed(void);
