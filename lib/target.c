// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bpf.h"
#include "clock.h"
#include "target.h"
#include "util.h"

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID AT_REMOVEDIR      /* Linux 6.6 */
#endif

const char *target_proc = "/proc";
int target_count;

/* Which file it is. */

struct id {
	uint64_t dev, inode;
};

/* Files that were found, and other names of theirs. */
static struct id seen[1024];
static size_t seen_count;

static bool is_seen(struct id id)
{
	size_t i;

	for (i = 0; i < seen_count; i++) {
		if (seen[i].inode == id.inode && seen[i].dev == id.dev)
			return true;
	}
	return false;
}

/* False for the second time, and when there are too many. */
static bool see(struct id id)
{
	static bool said;

	if (is_seen(id))
		return false;
	if (seen_count == sizeof(seen) / sizeof(*seen)) {
		if (!said)
			warn("more than %zu different files; the others are not looked at",
			     seen_count);
		said = true;
		return false;
	}
	seen[seen_count++] = id;
	return true;
}

/* The file that probes will be on. NAMED is what the kernel's list of mappings calls it.
 *
 * All overlay mounts - containers - of one image share the files of the image: there the kernel
 * puts probes on the file below, which then are in all the containers. It has a handle that tells
 * (from Linux 6.6 on); older kernels name the file below in the list. */
static struct id identity(int fd, struct id named)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	struct id id = named;
	struct statfs fs;
	struct stat st;
	unsigned i;
	int mount;

	if (fstatfs(fd, &fs) || fs.f_type != OVERLAYFS_SUPER_MAGIC)
		return fstat(fd, &st) ? named : (struct id){ st.st_dev, st.st_ino };
	if (name_to_handle_at(fd, "", &handle.head, &mount, AT_EMPTY_PATH | AT_HANDLE_FID))
		return named;
	id = (struct id){ 0, 14695981039346656037U };           /* FNV-1a */
	for (i = 0; i < handle.head.handle_bytes; i++)
		id.inode = (id.inode ^ handle.bytes[i]) * 1099511628211;
	return id;
}

static void offer(int fd, struct id named, const char *path, target_found *found)
{
	struct id id = identity(fd, named);
	bool is_new = see(id);

	/* Next time the name will do, unless it is ambiguous: btrfs lists the same device for all
	 * its subvolumes, which have files of the same number. */
	if (id.dev == named.dev || !id.dev)
		see(named);
	if (is_new)
		found(fd, path);
}

/* Mappings. */

struct mapping {
	uint64_t begin, end;
	struct id id;
	const char *path;
};

/* The process's own view of the file: map_files finds it in any container and after its deletion,
 * but takes CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE; the path below its root is the next best. */
static int open_mapped(uint32_t pid, const struct mapping *m)
{
	char path[4096 + 64];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%u/map_files/%lx-%lx", target_proc, pid, m->begin, m->end);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "%s/%u/root%s", target_proc, pid, m->path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && (fstat(fd, &st) || st.st_ino != m->id.inode || !S_ISREG(st.st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void see_mapping(uint32_t pid, const struct mapping *m, target_found *found)
{
	int fd;

	if (is_seen(m->id))
		return;
	fd = open_mapped(pid, m);
	if (fd < 0)
		return;                 /* the process is gone */
	offer(fd, m->id, m->path, found);
	close(fd);
}

/* A line of /proc/PID/maps: "7f00-7f01 r-xp 00000000 fe:01 1234    /usr/lib/libx.so". */
static bool parse_line(const char *line, struct mapping *m)
{
	unsigned major, minor;
	char may[8];

	if (sscanf(line, "%lx-%lx %7s %*x %x:%x %lu", &m->begin, &m->end, may, &major, &minor,
		   &m->id.inode) != 6 || may[2] != 'x')
		return false;
	m->id.dev = makedev(major, minor);
	m->path = strchr(line, '/');
	return m->path;
}

static bool scan_process(uint32_t pid, target_wanted *wanted, target_found *found)
{
	char path[64], *text, *line, *next, *name;
	struct mapping m;

	snprintf(path, sizeof(path), "%s/%u/maps", target_proc, pid);
	text = read_file(path, NULL);
	for (line = text; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = 0;
		/* The name comes first: it is cheap and sorts out almost all lines. */
		name = strrchr(line, '/');
		if (name && wanted(name + 1) && parse_line(line, &m))
			see_mapping(pid, &m, found);
	}
	free(text);
	return text;
}

bool target_scan(uint32_t pid, target_wanted *wanted, target_found *found)
{
	struct dirent *entry;
	unsigned long long n;
	DIR *dir;

	if (pid)
		return scan_process(pid, wanted, found);
	dir = opendir(target_proc);
	if (!dir)
		die("cannot read %s: %s", target_proc, strerror(errno));
	while ((entry = readdir(dir))) {
		if (parse_number(entry->d_name, UINT32_MAX, &n) && n != (unsigned)getpid())
			scan_process(n, wanted, found);
	}
	closedir(dir);
	return true;
}

void target_path(const char *path, target_found *found)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return;
	if (!fstat(fd, &st))
		offer(fd, (struct id){ st.st_dev, st.st_ino }, path, found);
	close(fd);
}

/* What is mapped from now on: the kernel writes a record for each executable mapping to a ring of
 * each CPU. */

#define RING_PAGES 8

static struct perf_event_mmap_page **rings;
static int ring_count;
static target_wanted *watch_wanted;
static target_found *watch_found;

union record {
	struct perf_event_header header;
	struct {
		struct perf_event_header header;
		uint32_t pid, tid;
		uint64_t addr, len, offset;
		uint32_t major, minor;
		uint64_t inode, generation;
		uint32_t protection, flags;
		char path[];
	} mmap;
	char bytes[1 << 16];            /* that is how large its size can be */
};

static void see_record(union record *r)
{
	struct mapping m = {
		.begin = r->mmap.addr,
		.end = r->mmap.addr + r->mmap.len,
		.id = { makedev(r->mmap.major, r->mmap.minor), r->mmap.inode },
		.path = r->mmap.path,
	};
	const char *name;

	r->bytes[sizeof(r->bytes) - 1] = 0;
	name = strrchr(m.path, '/');
	if (name && watch_wanted(name + 1) && r->mmap.pid != (unsigned)getpid())
		see_mapping(r->mmap.pid, &m, watch_found);
}

/* False if records were lost. */
static bool read_ring(struct perf_event_mmap_page *ring)
{
	static union record record;
	size_t page = sysconf(_SC_PAGESIZE), size = RING_PAGES * page, at, part;
	uint64_t head = __atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE), tail = ring->data_tail;
	char *data = (char *)ring + page;
	struct perf_event_header *h;
	bool complete = true;

	for (; tail < head; tail += h->size) {
		/* Records are 8 bytes at least and do not cut their head at the ring's end. */
		at = tail % size;
		h = (void *)(data + at);
		part = h->size < size - at ? h->size : size - at;
		memcpy(record.bytes, data + at, part);
		memcpy(record.bytes + part, data, h->size - part);
		if (h->type == PERF_RECORD_MMAP2)
			see_record(&record);
		else if (h->type == PERF_RECORD_LOST)
			complete = false;
	}
	__atomic_store_n(&ring->data_tail, tail, __ATOMIC_RELEASE);
	return complete;
}

void target_look(void)
{
	static uint64_t last_scan;
	static bool lost;
	uint64_t now = clock_mono_ns();
	int i;

	for (i = 0; i < ring_count; i++)
		lost |= !read_ring(rings[i]);
	/* Too many to be kept: then all processes are looked at again, every two seconds at
	 * most. */
	if (lost && now - last_scan > 2000000000) {
		target_scan(0, watch_wanted, watch_found);
		last_scan = now;
		lost = false;
	}
}

static int perf_event(struct perf_event_attr *attr, int pid, int cpu)
{
	attr->size = sizeof(*attr);
	return syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static bool watch_cpu(int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.mmap = 1,
		.mmap2 = 1,
		.watermark = 1,         /* nobody is to be woken */
		.wakeup_watermark = UINT32_MAX,
	};
	int fd = perf_event(&attr, -1, cpu);
	void *ring;

	if (fd < 0)
		return errno == ENODEV;                         /* this CPU is off */
	ring = mmap(NULL, (RING_PAGES + 1) * sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	close(fd);                      /* the mapping keeps it */
	if (ring == MAP_FAILED)
		return false;
	rings[ring_count++] = ring;
	return true;
}

void target_watch(target_wanted *wanted, target_found *found)
{
	int cpu, cpus = libbpf_num_possible_cpus();

	rings = xmalloc(cpus * sizeof(*rings));
	watch_wanted = wanted;
	watch_found = found;
	for (cpu = 0; cpu < cpus; cpu++) {
		if (!watch_cpu(cpu)) {
			warn("cannot watch for libraries that are loaded later: %s",
			     strerror(errno));
			return;
		}
	}
}

/* Functions. */

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#endif

/* From an address to the offset in the file, 0 if it is not in the program's code. */
static uint64_t file_offset(Elf *elf, uint64_t addr)
{
	GElf_Phdr p;
	size_t i, n;

	if (elf_getphdrnum(elf, &n))
		return 0;
	for (i = 0; i < n; i++) {
		if (gelf_getphdr(elf, i, &p) && p.p_type == PT_LOAD && p.p_flags & PF_X &&
		    addr >= p.p_vaddr && addr - p.p_vaddr < p.p_filesz)
			return addr - p.p_vaddr + p.p_offset;
	}
	return 0;
}

static int add_place(struct place *to, int n, int max, struct place new)
{
	int i;

	for (i = 0; i < n; i++) {
		if (to[i].func == new.func && to[i].offset == new.offset)
			return n;
	}
	if (!new.offset || n == max)
		return n;
	to[n] = new;
	return n + 1;
}

static int section_places(Elf *elf, Elf_Scn *section, const GElf_Shdr *head,
			  const struct probe *probes, struct place *to, int n, int max)
{
	Elf_Data *data = elf_getdata(section, NULL);
	const char *name;
	GElf_Sym sym;
	int i, f;

	for (i = 0; data && gelf_getsym(data, i, &sym); i++) {
		if (GELF_ST_TYPE(sym.st_info) != STT_FUNC || !sym.st_value)
			continue;
		name = elf_strptr(elf, head->sh_link, sym.st_name);
		for (f = 0; name && probes[f].func; f++) {
			if (!strcmp(name, probes[f].func))
				n = add_place(to, n, max, (struct place)
					      { f, file_offset(elf, sym.st_value) });
		}
	}
	return n;
}

int target_places(int fd, const struct probe *probes, struct place *to, int max)
{
	Elf_Scn *section = NULL;
	GElf_Ehdr ehdr;
	GElf_Shdr head;
	int n = -1;
	Elf *elf;

	elf_version(EV_CURRENT);
	/* Not mapped: a file that shrinks meanwhile would be the end of us. */
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && gelf_getehdr(elf, &ehdr) && ehdr.e_machine == MACHINE &&
	    gelf_getclass(elf) == ELFCLASS64) {
		for (n = 0; (section = elf_nextscn(elf, section));) {
			if (gelf_getshdr(section, &head) &&
			    (head.sh_type == SHT_SYMTAB || head.sh_type == SHT_DYNSYM))
				n = section_places(elf, section, &head, probes, to, n, max);
		}
	}
	elf_end(elf);
	return n;
}

/* Attaching. Neither way takes tracefs. */

#define PLACES 64                       /* of a file, at most */
#define PROGRAM(probe, at_return) ((at_return) ? (probe).leave : (probe).enter)
#define PMU "/sys/bus/event_source/devices/uprobe"
#define CLOSERS 16                      /* processes that detach */

/* Links or perf events, which end with their descriptors. */
static int *attached;

/* From Linux 6.6 on one link has all places of a program in a file, which are detached in 30 ms
 * instead of 150 ms for each of them. Its numbers stand here because older headers lack them. */
static bool together;

#define UPROBE_MULTI 48                 /* BPF_TRACE_UPROBE_MULTI */
#define UPROBE_MULTI_RETURN 1           /* BPF_F_UPROBE_MULTI_RETURN */

struct link_create {                    /* of union bpf_attr */
	uint32_t prog_fd, target_fd, attach_type, flags;
	uint64_t path, offsets, counters, cookies;
	uint32_t count, multi_flags, pid, unused;
};

static int link_multi(int prog, const char *path, const uint64_t *offsets, int n, uint32_t pid,
		      bool at_return)
{
	struct link_create attr = {
		.prog_fd = prog,
		.attach_type = UPROBE_MULTI,
		.path = (uintptr_t)path,
		.offsets = (uintptr_t)offsets,
		.count = n,
		.multi_flags = at_return ? UPROBE_MULTI_RETURN : 0,
		.pid = pid,
	};

	return syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
}

/* Whether the kernel has it, by what it says to a wrong path. That it refuses a wrong process tells
 * that a right one means all threads of it, which came in 6.10 (46ba0e49b642). */
static bool can_together(void)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = UPROBE_MULTI);
	const uint64_t offset = 0;
	int prog = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "probe", "GPL", nothing, 2, &opts);
	bool can;

	if (prog < 0)
		return false;
	can = link_multi(prog, "/", &offset, 1, 0, false) < 0 && errno == EBADF &&
	      link_multi(prog, "/", &offset, 1, -1, false) < 0 && errno == EINVAL;
	close(prog);
	return can;
}

/* The kernel waits with each for its CPUs to have left the programs; so not one after the other. */
static void detach(void)
{
	int i, k, child;

	for (i = 0; i < CLOSERS && i < target_count; i++) {
		/* A process that shares our descriptors, and whose end is no signal. */
		child = syscall(SYS_clone, CLONE_FILES, 0, 0, 0, 0);
		for (k = i; k < target_count && child <= 0; k += CLOSERS)
			close(attached[k]);
		if (!child)
			_exit(EXIT_SUCCESS);
	}
	while (waitpid(-1, NULL, __WCLONE) > 0 || errno == EINTR)
		;
	target_count = 0;
}

static void between(bool end)
{
	if (end)
		detach();
	else
		target_look();
}

void target_prepare(const struct probe *probes)
{
	struct rlimit files;

	if (access(PMU "/type", R_OK))
		die("this kernel has no uprobes: it takes CONFIG_UPROBE_EVENTS=y");
	together = can_together();
	for (; together && probes->func; probes++) {
		if (probes->enter)
			bpf_program__set_expected_attach_type(probes->enter, UPROBE_MULTI);
		if (probes->leave)
			bpf_program__set_expected_attach_type(probes->leave, UPROBE_MULTI);
	}
	/* Each takes a descriptor. */
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	bpf_between(between);
}

static int event_open(int prog, const char *path, uint64_t offset, uint32_t pid, bool at_return)
{
	struct perf_event_attr attr = {
		.type = read_number(PMU "/type", 0),
		.config = at_return,                    /* PMU "/format/retprobe": config:0 */
		.uprobe_path = (uintptr_t)path,
		.probe_offset = offset,
	};
	int fd = perf_event(&attr, pid ? (int)pid : -1, pid ? -1 : 0), err;

	if (fd >= 0 && (ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog) ||
			ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))) {
		err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

static void refused(const char *path)
{
	static bool said;

	if (!target_count && (errno == EACCES || errno == EPERM))
		die("not permitted to attach to %s: run it as root (sudo); perf_event_paranoid "
		    "matters to others", path);
	if (!target_count)
		die("cannot attach to %s: %s", path, strerror(errno));
	if (!said)
		warn("cannot attach to %s: %s", path, strerror(errno));
	said = true;
}

/* Attaches one program to all its places. */
static void attach(const struct bpf_program *program, const char *path, const uint64_t *offsets,
		   int n, uint32_t pid, bool at_return)
{
	int i, fd, prog = bpf_program__fd(program);

	for (i = 0; i < n; i += together ? n : 1) {
		fd = together ? link_multi(prog, path, offsets, n, pid, at_return)
			      : event_open(prog, path, offsets[i], pid, at_return);
		if (fd < 0) {
			refused(path);
			return;
		}
		attached = xrealloc(attached, (target_count + 1) * sizeof(*attached));
		attached[target_count++] = fd;
	}
}

int target_probe(int fd, const struct probe *probes, uint32_t pid)
{
	const struct bpf_program *prog;
	struct place places[PLACES];
	uint64_t offsets[PLACES];
	int i, k, n, count, leave;
	char path[32];

	/* Not the path that it was found by: the file may be in a container, or deleted. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = target_places(fd, probes, places, PLACES);
	/* Returns first, so that none is missed of a call that was seen. */
	for (leave = 1; leave >= 0; leave--) {
		for (i = 0; probes[i].func; i++) {
			prog = PROGRAM(probes[i], leave);
			for (k = 0; k < i && PROGRAM(probes[k], leave) != prog; k++)
				;
			if (!prog || k < i)             /* had its turn */
				continue;
			for (count = k = 0; k < n; k++) {
				if (PROGRAM(probes[places[k].func], leave) == prog)
					offsets[count++] = places[k].offset;
			}
			attach(prog, path, offsets, count, pid, leave);
		}
	}
	return n;
}
