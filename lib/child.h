/* A command that is started for the trace and held back until the probes are in place. */
#pragma once
#include <stdint.h>

/* Starts it, up to just before its exec; ARGV ends with NULL. Returns the process ID. */
uint32_t child_start(char **argv);

/* Lets it go. When it ends, the run is over. */
void child_go(void);
