// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "biolatency.h"
#include "hist.bpf.h"

const volatile struct config cfg;

struct queued {
	__u64 ns;
};

struct flight {
	__u64 issued;
	struct queued queued;
};

static __always_inline void queued_now(struct queued *q)
{
	q->ns = bpf_ktime_get_ns();
}

#include "request.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct hist_key);
	__type(value, struct hist);
} hists SEC(".maps");

SEC("raw_tp/block_rq_issue")
int issue(__u64 *ctx)
{
	struct request *rq = (void *)ctx[0];
	struct flight new = { bpf_ktime_get_ns() };

	if (cfg.requests.queue_first)
		rq = (void *)ctx[1];
	request_issued(rq, &new);
	return 0;
}

SEC("raw_tp/block_rq_complete")
int complete(__u64 *ctx)
{
	struct request *rq = (void *)ctx[0];
	struct hist_key key = {};
	struct flight *f;
	__u64 now, from, bytes;

	/* Loaded as a whole: kernels up to 6.1 refuse a part of the context. */
	bytes = ctx[2];
	keep(bytes);
	f = request_done(rq, bytes);
	if (!f)
		return 0;
	now = bpf_ktime_get_ns();
	/* What did not pass the queue began with its issue. */
	from = cfg.queued && f->queued.ns ? f->queued.ns : f->issued;
	if (now < from) {
		lose(LOST_TIME);
	} else {
		if (cfg.per_disk)
			key.disk = disk_number(disk_of(rq));
		if (cfg.flag_mask)
			key.flags = BPF_CORE_READ(rq, cmd_flags) & cfg.flag_mask;
		hist_add(&hists, &key, now - from, cfg.per_unit);
	}
	flight_end(rq, f);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
