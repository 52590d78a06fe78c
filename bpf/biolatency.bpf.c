// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "biolatency.h"
#include "cgroup.bpf.h"
#include "disk.bpf.h"
#include "hist.bpf.h"
#include "keep.bpf.h"
#include "lost.bpf.h"

/* Bios that may have been put before the one that a request was made for. */
#define FRONT_MERGES 16

const volatile struct config cfg;

/* A request from its queueing or issue to its completion. Requests are allocated once for all, so
 * the same pointers come back: with cfg.reuse an entry stays, and a store does what would take an
 * insertion and a deletion, half of the cost of all this. */
struct flight {
	__u64 ns;                       /* when it began; 0: it is not under way */
	__u64 issued;                   /* the others are not known to be wanted */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct request *);
	__type(value, struct flight);
} flights SEC(".maps");

/* The same for a bio until its request is issued. Least recently used ones go: a bio that is merged
 * into an older request never gets that far. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct bio *);
	__type(value, __u64);
} bios SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct hist_key);
	__type(value, struct hist);
} hists SEC(".maps");

static __always_inline bool wanted(struct request *rq)
{
	struct gendisk *disk = disk_of(rq);

	if (!disk)
		return false;
	return !cfg.disk || disk_number(disk) == cfg.disk || disk_part(rq) == cfg.disk;
}

static __always_inline void begin(struct request *rq, __u64 ns, bool issued)
{
	struct flight *f = bpf_map_lookup_elem(&flights, &rq), new = { ns, issued };

	if (f)
		*f = new;
	else if (bpf_map_update_elem(&flights, &rq, &new, BPF_ANY))
		lose(LOST_MAP);
}

/* F is what a lookup has found, or NULL. */
static __always_inline void finish(struct request *rq, struct flight *f)
{
	if (!cfg.reuse)
		bpf_map_delete_elem(&flights, &rq);
	else if (f)
		f->ns = 0;
}

/* Queueing: still in the task that wants the I/O, so this is the place to ask for its cgroup. */
SEC("?raw_tp/block_io_start")
int io_start(__u64 *ctx)
{
	if (!cfg.containers.by_cgroup || in_cgroup())
		begin((void *)ctx[0], bpf_ktime_get_ns(), false);
	return 0;
}

/* The same before 6.5: the request is not known yet, but the bio that it is made for.
 *
 * Not "cfg.bio_second ? ctx[1] : ctx[0]": that becomes a computed offset into the context, which
 * the verifiers of 5.10 to 6.12 refuse. */
SEC("?raw_tp/block_getrq")
int getrq(__u64 *ctx)
{
	struct bio *bio = (void *)ctx[0];
	__u64 ns = bpf_ktime_get_ns();

	if (cfg.bio_second)
		bio = (void *)ctx[1];
	if (!cfg.containers.by_cgroup || in_cgroup())
		bpf_map_update_elem(&bios, &bio, &ns, BPF_ANY);
	return 0;
}

/* When the request of these bios was queued. Those that were merged in front of the first one have
 * no time of their own. */
static __always_inline __u64 queued_at(struct bio *bio)
{
	__u64 *ns, when;
	int i;

	for (i = 0; i < FRONT_MERGES && bio; i++) {
		ns = bpf_map_lookup_elem(&bios, &bio);
		if (ns) {
			when = *ns;
			bpf_map_delete_elem(&bios, &bio);
			return when;
		}
		bio = BPF_CORE_READ(bio, bi_next);
	}
	return 0;
}

/* A request that is merged into another one ends here. */
SEC("?raw_tp/block_rq_merge")
int merge(__u64 *ctx)
{
	struct request *rq = (void *)ctx[0];

	/* Not "? :", as above. */
	if (cfg.queue_first)
		rq = (void *)ctx[1];
	finish(rq, bpf_map_lookup_elem(&flights, &rq));
	return 0;
}

SEC("raw_tp/block_rq_issue")
int issue(__u64 *ctx)
{
	struct request *rq = (void *)ctx[0];
	__u64 now, queued = 0;
	struct flight *f;

	if (cfg.queue_first)
		rq = (void *)ctx[1];
	if (!wanted(rq)) {
		finish(rq, bpf_map_lookup_elem(&flights, &rq));
		return 0;
	}
	now = bpf_ktime_get_ns();
	if (cfg.queued || cfg.containers.by_cgroup) {
		f = bpf_map_lookup_elem(&flights, &rq);
		if (f && f->ns) {
			if (!cfg.queued)
				f->ns = now;
			f->issued = true;
			return 0;
		}
		if (cfg.join_bio)
			queued = queued_at(BPF_CORE_READ(rq, bio));
		if (!queued && cfg.containers.by_cgroup)
			return 0;
	}
	/* With cfg.queued, what did not pass the queue starts here. */
	begin(rq, cfg.queued && queued ? queued : now, true);
	return 0;
}

SEC("raw_tp/block_rq_complete")
int complete(__u64 *ctx)
{
	struct request *rq = (void *)ctx[0];
	struct flight *f = bpf_map_lookup_elem(&flights, &rq);
	struct hist_key key = {};
	__u64 now, bytes;

	if (!f || !f->ns || !f->issued)
		return 0;
	/* A part of it; the rest comes later. Loaded as a whole: kernels up to 6.1 refuse a part of
	 * the context. */
	bytes = ctx[2];
	keep(bytes);
	if ((__u32)bytes < BPF_CORE_READ(rq, __data_len))
		return 0;
	now = bpf_ktime_get_ns();
	if (now < f->ns) {
		lose(LOST_TIME);
	} else {
		if (cfg.per_disk)
			key.disk = disk_number(disk_of(rq));
		if (cfg.flag_mask)
			key.flags = BPF_CORE_READ(rq, cmd_flags) & cfg.flag_mask;
		hist_add(&hists, &key, now - f->ns, cfg.per_unit);
	}
	finish(rq, f);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
