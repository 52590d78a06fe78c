/* One body for both ways to trace a kernel function. The library switches on the fentry or the
 * kprobe program of each pair, whichever this kernel can attach.
 *
 *   ENTRY(vfs_read, struct file *file)     { ... }      with the first arguments that it needs
 *   RETURN(vfs_read, 4, long ret)          { ... }      with the function's argument count
 *
 * Read through pointers with BPF_CORE_READ(): only fentry could follow them directly. */
#pragma once
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* The macros of bpf_tracing.h turn every argument into the type that the body names. */
#define PROBE_CASTS_BEGIN						\
	_Pragma("GCC diagnostic push")					\
	_Pragma("GCC diagnostic ignored \"-Wint-conversion\"")
#define PROBE_CASTS_END _Pragma("GCC diagnostic pop")

#define ENTRY(fn, args...)						\
static __always_inline int fn##__entry(void *ctx, ##args);		\
PROBE_CASTS_BEGIN							\
SEC("?fentry/" #fn) int fn##_fentry(unsigned long long *ctx)		\
{									\
	return fn##__entry(___bpf_ctx_cast(args));			\
}									\
SEC("?kprobe/" #fn) int fn##_kprobe(struct pt_regs *ctx)		\
{									\
	return fn##__entry(___bpf_kprobe_args(args));			\
}									\
PROBE_CASTS_END								\
static __always_inline int fn##__entry(void *ctx, ##args)

#define RETURN(fn, nargs, ret)						\
static __always_inline int fn##__return(void *ctx, ret);		\
PROBE_CASTS_BEGIN							\
SEC("?fexit/" #fn) int fn##_fexit(unsigned long long *ctx)		\
{									\
	return fn##__return(ctx, (void *)ctx[nargs]);			\
}									\
SEC("?kretprobe/" #fn) int fn##_kretprobe(struct pt_regs *ctx)		\
{									\
	return fn##__return(ctx, (void *)PT_REGS_RC(ctx));		\
}									\
PROBE_CASTS_END								\
static __always_inline int fn##__return(void *ctx, ret)
