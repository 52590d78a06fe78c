/* Block devices. Numbers are the kernel's: major << 20 | minor. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Parses a disk's or partition's name, with or without /dev/, to a uint32_t. */
bool as_disk(const char *, void *to);

/* "?" if there is none; valid until the next call. Disks that came meanwhile are found. */
const char *disk_name(uint32_t dev);

/* How many requests all disks together can have under way, and how many disks there are. */
uint32_t disk_requests(void);
uint32_t disk_count(void);

/* What a request does, like "Sync-Read", from its cmd_flags, by the names of the running kernel.
 * The names are looked up in rq_flags_init(), which also returns the bits that rq_flags() can
 * name. */
uint32_t rq_flags_init(void);
const char *rq_flags(uint32_t cmd_flags);
