// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bpf.h"
#include "disk.h"
#include "util.h"

#define OPS 256                         /* the operation is the lowest byte of cmd_flags */
#define REQUESTS_MIN 1024               /* for disks that come later */

static struct disk {
	uint32_t dev;
	char name[32];                  /* as in struct gendisk */
} *disks;
static size_t count;

/* "major minor name ..." a line. Not /proc/partitions, which leaves some disks out before 5.17. */
static void scan(void)
{
	char *text = read_file("/proc/diskstats", NULL), *line, *save, *p;
	unsigned long major, minor;
	struct disk *d;

	count = 0;
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		major = strtoul(line, &p, 10);
		minor = strtoul(p, &p, 10);
		p += strspn(p, " ");
		p[strcspn(p, " ")] = 0;
		disks = xrealloc(disks, (count + 1) * sizeof(*disks));
		d = &disks[count++];
		d->dev = major << 20 | minor;
		snprintf(d->name, sizeof(d->name), "%s", p);
	}
	free(text);
}

bool as_disk(const char *arg, void *to)
{
	size_t i;

	if (!strncmp(arg, "/dev/", 5))
		arg += 5;
	scan();
	for (i = 0; i < count; i++) {
		if (!strcmp(disks[i].name, arg)) {
			*(uint32_t *)to = disks[i].dev;
			return true;
		}
	}
	return false;
}

const char *disk_name(uint32_t dev)
{
	int tries;
	size_t i;

	for (tries = 0; tries < 2; tries++) {
		for (i = 0; i < count; i++) {
			if (disks[i].dev == dev)
				return disks[i].name;
		}
		scan();
	}
	return "?";
}

/* Calls per disk: the sum of what /sys/block/DISK/queue/nr_requests says, once for each of the
 * disk's hardware queues. */
static uint32_t requests_of(const char *disk)
{
	struct dirent *e;
	char path[512];
	long queues = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/block/%s/mq", disk);
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		queues += *e->d_name != '.';
	if (dir)
		closedir(dir);
	snprintf(path, sizeof(path), "/sys/block/%s/queue/nr_requests", disk);
	return read_number(path, 128) * (queues ? queues : 1);
}

static uint32_t each_disk(uint32_t (*what)(const char *))
{
	DIR *dir = opendir("/sys/block");
	struct dirent *e;
	uint32_t sum = 0;

	while (dir && (e = readdir(dir))) {
		if (*e->d_name != '.')
			sum += what(e->d_name);
	}
	if (dir)
		closedir(dir);
	return sum;
}

static uint32_t one(const char *disk)
{
	return 1;
}

uint32_t disk_requests(void)
{
	return each_disk(requests_of);
}

uint32_t disk_count(void)
{
	return each_disk(one);
}

/* In the order of the text. */
static struct flag {
	const char *name, *text;
	uint32_t mask;
} flags[] = {
	{ "__REQ_NOWAIT", "NoWait" },
	{ "__REQ_BACKGROUND", "Background" },
	{ "__REQ_RAHEAD", "ReadAhead" },
	{ "__REQ_IDLE", "Idle" },
	{ "__REQ_NOMERGE", "NoMerge" },
	{ "__REQ_PREFLUSH", "PreFlush" },
	{ "__REQ_PRIO", "Priority" },
	{ "__REQ_FUA", "ForcedUnitAccess" },
	{ "__REQ_META", "Metadata" },
	{ "__REQ_SYNC", "Sync" },
};

static char op_names[OPS][24];

/* REQ_OP_ZONE_RESET becomes ZoneReset. */
static void op_text(char to[24], const char *name)
{
	bool upper = true;
	size_t n = 0;

	if (!strncmp(name, "REQ_OP_", 7))
		name += 7;
	if (!strcmp(name, "WRITE_ZEROES"))      /* spelt so by bcc's tools */
		name = "WRITE_ZEROS";
	for (; *name && n < 23; name++) {
		if (*name != '_')
			to[n++] = upper ? *name : tolower((unsigned char)*name);
		upper = *name == '_';
	}
	to[n] = 0;
}

uint32_t rq_flags_init(void)
{
	uint32_t bit, mask = OPS - 1;
	const char *name;
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (enum_value("req_flag_bits", flags[i].name, &bit))
			mask |= flags[i].mask = 1U << bit;
	}
	for (i = 0; i < OPS; i++) {
		/* It was called req_opf before 6.0 (ff07a02e9e8e). */
		name = enum_name("req_op", i);
		if (!name)
			name = enum_name("req_opf", i);
		if (name)
			op_text(op_names[i], name);
	}
	return mask;
}

const char *rq_flags(uint32_t cmd_flags)
{
	const char *op = op_names[cmd_flags % OPS];
	static char text[160];
	size_t i, n = 0;

	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (cmd_flags & flags[i].mask)
			n += snprintf(text + n, sizeof(text) - n, "%s-", flags[i].text);
	}
	snprintf(text + n, sizeof(text) - n, "%s", *op ? op : "Unknown");
	return text;
}

/* Of rq_flags: flushes go before or after this request. The bits became enumerators between 6.1 and
 * 6.12, of an enum that got its name later; before that this one never moved. */
static uint8_t flushes_bit(void)
{
	uint32_t bit = 4;

	if (!enum_value("rqf_flags", "__RQF_FLUSH_SEQ", &bit))
		enum_value(NULL, "__RQF_FLUSH_SEQ", &bit);
	return bit;
}

struct requests requests_choose(const struct request_parts *p, uint32_t disk, bool queueing,
				uint32_t most)
{
	/* An I/O scheduler has requests of its own, as many again. */
	uint32_t all = 2 * disk_requests(), entries = all < most ? all : most;
	struct requests r = { .disk = disk, .queueing = queueing, .reuse = all <= most };

	if (entries < REQUESTS_MIN)
		entries = REQUESTS_MIN;
	r.queue_first = tp_nargs("block_rq_issue") == 2;
	r.bios_before = tp_nargs("block_getrq") >= 2;
	r.flushes_bit = flushes_bit();
	/* It came in 6.5 (5a80bd075f3b), and knows the request. */
	r.join_bio = !bpf_has(p->io_start);
	bpf_drop(p->io_start, !queueing);
	bpf_drop(p->merge, !queueing || r.join_bio);
	bpf_drop(p->getrq, !queueing || !r.join_bio);
	bpf_drop(p->frontmerge, !queueing || !r.join_bio);
	bpf_resize(p->flights, entries);
	/* Only those that have not been issued yet. */
	bpf_resize(p->bios, entries / 2);
	bpf_leave_out(p->bios, !queueing || !r.join_bio);
	return r;
}
