// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include "fsdist.h"

const volatile struct config cfg;

#include "fs.bpf.h"
#include "hist.bpf.h"

/* By operation. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FS_OPS);
	__type(key, __u32);
	__type(value, struct hist);
} hists SEC(".maps");

static __noinline int fs_done(__u32 op, const struct fs_call *call, __u64 ns, long ret)
{
	hist_add(&hists, &op, ns, cfg.per_unit);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
