/* Counts per connection, or what a tool takes for one; read by flows_read() in lib/net.c. */
#pragma once
#include <bpf/bpf_helpers.h>
#include "lost.bpf.h"
#include "sock.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct flow);
	__type(value, __u64);
} flows SEC(".maps");

static __always_inline void flow_count(const struct flow *f)
{
	__u64 *n = bpf_map_lookup_elem(&flows, f), zero = 0;

	if (!n) {
		/* Another CPU may have made it meanwhile, so the result is not looked at. */
		bpf_map_update_elem(&flows, f, &zero, BPF_NOEXIST);
		n = bpf_map_lookup_elem(&flows, f);
		if (!n) {
			lose(LOST_MAP);
			return;
		}
	}
	__sync_fetch_and_add(n, 1);
}
