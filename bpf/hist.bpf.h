/* Adds to the histograms in a hash map of struct hist. */
#pragma once
#include <bpf/bpf_helpers.h>
#include "hist.h"
#include "keep.bpf.h"
#include "lost.bpf.h"

/* floor(log2(v)), 0 for 0. */
static __always_inline __u32 log2_u64(__u64 v)
{
	__u32 r, shift, w = v >> 32;

	r = w ? 32 : 0;
	w = w ? w : (__u32)v;
	shift = (w > 0xffff) << 4; w >>= shift; r |= shift;
	shift = (w > 0xff) << 3; w >>= shift; r |= shift;
	shift = (w > 0xf) << 2; w >>= shift; r |= shift;
	shift = (w > 0x3) << 1; w >>= shift; r |= shift;
	return r | (w >> 1);
}

static const struct hist hist_empty;

/* Counts VALUE, of which one histogram unit has PER_UNIT, under KEY. */
static __always_inline void hist_add(void *map, const void *key, __u64 value, __u64 per_unit)
{
	struct hist *h = bpf_map_lookup_elem(map, key);
	__u32 slot;

	if (!h) {
		/* Another CPU may have made it meanwhile, so the result is not looked at. */
		bpf_map_update_elem(map, key, &hist_empty, BPF_NOEXIST);
		h = bpf_map_lookup_elem(map, key);
		if (!h) {
			lose(LOST_MAP);
			return;
		}
	}
	slot = log2_u64(value / per_unit);
	keep(slot);
	__sync_fetch_and_add(&h->slots[slot & (HIST_SLOTS - 1)], 1);
	__sync_fetch_and_add(&h->sum, value);
}
