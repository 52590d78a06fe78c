// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "runqlat.h"
#include "cgroup.bpf.h"
#include "hist.bpf.h"
#include "task.bpf.h"

const volatile struct config cfg;

/* Since when a task waits, 0: it does not. The key is no thread ID, because an exec() in a thread
 * changes that. With cfg.reuse the entry stays until the task ends, and a store does what would
 * take an insertion and a deletion. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct task_struct *);
	__type(value, __u64);
} waiting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct hist_key);
	__type(value, struct hist);
} hists SEC(".maps");

/* There was no room for a task: from then on none keeps its entry. */
bool crowded;

static __always_inline bool wanted(struct task_struct *t)
{
	if (cfg.pid && (__u32)BPF_CORE_READ(t, tgid) != cfg.pid)
		return false;
	return !cfg.containers.by_cgroup || task_in_cgroup(t, cfg.containers.cgroup_id);
}

static __always_inline void begin(struct task_struct *t, __u64 now)
{
	__u64 *since;

	if (!wanted(t))
		return;
	since = bpf_map_lookup_elem(&waiting, &t);
	if (since) {
		*since = now;
	} else if (bpf_map_update_elem(&waiting, &t, &now, BPF_ANY)) {
		crowded = true;
		lose(LOST_MAP);
	}
}

static __always_inline void end(struct task_struct *t, __u64 now)
{
	__u64 *since = bpf_map_lookup_elem(&waiting, &t), from;
	struct hist_key key = {};
	__u32 tgid;

	if (!since || !*since)
		return;
	from = *since;
	if (cfg.reuse && !crowded)
		*since = 0;
	else
		bpf_map_delete_elem(&waiting, &t);
	tgid = BPF_CORE_READ(t, tgid);
	if (tgid == cfg.self && cfg.pid != cfg.self)
		return;
	if (now < from) {
		lose(LOST_TIME);
		return;
	}
	if (cfg.per_process)
		key.id = tgid;
	if (cfg.per_thread)
		key.id = BPF_CORE_READ(t, pid);
	if (cfg.per_pidns)
		key.id = task_pidns(t);
	hist_add(&hists, &key, now - from, cfg.per_unit);
}

SEC("raw_tp/sched_wakeup")
int wakeup(__u64 *ctx)
{
	begin((void *)ctx[0], bpf_ktime_get_ns());
	return 0;
}

SEC("raw_tp/sched_wakeup_new")
int wakeup_new(__u64 *ctx)
{
	begin((void *)ctx[0], bpf_ktime_get_ns());
	return 0;
}

SEC("raw_tp/sched_switch")
int switched(__u64 *ctx)
{
	struct task_struct *prev = (void *)ctx[1];
	__u64 now = bpf_ktime_get_ns();
	long state = task_state(prev);

	/* One that is preempted stays in the queue, also on its way to sleep. */
	if (!state || ctx[0]) {
		if (BPF_CORE_READ(prev, pid))   /* not the idle task */
			begin(prev, now);
	} else if (state == TASK_DEAD) {
		bpf_map_delete_elem(&waiting, &prev);
	}
	end((void *)ctx[2], now);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
