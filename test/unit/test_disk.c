// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "disk.h"
#include "unit.h"
#include "util.h"

static void names_and_numbers(void **state)
{
	FILE *f = fopen("/proc/partitions", "r");
	char line[256], name[64], path[80];
	unsigned major, minor;
	uint32_t dev;
	int n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%u %u %*u %63s", &major, &minor, name) != 3)
			continue;
		n++;
		assert_true(as_disk(name, &dev));
		assert_int_equal(dev, major << 20 | minor);
		snprintf(path, sizeof(path), "/dev/%s", name);
		dev = 0;
		assert_true(as_disk(path, &dev));
		assert_int_equal(dev, major << 20 | minor);
		assert_string_equal(disk_name(dev), name);
	}
	if (f)
		fclose(f);
	if (!n)
		skip_because("/proc/partitions has no disks");
}

static void what_is_no_disk(void **state)
{
	/* the words of the heading, too */
	static const char *const wrong[] = {
		"", "/dev/", "no-such-disk", "name", "major", "#blocks",
		"major minor  #blocks  name", "/dev", "0", "..",
	};
	uint32_t dev;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (as_disk(wrong[i], &dev))
			fail_msg("'%s' is a disk", wrong[i]);
	}
	assert_string_equal(disk_name(0xfffffffe), "?");
	assert_string_equal(disk_name(0), "?");
}

static void counts(void **state)
{
	glob_t disks = {}, queues;
	uint32_t requests = 0;
	char path[512];
	size_t i;

	if (glob("/sys/block/*", 0, NULL, &disks))
		skip_because("/sys/block has no disks");
	for (i = 0; i < disks.gl_pathc; i++) {
		queues = (glob_t){};
		snprintf(path, sizeof(path), "%s/mq/*", disks.gl_pathv[i]);
		glob(path, 0, NULL, &queues);
		snprintf(path, sizeof(path), "%s/queue/nr_requests", disks.gl_pathv[i]);
		requests += read_number(path, 128) * (queues.gl_pathc ? queues.gl_pathc : 1);
		globfree(&queues);
	}
	assert_int_equal(disk_count(), disks.gl_pathc);
	assert_int_equal(disk_requests(), requests);
	globfree(&disks);
}

/* A value of the kernel's, without lib/btf.c. */
static int enumerator(const struct btf *btf, const char *type, const char *name)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_ENUM), i;
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (i = 0; t && i < btf_vlen(t); i++) {
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), name))
			return btf_enum(t)[i].val;
	}
	return -1;
}

/* The names are bcc's. */
static const struct { const char *name, *text; } bits[] = {
	{ "__REQ_SYNC", "Sync" }, { "__REQ_META", "Metadata" }, { "__REQ_FUA", "ForcedUnitAccess" },
	{ "__REQ_PRIO", "Priority" }, { "__REQ_NOMERGE", "NoMerge" }, { "__REQ_IDLE", "Idle" },
	{ "__REQ_RAHEAD", "ReadAhead" }, { "__REQ_BACKGROUND", "Background" },
	{ "__REQ_NOWAIT", "NoWait" },
}, ops[] = {
	{ "REQ_OP_READ", "Read" }, { "REQ_OP_WRITE", "Write" }, { "REQ_OP_FLUSH", "Flush" },
	{ "REQ_OP_DISCARD", "Discard" }, { "REQ_OP_SECURE_ERASE", "SecureErase" },
	{ "REQ_OP_ZONE_RESET", "ZoneReset" }, { "REQ_OP_WRITE_ZEROES", "WriteZeros" },
};

static void flags_by_the_running_kernel(void **state)
{
	struct btf *btf = btf__load_vmlinux_btf();
	const char *type = "req_op";
	uint32_t mask, all = 0;
	char expected[64];
	int bit, value;
	size_t i;

	if (libbpf_get_error(btf))
		skip_because("the kernel has no BTF");
	mask = rq_flags_init();
	assert_int_equal(mask & 0xff, 0xff);
	if (btf__find_by_name_kind(btf, type, BTF_KIND_ENUM) < 0)
		type = "req_opf";
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		value = enumerator(btf, type, ops[i].name);
		if (value >= 0)
			assert_string_equal(rq_flags(value), ops[i].text);
	}
	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		bit = enumerator(btf, "req_flag_bits", bits[i].name);
		if (bit < 0)
			continue;
		all |= 1U << bit;
		snprintf(expected, sizeof(expected), "%s-Read", bits[i].text);
		assert_string_equal(rq_flags(1U << bit), expected);
		assert_true(mask & 1U << bit);
	}
	/* Of these kernels it is certain what they are. */
	assert_string_equal(rq_flags(0), "Read");
	assert_string_equal(rq_flags(1), "Write");
	assert_string_equal(rq_flags(200), "Unknown");
	/* In the order of bcc's biolatency -F. */
	assert_string_equal(rq_flags(1U << enumerator(btf, "req_flag_bits", "__REQ_FUA") |
				     1U << enumerator(btf, "req_flag_bits", "__REQ_META") |
				     1U << enumerator(btf, "req_flag_bits", "__REQ_SYNC") | 1),
			    "ForcedUnitAccess-Metadata-Sync-Write");
	/* All at once fit the buffer. */
	assert_true(strlen(rq_flags(all | 200)) > 60);
	assert_non_null(strstr(rq_flags(0xffffff00 | 1), "-Write"));
	btf__free(btf);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(names_and_numbers),
	cmocka_unit_test(what_is_no_disk),
	cmocka_unit_test(counts),
	cmocka_unit_test(flags_by_the_running_kernel),
};

UNIT_MAIN(tests)
