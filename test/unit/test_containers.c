// SPDX-License-Identifier: GPL-2.0-only
/* The options that need no privileges, and what is made of them: libbpf is played by this file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "containers.h"
#include "bpf.h"
#include "unit.h"

#define CGROUP ((struct bpf_map *)0x1000)
#define CGROUP_MAP ((struct bpf_map *)0x2000)
#define MNTNS_MAP ((struct bpf_map *)0x3000)

static char calls[256];
static unsigned key_size;

__attribute__((format(printf, 1, 2)))
static void called(const char *fmt, ...)
{
	size_t n = strlen(calls);
	va_list args;

	va_start(args, fmt);
	vsnprintf(calls + n, sizeof(calls) - n, fmt, args);
	va_end(args);
}

int __wrap_bpf_map__set_autocreate(struct bpf_map *, bool);
int __wrap_bpf_map__reuse_fd(struct bpf_map *, int);
int __wrap_bpf_obj_get_info_by_fd(int, void *, __u32 *);
const char *__wrap_bpf_map__name(const struct bpf_map *);
void __wrap_bpf_preset(struct bpf_map *, const void *, size_t, const void *, size_t);

int __wrap_bpf_map__set_autocreate(struct bpf_map *map, bool autocreate)
{
	called("without %lx;", (long)map);
	return autocreate ? -1 : 0;
}

int __wrap_bpf_map__reuse_fd(struct bpf_map *map, int fd)
{
	called("%lx is %d;", (long)map, fd);
	return 0;
}

int __wrap_bpf_obj_get_info_by_fd(int fd, void *info, __u32 *size)
{
	((struct bpf_map_info *)info)->key_size = key_size;
	return 0;
}

const char *__wrap_bpf_map__name(const struct bpf_map *map)
{
	return "map";
}

void __wrap_bpf_preset(struct bpf_map *map, const void *key, size_t size, const void *value,
		       size_t value_size)
{
	called("%lx[%u] = %d;", (long)map, *(const unsigned *)key, *(const int *)value);
}

static int setup(void **state)
{
	container_options = (struct container_options){ -1, -1, -1 };
	*calls = 0;
	key_size = 8;
	return 0;
}

static void asked_for_nothing(void **state)
{
	struct containers c = containers_select(CGROUP, CGROUP_MAP, MNTNS_MAP);

	assert_false(c.by_cgroup || c.by_cgroup_map || c.by_mntns_map);
	assert_string_equal(calls, "without 1000;without 2000;without 3000;");
}

static void asked_for_all(void **state)
{
	struct containers c;

	container_options = (struct container_options){ 5, 6, 7 };
	c = containers_select(CGROUP, CGROUP_MAP, MNTNS_MAP);
	assert_true(c.by_cgroup && c.by_cgroup_map && c.by_mntns_map);
	assert_string_equal(calls, "1000[0] = 5;2000 is 6;3000 is 7;");
}

/* A tool may have some of the options only. */
static void maps_that_are_not_there(void **state)
{
	struct containers c;

	c = containers_select(CGROUP, NULL, NULL);
	assert_string_equal(calls, "without 1000;");
	*calls = 0;
	c = containers_select(NULL, CGROUP_MAP, MNTNS_MAP);
	assert_string_equal(calls, "without 2000;without 3000;");
	assert_false(c.by_cgroup);
}

static void select_map(void *context)
{
	containers_select(CGROUP, CGROUP_MAP, MNTNS_MAP);
}

static void map_of_something_else(void **state)
{
	struct outcome o;

	container_options.mntns_map = 7;
	key_size = 4;
	o = in_child(select_map, NULL);
	assert_int_equal(o.status, 1);
	assert_string_equal(o.err,
		"bpftools: a map of cgroups or mount namespaces has keys of 8 bytes, not of 4\n");
	outcome_free(&o);
}

static void paths_that_are_none(void **state)
{
	int fd = -1;

	assert_false(as_cgroup("/nonexistent", &fd));
	assert_false(as_cgroup("/tmp", &fd));
	assert_false(as_cgroup("/proc/self/status", &fd));
	assert_false(as_cgroup("", &fd));
	assert_int_equal(fd, -1);
	assert_false(as_pinned_map("/nonexistent", &fd));
	assert_false(as_pinned_map("/tmp", &fd));
}

static void cgroup_directory(void **state)
{
	FILE *f = fopen("/proc/self/mounts", "r");
	char line[1024], path[512], type[64];
	bool found = false;
	int fd = -1;

	while (!found && f && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %511s %63s", path, type) == 2 && !strcmp(type, "cgroup2");
	if (f)
		fclose(f);
	if (!found)
		skip_because("no cgroup v2 is mounted");
	assert_true(as_cgroup(path, &fd));
	assert_true(fd >= 0);
	close(fd);
}

#define T(name) cmocka_unit_test_setup(name, setup)

static const struct CMUnitTest tests[] = {
	T(asked_for_nothing),
	T(asked_for_all),
	T(maps_that_are_not_there),
	T(map_of_something_else),
	T(paths_that_are_none),
	T(cgroup_directory),
};

UNIT_MAIN(tests)
