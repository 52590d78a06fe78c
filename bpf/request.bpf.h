/* Block I/O requests on their way: queued, issued, completed.
 *
 * Before it includes this, a tool defines cfg with the members requests and containers, and what it
 * remembers of a request:
 *
 *   struct queued { __u64 ns; ... };       from its queueing; ns: when, never 0
 *   struct flight { __u64 issued; struct queued queued; ... };
 *   queued_now(struct queued *)            fills it, in the task that wants the I/O
 *
 * Its own programs are on block_rq_issue, for request_issued(), and on block_rq_complete. */
#pragma once
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "cgroup.bpf.h"
#include "disk.bpf.h"
#include "keep.bpf.h"
#include "lost.bpf.h"
#include "request.h"

/* Bios that may have been put before the one that a request was made for. */
#define FRONT_MERGES 16

/* The same on all kernels, as the lowest byte of cmd_flags. */
#define OP_FLUSH 2
#define OP_COMMANDS 32                  /* and above: of drivers and of programs (SG_IO) */

/* Requests are allocated once for all, so the same pointers come back: with cfg.requests.reuse an
 * entry stays, and a store does what would take an insertion and a deletion, half of the cost of
 * all this. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct request *);
	__type(value, struct flight);   /* issued is 0 while the driver has it not */
} flights SEC(".maps");

/* What the bios were queued for that no request is known of yet. They come back as well; those that
 * do not are the least recently used ones. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct bio *);
	__type(value, struct queued);
} bios SEC(".maps");

/* F is what a lookup has found, or NULL. */
static __always_inline void flight_store(struct request *rq, struct flight *f,
					 const struct flight *new)
{
	if (f)
		*f = *new;
	else if (bpf_map_update_elem(&flights, &rq, new, BPF_ANY))
		lose(LOST_MAP);
}

/* Whether it is data that has flushes before or after it. */
static __always_inline bool has_flushes(struct request *rq)
{
	return (BPF_CORE_READ(rq, rq_flags) >> (cfg.requests.flushes_bit & 31) & 1) &&
	       (__u8)BPF_CORE_READ(rq, cmd_flags) != OP_FLUSH;
}

/* The same F. */
static __always_inline void flight_end(struct request *rq, struct flight *f)
{
	if (!f)
		return;
	/* A flush after the data still asks for it; then the end of it all comes here again. */
	if (cfg.requests.reuse || has_flushes(rq))
		f->issued = 0;
	else
		bpf_map_delete_elem(&flights, &rq);
}

/* Queueing: still in the task that wants the I/O, so this is the place to ask for its cgroup. */
SEC("?raw_tp/block_io_start")
int io_start(__u64 *ctx)
{
	struct request *rq = (void *)ctx[0];
	struct flight new = {};

	if (cfg.containers.by_cgroup && !in_cgroup()) {
		/* It may have belonged to somebody else before. */
		bpf_map_delete_elem(&flights, &rq);
		return 0;
	}
	queued_now(&new.queued);
	flight_store(rq, bpf_map_lookup_elem(&flights, &rq), &new);
	return 0;
}

/* The same before 6.5: the request is not known yet, but the bio that it is made for.
 *
 * Not ctx[cfg.requests.bios_before]: the verifiers of 5.10 to 6.12 refuse a computed offset into
 * the context. */
SEC("?raw_tp/block_getrq")
int getrq(__u64 *ctx)
{
	struct bio *bio = (void *)ctx[0];
	struct queued new = {}, *q;

	if (cfg.requests.bios_before)
		bio = (void *)ctx[1];
	if (cfg.containers.by_cgroup && !in_cgroup()) {
		bpf_map_delete_elem(&bios, &bio);
		return 0;
	}
	queued_now(&new);
	q = bpf_map_lookup_elem(&bios, &bio);
	if (q)
		*q = new;
	else
		bpf_map_update_elem(&bios, &bio, &new, BPF_ANY);
	return 0;
}

/* A bio that comes before the one that the request was made for is nobody's: what is known of it is
 * of a time before. */
SEC("?raw_tp/block_bio_frontmerge")
int frontmerge(__u64 *ctx)
{
	struct bio *bio = (void *)ctx[0];

	if (cfg.requests.bios_before)
		bio = (void *)ctx[2];
	bpf_map_delete_elem(&bios, &bio);
	return 0;
}

/* The request that a flush is sent for: it lends its tag. That of a flush which was queued as such
 * is its own. */
static __always_inline struct request *flush_origin(struct request *rq)
{
	struct blk_mq_hw_ctx *hctx = BPF_CORE_READ(rq, mq_hctx);
	int tag = BPF_CORE_READ(rq, internal_tag);
	struct request **all, *origin = rq;
	struct blk_mq_tags *tags;

	/* With an I/O scheduler it is the scheduler's. */
	if (tag >= 0) {
		tags = BPF_CORE_READ(hctx, sched_tags);
	} else {
		tags = BPF_CORE_READ(hctx, tags);
		tag = BPF_CORE_READ(rq, tag);
	}
	if ((__u32)tag >= BPF_CORE_READ(tags, nr_tags))
		return rq;
	all = BPF_CORE_READ(tags, static_rqs);
	bpf_probe_read_kernel(&origin, sizeof(origin), &all[tag]);
	return origin;
}

/* ORIGIN is RQ itself or what that is sent for. */
static __always_inline bool request_wanted(struct request *rq, struct request *origin)
{
	struct gendisk *disk = disk_of(rq);

	if (!disk)
		return false;
	return !cfg.requests.disk || disk_number(disk) == cfg.requests.disk ||
	       disk_part(origin) == cfg.requests.disk;
}

/* What is known from the queueing of a request whose flight is F; NULL if nothing is. */
static __always_inline struct queued *queued_of(struct request *rq, struct flight *f, __u8 op)
{
	struct queued *q = NULL;
	struct bio *bio;
	int i;

	if (!cfg.requests.join_bio)
		return f && f->queued.ns ? &f->queued : NULL;
	/* What programs and drivers send to a disk themselves does not pass block_getrq. */
	if (op >= OP_COMMANDS)
		return NULL;
	/* Requests that take flushes have one bio, which is known here until they end. */
	bio = op == OP_FLUSH ? BPF_CORE_READ(rq, biotail) : BPF_CORE_READ(rq, bio);
	for (i = 0; i < FRONT_MERGES && bio && !q; i++) {
		q = bpf_map_lookup_elem(&bios, &bio);
		bio = BPF_CORE_READ(bio, bi_next);
	}
	return q;
}

/* The driver gets a request: stores NEW, whose issued is set and whose queued is not. False if it
 * is not one that is traced. */
static __always_inline bool request_issued(struct request *rq, struct flight *new)
{
	struct flight *f = bpf_map_lookup_elem(&flights, &rq), *first = f;
	struct request *origin = rq;
	struct queued *q = NULL;
	__u8 op = 0;

	if (cfg.requests.queueing || cfg.requests.disk)
		op = BPF_CORE_READ(rq, cmd_flags);
	if (op == OP_FLUSH) {
		origin = flush_origin(rq);
		first = bpf_map_lookup_elem(&flights, &origin);
	}
	if (!request_wanted(rq, origin)) {
		flight_end(rq, f);
		return false;
	}
	if (cfg.requests.queueing) {
		/* If the driver had it before and gave it back, this is known. */
		q = f && f->issued ? &f->queued : queued_of(origin, first, op);
		if (q) {
			new->queued = *q;
		} else if (cfg.containers.by_cgroup) {
			flight_end(rq, f);
			return false;
		}
	}
	flight_store(rq, f, new);
	return true;
}

/* A request that is merged into another one ends here. */
SEC("?raw_tp/block_rq_merge")
int merge(__u64 *ctx)
{
	struct request *rq = (void *)ctx[0];

	/* Not "? :", as above. */
	if (cfg.requests.queue_first)
		rq = (void *)ctx[1];
	flight_end(rq, bpf_map_lookup_elem(&flights, &rq));
	return 0;
}

/* What BYTES of a request have completed: the flight of one that is done with it, else NULL. */
static __always_inline struct flight *request_done(struct request *rq, __u32 bytes)
{
	struct flight *f = bpf_map_lookup_elem(&flights, &rq);

	if (!f)
		return NULL;
	/* The driver never had it: it was queued for a flush only. */
	if (!f->issued) {
		flight_end(rq, f);
		return NULL;
	}
	/* A part of it; the rest comes later. */
	return bytes < BPF_CORE_READ(rq, __data_len) ? NULL : f;
}
