/* Wall-clock time without the C library's localtime(), which may open a file at every call: a
 * tracer of open() would then trace itself. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the local time zone: $TZ, else /etc/localtime, else UTC. Once, before anything is
 * traced. */
void clock_init(void);

/* Now, in ns: CLOCK_MONOTONIC as the kernel's bpf_ktime_get_ns(), and since the epoch. */
uint64_t clock_mono_ns(void);
uint64_t clock_wall_ns(void);

/* The wall-clock time, in ns since the epoch, of a CLOCK_MONOTONIC time. */
uint64_t clock_mono_to_wall(uint64_t mono_ns);

struct civil {
	int year, month, day, hour, minute, second;
};

/* Local time of a second since the epoch. */
struct civil clock_civil(int64_t seconds);

/* A time zone in the format of RFC 8536 and the rule of POSIX TZ; apart for the tests. */
struct zone;

/* NULL if DATA is no time zone file; the caller owns the result. */
struct zone *zone_parse(const unsigned char *data, size_t size);

/* NULL if RULE is no POSIX TZ rule, like "CET-1CEST,M3.5.0,M10.5.0/3". */
struct zone *zone_parse_rule(const char *rule);
void zone_free(struct zone *);

/* Seconds to add to UTC at this time. */
int32_t zone_offset(const struct zone *, int64_t seconds);
