/* BPF objects: open, choose among programs, load, attach. Everything here ends the program with the
 * likely reason when it fails, so tools need not look. */
#pragma once
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>
#include "btf.h"

/* The skeleton of tool NAME (a word, not a string). Of its optional programs (SEC("?...")) those
 * are switched on whose target this kernel has; of an ENTRY() or RETURN() pair, the one it can
 * attach. */
#define bpf_open(name) ({						\
	struct name##_bpf *skel_;					\
	bpf_prepare();							\
	skel_ = name##_bpf__open();					\
	bpf_opened(skel_ ? skel_->skeleton : NULL);			\
	skel_; })

/* Loads and attaches; from here on the run counts. What the tool attaches itself, to targets that
 * no section can name, comes before, after bpf_load(). */
#define bpf_start(skel) bpf_start_skeleton((skel)->skeleton)
#define bpf_load(skel) bpf_load_skeleton((skel)->skeleton)

/* Keeps a link that the tool has made until the run is over. NULL, with errno set, ends the
 * program: it could not be attached to TARGET. */
void bpf_keep_link(struct bpf_link *, const char *target);

/* Whether a program is switched on, and how to switch one off. Optional ones are looked for when
 * this is asked, or at the start; one that is dropped before that costs nothing. */
bool bpf_has(struct bpf_program *);
void bpf_drop(struct bpf_program *, bool drop);

/* Before bpf_start(): traces a kernel function that is known only now. NAME stands for the optional
 * programs NAME_fentry and NAME_fexit, and NAME_kprobe and NAME_kretprobe, in sections without a
 * target; of these two pairs the one is switched on that can be attached to FUNC, which may be in
 * MODULE (NULL: in none). False if it cannot be traced: bpf_refused() says why. */
bool bpf_trace_func(struct bpf_object *, const char *name, const char *func, const char *module);
const char *bpf_refused(void);

/* Whether this kernel lets functions be traced at all. */
bool bpf_traces_funcs(void);

/* Whether this program, on a classic tracepoint, has to take the place of one on the raw
 * tracepoint, and can; why, stands in bpf/syscall.bpf.h. */
bool bpf_unpreempted(const struct bpf_program *);

/* Before bpf_open(): where tasks are preempted in the kernel, also in the middle of a fentry or
 * fexit program, that program is skipped for other tasks of the CPU meanwhile. Then kprobes are
 * preferred, which are not preempted. Not for functions in which tasks sleep: kretprobes see only
 * some of them at a time. */
void bpf_prefer_unpreempted(void);

/* Before bpf_start(): how many entries a map has, and whether it is made at all. */
void bpf_resize(struct bpf_map *, uint32_t entries);
void bpf_leave_out(struct bpf_map *, bool leave_out);

/* Before bpf_start(): the ring buffer of event.bpf.h gets BYTES, rounded up to what the kernel
 * accepts; 0: 64 pages for each CPU, half a megabyte at most. */
#define bpf_ring_size(skel, bytes) bpf_resize((skel)->maps.events, bpf_ring_bytes(bytes))
uint32_t bpf_ring_bytes(uint64_t bytes);

/* Before bpf_start(): what a map shall contain when the programs are attached. KEY and VALUE are
 * copied. */
void bpf_preset(struct bpf_map *, const void *key, size_t key_size, const void *value,
		size_t value_size);

/* All entries of a hash map, in no order: returns how many, and arrays of their keys and values,
 * which the caller owns. */
size_t bpf_entries(struct bpf_map *, void *keys, void *values);

/* Events in their order until the run is over, after the header. FN gets each; it is valid only
 * during the call. */
#define bpf_events(skel, fn) bpf_read_events((skel)->maps.events, fn)
int bpf_read_events(struct bpf_map *ring, void (*fn)(const void *event));

/* Before bpf_events(): FN is called between its batches, five times a second at least, and with END
 * at the end of the run, when what the tool has attached itself has to fall silent. */
void bpf_between(void (*fn)(bool end));

/* Says what was lost since the last call, at most once a second unless FORCE. */
void bpf_report_lost(bool force);

/* How many were lost so far for this reason of lost.h. */
unsigned long long bpf_lost(uint32_t reason);

/* Ends a run: reports what was lost, statistics with --stats, JSON's last line. */
void bpf_finish(void);

/* For generated code: finds the object's bytes in packed_objects. */
int packed_open_skeleton(struct bpf_object_skeleton *, const struct bpf_object_open_opts *);

/* The I-th program of a skeleton. Its entries are as large as the skeleton says, which with a newer
 * bpftool may differ from what the header says. */
static inline struct bpf_prog_skeleton *
bpf_skeleton_prog(const struct bpf_object_skeleton *s, int i)
{
	return (struct bpf_prog_skeleton *)((char *)s->progs + i * s->prog_skel_sz);
}

/* For the macros above. */
void bpf_prepare(void);
void bpf_opened(struct bpf_object_skeleton *);
void bpf_load_skeleton(struct bpf_object_skeleton *);
void bpf_start_skeleton(struct bpf_object_skeleton *);
void bpf_detach(struct bpf_object_skeleton *);
