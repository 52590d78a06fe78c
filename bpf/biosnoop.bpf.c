// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "biosnoop.h"
#include "event.bpf.h"

const volatile struct config cfg;

struct queued {
	__u64 ns;
	__u32 pid;
	char comm[16];
};

struct flight {
	__u64 issued, sector;
	__u32 bytes;
	struct queued queued;
};

static __always_inline void queued_now(struct queued *q)
{
	q->ns = bpf_ktime_get_ns();
	q->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(q->comm, sizeof(q->comm));
}

#include "request.bpf.h"

SEC("raw_tp/block_rq_issue")
int issue(__u64 *ctx)
{
	struct request *rq = (void *)ctx[0];
	struct flight new = {};

	if (cfg.requests.queue_first)
		rq = (void *)ctx[1];
	/* Now: at the end only what is left of them may be in the request. */
	new.sector = BPF_CORE_READ(rq, __sector);
	new.bytes = BPF_CORE_READ(rq, __data_len);
	new.issued = bpf_ktime_get_ns();
	request_issued(rq, &new);
	return 0;
}

static __always_inline void send(struct request *rq, const struct flight *f, __u64 now)
{
	struct event *e = event_new(sizeof(*e));

	if (!e)
		return;
	e->ns = now;
	e->queue_ns = f->issued - f->queued.ns;
	e->lat_ns = now - f->issued;
	e->sector = f->sector;
	e->bytes = f->bytes;
	e->disk = disk_number(disk_of(rq));
	e->flags = BPF_CORE_READ(rq, cmd_flags);
	e->pid = f->queued.pid;
	__builtin_memcpy(e->comm, f->queued.comm, sizeof(e->comm));
	event_send(e, now);
}

SEC("raw_tp/block_rq_complete")
int complete(__u64 *ctx)
{
	struct request *rq = (void *)ctx[0];
	struct flight *f;
	__u64 now, bytes;

	/* Loaded as a whole: kernels up to 6.1 refuse a part of the context. */
	bytes = ctx[2];
	keep(bytes);
	f = request_done(rq, bytes);
	if (!f)
		return 0;
	now = bpf_ktime_get_ns();
	if (now < f->issued)
		lose(LOST_TIME);
	else if (now - f->issued >= cfg.min_ns && f->queued.pid != cfg.self)
		send(rq, f, now);
	flight_end(rq, f);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
