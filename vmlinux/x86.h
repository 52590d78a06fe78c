/* Kernel types of x86_64 alone; included by vmlinux.h. */
#pragma once

struct thread_info {
	__u32 status;
};

#pragma clang attribute pop

/* Layout fixed by the kernel's user ABI (asm/ptrace.h), hence no relocation. */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax, ip, cs, flags, sp, ss;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
