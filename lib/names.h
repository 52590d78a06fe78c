/* Names of numbers; numbers unknown here come out as decimals. A result is valid until the next
 * call of the same function. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

const char *errno_name(int err);                /* ENOENT */
const char *signal_name(int sig);               /* SIGTERM */

bool as_errno(const char *, void *to);          /* int: number or name */
bool as_signal(const char *, void *to);         /* int: number, or name with or without SIG */

/* A flag of open(2), like O_CREAT, which is added to what is there. */
struct open_flags {
	uint32_t mask;
	bool given;                     /* O_RDONLY adds nothing to the mask */
};
bool as_open_flag(const char *, void *to);      /* struct open_flags */
