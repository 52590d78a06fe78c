/* Who finds pages in the page cache, and who has to wait for the disk.
 *
 * An access is a page that a read takes data from, or a page fault on a mapped file. It is a miss
 * if the page has come into the cache by reading since its last access, and a hit otherwise. So
 * each page that was read from the disk and then used is one miss, also when readahead had brought
 * it before anybody asked.
 *
 * The including file has cfg.page_shift and pages_add(kind, pages); see pagecache.h. */
#pragma once
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "lost.bpf.h"
#include "pagecache.h"
#include "path.bpf.h"
#include "probe.bpf.h"
#include "syscall.bpf.h"

#define WORDS 8
#define BLOCK_PAGES (WORDS * 64)

/* The kernel gets pages ready in batches of at most 31 folios of 512 pages each. */
#define AHEAD_BLOCKS 32
#define AHEAD_PAGES ((AHEAD_BLOCKS - 1) * BLOCK_PAGES)

/* What a system call can read at most: 2 GB. */
#define CALL_BLOCKS 1025

#define TMPFS_MAGIC 0x01021994

/* Which pages of a file have come in and were not accessed yet: those whose bits differ. Only who
 * brings pages in writes the one word, only who accesses them the other: there are no atomic
 * operations on bits before 5.12. */
struct block {
	__u64 in[WORDS], out[WORDS];
};

struct block_key {
	__u64 mapping;                  /* address of the file's struct address_space */
	__u64 number;                   /* of the block in the file */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct block_key);
	__type(value, struct block);
} blocks SEC(".maps");

static const struct block empty_block;

static __always_inline __u32 ones(__u64 v)
{
	v -= v >> 1 & 0x5555555555555555;
	v = (v & 0x3333333333333333) + (v >> 2 & 0x3333333333333333);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return v * 0x0101010101010101 >> 56;
}

/* Bits FIRST to LAST of those that word I has of a block's. */
static __always_inline __u64 word_mask(__u32 i, __u32 first, __u32 last)
{
	__u64 mask = ~0ULL;

	if (first >= (i + 1) * 64 || last < i * 64)
		return 0;
	if (first > i * 64)
		mask <<= first & 63;
	if (last < i * 64 + 63)
		mask &= ~0ULL >> (63 - (last & 63));
	return mask;
}

/* Marks pages FIRST to LAST of one block as come in, or, without COME_IN, as accessed; how many of
 * them were so for the first time. Global, so that the verifier looks at it once. */
__noinline __u32 mark_block(__u64 mapping, __u64 first, __u64 last, __u32 come_in)
{
	struct block_key key = { mapping, first / BLOCK_PAGES };
	struct block *b = bpf_map_lookup_elem(&blocks, &key);
	__u32 i, n = 0, low = first % BLOCK_PAGES, high = last % BLOCK_PAGES;
	__u64 in, out, mask;

	if (!b) {
		if (!come_in)
			return 0;
		bpf_map_update_elem(&blocks, &key, &empty_block, BPF_NOEXIST);
		b = bpf_map_lookup_elem(&blocks, &key);
		if (!b) {
			lose(LOST_MAP);
			return 0;
		}
	}
	for (i = 0; i < WORDS; i++) {
		mask = word_mask(i, low, high);
		if (!mask)
			continue;
		in = b->in[i];
		out = b->out[i];
		if (come_in) {
			/* Turns these bits only: added where they are 0, subtracted where 1. */
			mask &= ~(in ^ out);
			__sync_fetch_and_add(&b->in[i], (mask & ~in) - (mask & in));
		} else {
			mask &= in ^ out;
			b->out[i] = out ^ mask;
			n += ones(mask);
		}
	}
	return n;
}

static __always_inline __u32 mark(void *mapping, __u64 first, __u64 last, bool come_in,
				  __u32 max_blocks)
{
	__u64 end;
	__u32 i, n = 0;

	for (i = 0; i < max_blocks && first <= last; i++) {
		end = first | (BLOCK_PAGES - 1);
		n += mark_block((__u64)mapping, first, end < last ? end : last, come_in);
		first = end + 1;
	}
	return n;
}

/* A folio, or a page before 5.16. */

static __always_inline __u32 folio_pages(struct folio *folio)
{
	struct page *second = (void *)folio + bpf_core_type_size(struct page);
	__u64 flags;

	if (!bpf_core_type_exists(struct folio))
		return 1;
	/* The first word, whose type is another one from 6.18 on. */
	bpf_probe_read_kernel(&flags, sizeof(flags), folio);
	if (!(flags >> bpf_core_enum_value(enum pageflags, PG_head) & 1))
		return 1;
	if (bpf_core_field_exists(folio->_nr_pages))
		return BPF_CORE_READ(folio, _nr_pages);
	if (bpf_core_field_exists(folio->_folio_nr_pages))
		return BPF_CORE_READ(folio, _folio_nr_pages);
	return BPF_CORE_READ(second, compound_nr);
}

static __always_inline __u64 folio_index(struct folio *folio)
{
	if (!bpf_core_type_exists(struct folio))
		return BPF_CORE_READ((struct page *)folio, index);
	return BPF_CORE_READ(folio, index);
}

static __always_inline void *folio_mapping(struct folio *folio)
{
	if (!bpf_core_type_exists(struct folio))
		return BPF_CORE_READ((struct page *)folio, mapping);
	return BPF_CORE_READ(folio, mapping);
}

SEC("raw_tp/mm_filemap_add_to_page_cache")
int come_in(__u64 *ctx)
{
	struct folio *folio = (void *)ctx[0];
	__u64 first = folio_index(folio);

	mark(folio_mapping(folio), first, first + folio_pages(folio) - 1, true, AHEAD_BLOCKS);
	return 0;
}

/* What comes in because it is written is dirty before anybody reads it. */
static __noinline int dirtied(struct folio *folio, void *mapping)
{
	__u64 first = folio_index(folio);
	__u32 n = folio_pages(folio);

	pages_add(PAGES_DIRTIED, n);
	pages_add(PAGES_CREATED, mark(mapping, first, first + n - 1, false, AHEAD_BLOCKS));
	return 0;
}

SEC("?raw_tp/writeback_dirty_folio")
int dirty_folio(__u64 *ctx)
{
	return dirtied((void *)ctx[0], (void *)ctx[1]);
}

SEC("raw_tp/writeback_dirty_page")
int dirty_page(__u64 *ctx)
{
	return dirtied((void *)ctx[0], (void *)ctx[1]);
}

/* What a thread is doing. */
struct thread {
	__u64 mapping, index, last;     /* its read: the file, where it is, where it will end */
	__u64 calls;                    /* how many it had done before */
	__u64 counted;                  /* the page behind those that are counted */
	__u64 fault;                    /* its page fault, counted from 1 */
	bool missed;                    /* and whether that is a miss */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct thread);
} threads SEC(".maps");

static const struct thread new_thread;

static __always_inline struct thread *this_thread(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct thread *t = bpf_map_lookup_elem(&threads, &tid);

	if (t)
		return t;
	bpf_map_update_elem(&threads, &tid, &new_thread, BPF_NOEXIST);
	t = bpf_map_lookup_elem(&threads, &tid);
	if (!t)
		lose(LOST_MAP);
	return t;
}

/* A page fault that wants one of these pages. It may come here several times until it is done: to
 * see what is in the cache, to wait for the disk, and again. It is one access all the same; a
 * thread's counts of faults rise when it is done. */
static __noinline int faulted(void *mapping, __u64 first, __u64 last)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct thread *t = this_thread();
	__u64 fault;

	if (!t)
		return 0;
	fault = BPF_CORE_READ(task, min_flt) + BPF_CORE_READ(task, maj_flt) + 1;
	if (t->fault != fault) {
		t->fault = fault;
		t->missed = false;
		pages_add(PAGES_ACCESSED, 1);
	}
	if (mark(mapping, first, last, false, 2) && !t->missed) {
		t->missed = true;
		pages_add(PAGES_MISSED, 1);
	}
	return 0;
}

/* Pages around the one that is wanted are mapped if they are cached. Shared memory gets here, too,
 * but has no disk below. */
static __always_inline int mapped(struct address_space *mapping, __u64 first, __u64 last)
{
	if (BPF_CORE_READ(mapping, host, i_sb, s_magic) == TMPFS_MAGIC)
		return 0;
	return faulted(mapping, first, last);
}

SEC("?raw_tp/mm_filemap_fault")
int fault(__u64 *ctx)
{
	return faulted((void *)ctx[0], ctx[1], ctx[1]);
}

SEC("?raw_tp/mm_filemap_map_pages")
int map_pages(__u64 *ctx)
{
	return mapped((void *)ctx[0], ctx[1], ctx[2]);
}

/* Before 6.12 there are no such tracepoints, but the functions that they are in now. */

ENTRY(filemap_fault, struct vm_fault *vmf)
{
	__u64 index = BPF_CORE_READ(vmf, pgoff);

	return faulted(BPF_CORE_READ(vmf, vma, vm_file, f_mapping), index, index);
}

ENTRY(filemap_map_pages, struct vm_fault *vmf, unsigned long first, unsigned long last)
{
	return mapped(BPF_CORE_READ(vmf, vma, vm_file, f_mapping), first, last);
}

/* Reads, by the functions that all of them pass; how many bytes it was is known when they
 * return. */

static __noinline int was_read(struct address_space *mapping, __u64 end, __s64 bytes)
{
	__u64 first, last;

	if (bytes <= 0)
		return 0;
	first = (end - bytes) >> cfg.page_shift;
	last = (end - 1) >> cfg.page_shift;
	pages_add(PAGES_ACCESSED, last - first + 1);
	pages_add(PAGES_MISSED, mark(mapping, first, last, false, CALL_BLOCKS));
	return 0;
}

/* One that is under way. */
struct call {
	struct file *file;
	__s64 *pos;                     /* where the file's position is kept */
	__s64 before;                   /* bytes read already, past the cache */
};

static __always_inline int read_ends(struct call *c, __s64 ret)
{
	struct file *file = c->file;
	__s64 end;

	if (ret <= 0)
		return 0;
	bpf_probe_read_kernel(&end, sizeof(end), c->pos);
	return was_read(BPF_CORE_READ(file, f_mapping), end, ret - c->before);
}

/* A kretprobe does not know the arguments. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

static __noinline int keep_call(struct call *c)
{
	__u32 tid = bpf_get_current_pid_tgid();

	if (c && bpf_map_update_elem(&calls, &tid, c, BPF_ANY))
		lose(LOST_MAP);
	return 0;
}

static __noinline int kept_call_ends(__s64 ret)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct call *c = bpf_map_lookup_elem(&calls, &tid);

	return c ? read_ends(c, ret) : 0;
}

/* ARG(n) is the N-th argument, the first one being 0. */
#define CALL_BY_IOCB(ARG) {						\
	BPF_CORE_READ((struct kiocb *)ARG(0), ki_filp),			\
	(void *)ARG(0) + bpf_core_field_offset(struct kiocb, ki_pos), ARG(2) }
#define CALL_BY_FILE(ARG) { (void *)ARG(0), (void *)ARG(1), 0 }

#define FENTRY_ARG(n) ctx[n]
#define KPROBE_ARG(n) KPROBE_ARG_##n
#define KPROBE_ARG_0 PT_REGS_PARM1(ctx)
#define KPROBE_ARG_1 PT_REGS_PARM2(ctx)
#define KPROBE_ARG_2 PT_REGS_PARM3(ctx)

#define READS(fn, nargs, call_by)					\
SEC("?fexit/" #fn) int fn##_fexit(__u64 *ctx)				\
{									\
	struct call c = call_by(FENTRY_ARG);				\
									\
	return read_ends(&c, ctx[nargs]);				\
}									\
SEC("?kprobe/" #fn) int fn##_kprobe(struct pt_regs *ctx)		\
{									\
	struct call c = call_by(KPROBE_ARG);				\
									\
	return keep_call(&c);						\
}									\
SEC("?kretprobe/" #fn) int fn##_kretprobe(struct pt_regs *ctx)		\
{									\
	return kept_call_ends(PT_REGS_RC(ctx));				\
}

READS(generic_file_buffered_read, 3, CALL_BY_IOCB)      /* before 5.12 */
READS(filemap_read, 3, CALL_BY_IOCB)
READS(filemap_splice_read, 5, CALL_BY_FILE)             /* from 6.3 on; before, as above */

/* Where no function can be traced, the system calls that read tell as much of themselves. */

#if defined(__TARGET_ARCH_x86)
enum { NR_READ = 0, NR_PREAD = 17, NR_READV = 19, NR_PREADV = 295, NR_PREADV2 = 327 };
#define O_DIRECT 040000
#elif defined(__TARGET_ARCH_arm64)
enum { NR_READ = 63, NR_READV = 65, NR_PREAD = 67, NR_PREADV = 69, NR_PREADV2 = 286 };
#define O_DIRECT 0200000
#endif

/* The file that the current system call reads, NULL if it is no such call, and in POS the position
 * that it was given, or -1: it goes on from that of the file. */
static __always_inline struct file *file_being_read(struct pt_regs *regs, __s64 *pos)
{
	__u32 nr = regs ? syscall_nr(regs) : ~0;
	__u64 args[4];

	if ((nr != NR_READ && nr != NR_READV && nr != NR_PREAD && nr != NR_PREADV &&
	     nr != NR_PREADV2) || syscall_compat())
		return NULL;
	syscall_args(regs, false, args);
	*pos = nr == NR_READ || nr == NR_READV ? -1 : (__s64)args[3];
	return file_of_fd(args[0]);
}

/* A batch of pages is ready to be read, from INDEX on. LAST is where the read will end, unless the
 * file ends before. A large read has many batches: the next ones have the same LAST, in the same
 * system call, and go on from where the one before was.
 *
 * There is no event for a batch whose last page is still on its way from the disk, if there are
 * others before it. So where a read begins is asked of the system call, and from one event to the
 * next there may be pages that came in meanwhile. */
static __always_inline __u64 read_begins(struct address_space *mapping, __u64 index)
{
	struct file *file;
	__u64 begin;
	__s64 pos;

	file = file_being_read(syscall_regs(), &pos);
	if (!file || BPF_CORE_READ(file, f_mapping) != mapping)
		return index;
	begin = (pos < 0 ? BPF_CORE_READ(file, f_pos) : pos) >> cfg.page_shift;
	return begin < index && index - begin < AHEAD_PAGES ? begin : index;
}

SEC("?raw_tp/mm_filemap_get_pages")
int get_pages(__u64 *ctx)
{
	struct address_space *mapping = (void *)ctx[0];
	__u64 index = ctx[1], last = ctx[2], calls = 0, from, end;
	struct task_struct *task = (void *)bpf_get_current_task();
	struct thread *t = this_thread();
	__s64 size;

	if (!t)
		return 0;
	if (bpf_core_field_exists(task->ioac.syscr))
		calls = BPF_CORE_READ(task, ioac.syscr);
	if (t->mapping != (__u64)mapping || t->last != last || t->calls != calls ||
	    index <= t->index) {
		t->mapping = (__u64)mapping;
		t->last = last;
		t->calls = calls;
		t->counted = from = read_begins(mapping, index);
	} else {
		from = t->index;
	}
	t->index = index;
	size = BPF_CORE_READ(mapping, host, i_size);
	end = size > 0 ? (size - 1) >> cfg.page_shift : 0;
	if (end > last)
		end = last;
	if (end >= index + AHEAD_PAGES)
		end = index + AHEAD_PAGES - 1;
	if (end >= t->counted) {
		pages_add(PAGES_ACCESSED, end + 1 - t->counted);
		t->counted = end + 1;
	}
	pages_add(PAGES_MISSED, mark(mapping, from, end, false, 2 * AHEAD_BLOCKS));
	return 0;
}

#define S_IFMT 0170000
#define S_IFREG 0100000
#define S_IFBLK 0060000

/* Whether what is read from a file is in the page cache then. */
static __always_inline bool is_cached(struct file *file)
{
	struct inode *host = BPF_CORE_READ(file, f_mapping, host);
	__u32 type = BPF_CORE_READ(host, i_mode) & S_IFMT;

	return (type == S_IFREG || type == S_IFBLK) &&
	       !(BPF_CORE_READ(file, f_flags) & O_DIRECT) &&
	       BPF_CORE_READ(file, f_mapping, nrpages) &&
	       BPF_CORE_READ(host, i_sb, s_magic) != TMPFS_MAGIC;
}

SEC("raw_tp/sys_exit")
int sys_exit(__u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	__s64 ret = ctx[1], pos;
	struct file *file;

	if (ret <= 0)
		return 0;
	file = file_being_read(regs, &pos);
	if (!file || !is_cached(file))
		return 0;
	return was_read(BPF_CORE_READ(file, f_mapping),
			pos < 0 ? BPF_CORE_READ(file, f_pos) : pos + ret, ret);
}
