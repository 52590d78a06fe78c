/* Small things that everything needs. */
#pragma once
#include <stddef.h>

/* The name that messages begin with: the tool's, or bpftools. */
extern const char *progname;

/* Ends the program: flushes what is printed, writes "NAME: message" to stderr, exits 1. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same for wrong usage, with a hint at --help; exits 64. */
#define EXIT_USAGE 64                   /* sysexits.h, as argp has it */
_Noreturn void die_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Writes "NAME: message" to stderr. */
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* malloc() and relatives that end the program instead of failing; the caller owns the result. */
void *xmalloc(size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);

/* A whole file as a string, NULL with errno set if it cannot be read; the caller owns it. SIZE may
 * be NULL. Made for /proc and /sys, where sizes are not known beforehand. */
char *read_file(const char *path, size_t *size);

/* A number in a file, FALLBACK if there is none. */
long read_number(const char *path, long fallback);

/* A whole string as an unsigned decimal number of at most MAX. */
_Bool parse_number(const char *s, unsigned long long max, unsigned long long *to);
