// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#define WITH_CONTAINER_MAPS
#include "cgroup.bpf.h"
#include "lost.bpf.h"
#include "profile.h"
#include "stack.bpf.h"

const volatile struct config cfg;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct key);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8);
} only SEC(".maps");

static __always_inline void count(const struct key *key)
{
	__u64 *n = bpf_map_lookup_elem(&counts, key), one = 1;

	if (n) {
		__sync_fetch_and_add(n, 1);
		return;
	}
	if (!bpf_map_update_elem(&counts, key, &one, BPF_NOEXIST))
		return;
	/* Another CPU was quicker, or there is no room. */
	n = bpf_map_lookup_elem(&counts, key);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		lose(LOST_MAP);
}

SEC("perf_event")
int sample(void *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 pid = id >> 32, tid = id, seen;
	struct bpf_pidns_info ns;
	struct key key = {};

	if (!tid && !cfg.idle)
		return 0;
	/* As the reader's /proc has it. */
	seen = pid;
	if (cfg.pidns_ino && tid) {
		seen = STACK_FOREIGN;
		if (!bpf_get_ns_current_pid_tgid(cfg.pidns_dev, cfg.pidns_ino, &ns, sizeof(ns))) {
			seen = pid = ns.tgid;
			tid = ns.pid;
		}
	}
	if (cfg.by_pid && !bpf_map_lookup_elem(&only, &pid))
		return 0;
	if (cfg.by_tid && !bpf_map_lookup_elem(&only, &tid))
		return 0;
	if (pid == cfg.self && !cfg.by_pid && !cfg.by_tid)
		return 0;
	if (!in_containers(&cfg.containers))
		return 0;
	key.pid = pid;
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	if (!cfg.no_kernel)
		key.kernel = stack_id(ctx, 0, 0, cfg.depth);
	if (!cfg.no_user && pid)
		key.user = stack_id(ctx, BPF_F_USER_STACK, seen, cfg.depth);
	count(&key);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
