/* Container filters. Those on the current task are for where that task is the one being accounted:
 * not in interrupts, wake-ups or completions; there task_in_cgroup() takes any task. */
#pragma once
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "cgroup.h"

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} cgroup SEC(".maps");

static __always_inline bool in_cgroup(void)
{
	return bpf_current_task_under_cgroup(&cgroup, 0) == 1;
}

/* How deep cgroups may be nested in each other. */
#define CGROUP_DEPTH 32

/* Whether a task is in the cgroup with this ID or below it. */
static __always_inline bool task_in_cgroup(struct task_struct *t, __u64 id)
{
	struct cgroup *c = BPF_CORE_READ(t, cgroups, dfl_cgrp);
	int i;

	for (i = 0; i < CGROUP_DEPTH && c; i++) {
		if (BPF_CORE_READ(c, kn, id) == id)
			return true;
		/* What it points to stands at the beginning of the parent. */
		c = (void *)BPF_CORE_READ(c, self.parent);
	}
	return false;
}

#ifdef WITH_CONTAINER_MAPS
/* The user made and pinned these; the library puts them in the place of the two here. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u64);
} cgroup_map SEC(".maps"), mntns_map SEC(".maps");

static __always_inline bool in_containers(const volatile struct containers *c)
{
	struct task_struct *t;
	__u64 id;

	if (c->by_cgroup && !in_cgroup())
		return false;
	if (c->by_cgroup_map) {
		id = bpf_get_current_cgroup_id();
		if (!bpf_map_lookup_elem(&cgroup_map, &id))
			return false;
	}
	if (c->by_mntns_map) {
		t = (void *)bpf_get_current_task();
		id = BPF_CORE_READ(t, nsproxy, mnt_ns, ns.inum);
		if (!bpf_map_lookup_elem(&mntns_map, &id))
			return false;
	}
	return true;
}
#endif
