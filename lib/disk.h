/* Block devices. Numbers are the kernel's: major << 20 | minor. */
#pragma once
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>
#include "request.h"

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

/* Between bpf_open() and bpf_start(), for tools with bpf/request.bpf.h: picks the programs that
 * this kernel takes and sizes the maps, for MOST requests under way at most. QUEUEING: whether it
 * matters where and when requests are queued. */
#define requests_select(skel, disk, queueing, most) \
	requests_choose(&(struct request_parts){ \
		(skel)->progs.io_start, (skel)->progs.getrq, (skel)->progs.frontmerge, \
		(skel)->progs.merge, (skel)->maps.flights, (skel)->maps.bios \
	}, disk, queueing, most)

struct request_parts {
	struct bpf_program *io_start, *getrq, *frontmerge, *merge;
	struct bpf_map *flights, *bios;
};
struct requests requests_choose(const struct request_parts *, uint32_t disk, bool queueing,
				uint32_t most);
