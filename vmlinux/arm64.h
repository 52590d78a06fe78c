/* Kernel types of arm64 alone; included by vmlinux.h. */
#pragma once

struct thread_info {
	unsigned long flags;
};

struct pt_regs {
	__u64 orig_x0;
	__s32 syscallno;
};

#pragma clang attribute pop

/* The head of struct pt_regs; layout fixed by the kernel's user ABI (asm/ptrace.h). */
struct user_pt_regs {
	__u64 regs[31], sp, pc, pstate;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
