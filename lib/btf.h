/* Questions to the kernel's BTF. It is parsed once, on the first question. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Where the kernel describes its types. */
#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

/* Whether there is any to ask. */
bool btf_known(void);

/* Whether it is the kernel that brings it, so that tp_btf programs can be used; without looking
 * inside. */
bool btf_at_hand(void);

/* Whether raw tracepoints run their programs preemptibly here; see bpf/syscall.bpf.h. Quick: it
 * only looks for a name, without parsing. */
bool raw_tp_preemptible(void);

/* Arguments of a raw tracepoint, -1 if this kernel has none of that name. */
int tp_nargs(const char *tracepoint);

/* BTF id of a kernel function outside modules, -1 if there is none. */
int func_id(const char *name);

/* Arguments of such a function, -1 if there is none. */
int func_nargs(const char *name);

/* Whether a module that is loaded describes this function of its own; before 5.11 none does. */
bool module_has_func(const char *module, const char *name);

bool has_field(const char *struct_name, const char *field);

/* The value of an enumerator: false if this kernel has no such one. Without ENUM_NAME in all enums
 * that have no name, which takes a millisecond or two. */
bool enum_value(const char *enum_name, const char *name, uint32_t *value);

/* The name of a value, NULL if it has none; valid until btf_done(). */
const char *enum_name(const char *enum_name, uint32_t value);

/* Frees the parsed BTF; the next question parses it again. libbpf reads its own copy when it loads
 * programs, and the two need not be in memory at the same time. */
void btf_done(void);
