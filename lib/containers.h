/* Filters by container, the user's side of bpf/cgroup.bpf.h. */
#pragma once
#include <bpf/libbpf.h>
#include "cgroup.h"

/* Descriptors that the options below have opened; -1: not asked for. */
extern struct container_options {
	int cgroup, cgroup_map, mntns_map;
} container_options;

bool as_cgroup(const char *, void *to);         /* int: a cgroup v2 directory */
bool as_pinned_map(const char *, void *to);     /* int: a map pinned in a BPF file system */

#define OPT_CGROUP(letter) \
	{ letter, "cgroup", "PATH", "Only tasks in this cgroup v2 directory or below", as_cgroup, \
	  &container_options.cgroup }
#define OPT_CONTAINER_MAPS \
	{ 0, "cgroupmap", "PATH", "Only cgroups whose ID is in this pinned map", as_pinned_map, \
	  &container_options.cgroup_map }, \
	{ 0, "mntnsmap", "PATH", "Only mount namespaces in this pinned map", as_pinned_map, \
	  &container_options.mntns_map }

/* Between bpf_open() and bpf_start(): makes the kernel side follow the options. The maps may be
 * NULL where a tool has no such options. */
struct containers containers_select(struct bpf_map *cgroup, struct bpf_map *cgroup_map,
				    struct bpf_map *mntns_map);
