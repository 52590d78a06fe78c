/* A function's result together with its first argument: a fexit program has both, while a
 * kretprobe needs a kprobe that keeps the argument for it.
 *
 *   RESULT(tcp_v4_connect, 3, struct sock *sk, long ret)  { ... }  with the count of arguments
 *
 * The map "calls" is for the kprobes only; a tool leaves it out when they are off. */
#pragma once
#include "lost.bpf.h"
#include "probe.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u64);
} calls SEC(".maps");

/* One function may call another that is traced too, so WHICH is part of the key. */
static __always_inline __u64 call_key(__u32 which)
{
	return bpf_get_current_pid_tgid() << 32 | which;
}

static __always_inline int call_begin(__u32 which, __u64 arg)
{
	__u64 key = call_key(which);

	if (bpf_map_update_elem(&calls, &key, &arg, BPF_ANY))
		lose(LOST_MAP);
	return 0;
}

static __always_inline __u64 call_end(__u32 which)
{
	__u64 key = call_key(which), *kept = bpf_map_lookup_elem(&calls, &key), arg;

	if (!kept)
		return 0;
	arg = *kept;
	bpf_map_delete_elem(&calls, &key);
	return arg;
}

#define RESULT(fn, nargs, arg, ret)					\
static __always_inline int fn##__result(void *ctx, arg, ret);		\
PROBE_CASTS_BEGIN							\
SEC("?fexit/" #fn) int fn##_fexit(unsigned long long *ctx)		\
{									\
	return fn##__result(ctx, (void *)ctx[0], (void *)ctx[nargs]);	\
}									\
SEC("?kprobe/" #fn) int fn##_kprobe(struct pt_regs *ctx)		\
{									\
	return call_begin(__LINE__, PT_REGS_PARM1(ctx));		\
}									\
SEC("?kretprobe/" #fn) int fn##_kretprobe(struct pt_regs *ctx)		\
{									\
	__u64 first = call_end(__LINE__);				\
									\
	return first ? fn##__result(ctx, (void *)first, (void *)PT_REGS_RC(ctx)) : 0; \
}									\
PROBE_CASTS_END								\
static __always_inline int fn##__result(void *ctx, arg, ret)
