// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "cachestat.h"
#include "pagecache.h"

const volatile struct config cfg;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PAGES_KINDS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

/* Atomic though each CPU has its own: from 7.0 on programs are preempted by others. */
static __always_inline void pages_add(__u32 kind, __u64 pages)
{
	__u64 *count;

	if (!pages)
		return;
	count = bpf_map_lookup_elem(&counts, &kind);
	if (count)
		__sync_fetch_and_add(count, pages);
}

#include "pagecache.bpf.h"

char LICENSE[] SEC("license") = "GPL";
