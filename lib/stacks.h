/* Stacks from bpf/stack.bpf.h: collects them, finds the names of their frames, prints them as bcc's
 * tools do, folded for flame graphs, or as JSON. */
#pragma once
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>
#include "stack.h"

/* Before bpf_start(): room for COUNT different stacks. */
#define stacks_init(skel, count) bpf_resize((skel)->maps.stacks, count)

/* What bpf_events() shall call for each record: keeps the stack. The names of a process's frames
 * are looked up now, because later it may be gone; those of the kernel's when they are printed. */
void stack_received(const void *stack);

/* How the next ones are printed. */
extern struct stack_style {
	bool folded;                    /* comm;user;kernel COUNT in a line, outermost first */
	bool delimited;                 /* something between the two parts, if both are there */
	bool annotated;                 /* folded: _[k] behind the names of the kernel */
	bool located;                   /* text: +0xOFFSET [MODULE] behind names */
	bool addresses;                 /* text: before names */
	bool no_kernel, no_user;        /* were not asked for */
} stack_style;

/* One line of a report: a value for two stacks. */
struct stack_entry {
	uint64_t kernel, user;          /* numbers of stacks */
	uint32_t pid;
	const char *comm;
	uint64_t value;
};

void stack_print(const struct stack_entry *);

/* Adds it to a flame graph (flame.h) instead. */
void stack_draw(const struct stack_entry *);

/* The frames that an event brings itself, up to a zero or N of them, behind its row: for
 * row_with(). KEY is what they are called in JSON. */
void stack_frames(const char *key, uint32_t pid, const __u64 *addrs, int n);

/* Stacks that could not be shown so far: no room for them, or they never arrived. */
extern struct stacks_missed { unsigned long long no_room, not_received; } stacks_missed;

/* At the end: says on stderr, in bcc's words, how many that were, if any. */
void stacks_warn(void);
