/* Stacks. Maps have only their numbers, made from what is in them; each stack itself is sent once,
 * through the ring buffer, when it is new. Against BPF_MAP_TYPE_STACK_TRACE, where two stacks of
 * one hash slot exclude each other, none is lost, a stack takes 64 bytes of kernel memory instead
 * of 1,080, and the reader can find the names while the process still lives. */
#pragma once
#include <bpf/bpf_helpers.h>
#include "event.bpf.h"
#include "keep.bpf.h"
#include "stack.h"

/* Nobody waits for a stack to be printed, but the process that it is of may soon be gone. */
#define STACK_WAKE_NS 20000000

/* Numbers of the stacks that were sent; stacks_init() in lib/stacks.h gives it its size. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u32);
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack);
} stack_scratch SEC(".maps");

/* The number of the current stack, down to DEPTH frames. FLAGS is 0 for the kernel's; of
 * BPF_F_USER_STACK, PID says whose it is. */
static __always_inline __u64 stack_id(void *ctx, __u64 flags, __u32 pid, __u32 depth)
{
	__u64 h = pid + 0x9e3779b97f4a7c15ULL, size;
	struct stack *s;
	__u32 i, n, zero = 0, yes = 1;
	long bytes;

	s = bpf_map_lookup_elem(&stack_scratch, &zero);
	if (!s)
		return STACK_NONE;
	bytes = bpf_get_stack(ctx, s->ips, sizeof(s->ips), flags);
	if (bytes <= 0)
		return STACK_NONE;
	n = (__u64)bytes / 8;
	if (n > depth)
		n = depth;
	for (i = 0; i < STACK_DEPTH && i < n; i++) {
		h = (h ^ s->ips[i]) * 0xff51afd7ed558ccdULL;
		h ^= h >> 32;
	}
	if (h <= STACK_LOST)
		h += 2;
	if (bpf_map_lookup_elem(&stacks, &h))
		return h;
	if (bpf_map_update_elem(&stacks, &h, &yes, BPF_ANY))
		return STACK_LOST;
	s->id = h;
	s->pid = pid;
	s->depth = n;
	size = n * 8;
	keep(size);
	if (size > sizeof(s->ips))
		size = sizeof(s->ips);
	size += __builtin_offsetof(struct stack, ips);
	/* No room now: the next one of this kind tries again. */
	if (bpf_ringbuf_output(&events, s, size,
			       event_wake_every(bpf_ktime_get_ns(), STACK_WAKE_NS)))
		bpf_map_delete_elem(&stacks, &h);
	return h;
}
