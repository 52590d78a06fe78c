/* What flows from the kernel side, and the account of what did not; the parts that lib/bpf.c
 * needs. */
#pragma once
#include <bpf/libbpf.h>

/* The object is loaded: finds its counters of losses, switches on run statistics with --stats. */
void stream_init(struct bpf_object_skeleton *);

/* Its programs are attached: tells the reader and those who wait for it. */
void stream_began(void);
