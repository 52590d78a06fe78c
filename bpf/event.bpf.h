/* Records on their way to the reader. They share one ring buffer, called "events".
 *
 * A wake-up of the reader costs thirty times what a record does, so only one in a while wakes: when
 * the last one is WAKE_NS ago, or when the ring is filling up. The reader looks again by itself for
 * longer than WAKE_NS after the last record that it found (lib/stream.c), so none waits unseen. */
#pragma once
#include <bpf/bpf_helpers.h>
#include "lost.bpf.h"

#define WAKE_NS 4000000

/* The library gives it its size before it is loaded. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

__u64 last_wake;

/* How to submit a record, given that a wake-up each EVERY_NS is enough. */
static __always_inline __u64 event_wake_every(__u64 now, __u64 every_ns)
{
	/* Two CPUs may both wake; that costs a wake-up and is right all the same. */
	if (now - last_wake > every_ns ||
	    bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >
		    bpf_ringbuf_query(&events, BPF_RB_RING_SIZE) / 4) {
		last_wake = now;
		return BPF_RB_FORCE_WAKEUP;
	}
	return BPF_RB_NO_WAKEUP;
}

static __always_inline __u64 event_wake(__u64 now)
{
	return event_wake_every(now, WAKE_NS);
}

/* Room for SIZE bytes, a constant; NULL when there is none, which is counted. */
static __always_inline void *event_new(__u64 size)
{
	void *e = bpf_ringbuf_reserve(&events, size, 0);

	if (!e)
		lose(LOST_RING);
	return e;
}

/* Sends what event_new() gave; NOW is the time in ns that is in the event. */
static __always_inline void event_send(void *e, __u64 now)
{
	bpf_ringbuf_submit(e, event_wake(now));
}

/* Sends the first SIZE bytes at E. */
static __always_inline void event_output(void *e, __u64 size, __u64 now)
{
	if (bpf_ringbuf_output(&events, e, size, event_wake(now)))
		lose(LOST_RING);
}
