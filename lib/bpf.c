// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "bpf.h"
#include "out.h"
#include "packed.h"
#include "stream.h"
#include "sym.h"
#include "util.h"

#define RING_MAX (512 << 10)
#define PROBES 32

static struct preset {
	struct bpf_map *map;
	char key[64], value[64];
} *presets;
static int preset_count;

/* What bpf_trace_func() has chosen. */
static struct probe {
	struct bpf_program *prog;
	char func[64];
	bool fentry;
} probes[PROBES];
static int probe_count;

/* What bpf_refused() tells of: the last function that cannot be traced, with what the kernel said
 * of fentry, and the last tracepoint that is not there. */
static struct {
	char func[128];
	const char *tracepoint;
	int err;
} refused;

static int print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return run.debug ? vfprintf(stderr, fmt, args) : 0;
}

/* Whether the process holds a capability, by its number in linux/capability.h. */
static bool capable(int cap)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	syscall(SYS_capget, &header, data);
	return data[cap / 32].effective >> cap % 32 & 1;
}

void bpf_prepare(void)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct utsname kernel;
	int major = 0, minor = 0;
	char *end;

	libbpf_set_print(print);
	if (!capable(CAP_SYS_ADMIN) && !(capable(CAP_BPF) && capable(CAP_PERFMON)))
		die("not permitted to trace: run it as root (sudo), or with CAP_BPF and CAP_PERFMON");
	uname(&kernel);
	major = strtol(kernel.release, &end, 10);
	minor = *end ? strtol(end + 1, NULL, 10) : 0;
	if (major < 5 || (major == 5 && minor < 8))
		die("this kernel is %s: it takes 5.8 or newer, which has BPF ring buffers",
		    kernel.release);
	/* Also for a tool that needs none. */
	if (run.btf && !btf_known())
		die("there are no kernel types (BTF) in %s", run.btf);
	/* Needed before 5.11 only, which charged maps to this limit; so a refusal is no error
	 * yet. */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

int packed_open_skeleton(struct bpf_object_skeleton *s, const struct bpf_object_open_opts *unused)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = run.btf);
	void *bytes;
	int err;

	/* For a type that this kernel does not have libbpf goes on to look in modules, which takes
	 * this capability, and gives up without it. It does not if it is told where the types
	 * are. */
	if (!run.btf && !capable(CAP_SYS_ADMIN) && !access(KERNEL_BTF, R_OK))
		opts.btf_custom_path = KERNEL_BTF;

	bytes = unpack(packed_objects, s->name, &s->data_sz);
	if (!bytes)
		die("this program has no BPF object %s", s->name);
	s->data = bytes;
	err = bpf_object__open_skeleton(s, &opts);
	/* libbpf has copied what it needs. */
	s->data = NULL;
	free(bytes);
	return err;
}

/* Mounts a file system of the kernel's where the host has not, in a mount namespace of our own, so
 * that nothing changes for others. Returns 0 or an errno. */
static int mount_own(const char *type, const char *at)
{
	static bool own;

	if (!own && (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)))
		return errno;
	own = true;
	return mount(type, at, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) ? errno : 0;
}

/* Whether kernel lockdown is in its strictest mode, in which programs may not read the kernel. */
static bool confidential(void)
{
	char *text = read_file("/sys/kernel/security/lockdown", NULL);
	bool yes;

	if (!text && !mount_own("securityfs", "/sys/kernel/security"))
		text = read_file("/sys/kernel/security/lockdown", NULL);
	yes = text && strstr(text, "[confidentiality]");
	free(text);
	return yes;
}

/* The likely reason of a failed load, with a remedy. */
_Noreturn static void load_failed(int err)
{
	struct rlimit limit;

	if (!btf_known())
		die("this kernel does not describe its types in " KERNEL_BTF ": it takes "
		    "CONFIG_DEBUG_INFO_BTF=y, or --btf FILE with the types of exactly this kernel");
	if (run.btf && err != EPERM && err != ENOMEM)
		die("cannot load the BPF programs with the types in %s: are they of this kernel?",
		    run.btf);
	if (confidential())
		die("kernel lockdown (confidentiality) forbids tracing; boot with lockdown=integrity "
		    "or without it");
	if (err == EPERM && !getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur != RLIM_INFINITY)
		die("the kernel refuses memory for BPF or BPF itself: raise RLIMIT_MEMLOCK "
		    "(ulimit -l unlimited); in a container, allow CAP_BPF and CAP_PERFMON");
	if (err == EPERM)
		die("the kernel refuses to load BPF programs, though the capabilities are there: "
		    "look for lockdown, seccomp or a container's limits");
	if (err == ENOMEM)
		die("the kernel has no memory for the BPF maps");
	if (err == EACCES || err == EINVAL || err == E2BIG)
		die("the kernel's verifier refuses the BPF programs; --debug shows why");
	die("cannot load the BPF programs: %s (--debug shows more)", strerror(err));
}

/* The target of a section "kind/target", if KIND is its kind. */
static const char *target(const char *section, const char *kind)
{
	size_t len = strlen(kind);

	return strncmp(section, kind, len) || section[len] != '/' ? NULL : section + len + 1;
}

/* A two-instruction program tells what this kernel thinks of fentry: whether it may be loaded for
 * this function, and whether it can be attached at all, which is the same for all of them. */
static int fentry_error(int id)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = id);
	static int attach_error = -1;
	int fd, link;

	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "probe", "GPL", nothing, 2, &opts);
	if (fd < 0)
		return errno;
	if (attach_error < 0) {
		link = bpf_raw_tracepoint_open(NULL, fd);
		attach_error = link < 0 ? errno : 0;
		if (link >= 0)
			close(link);
	}
	close(fd);
	return attach_error;
}

static bool kprobes(void)
{
	return !access("/sys/bus/event_source/devices/kprobe/type", R_OK);
}

/* How to trace a kernel function, which may be in MODULE. */
static enum way { NO_WAY, FENTRY, KPROBE } way_to(const char *func, const char *module)
{
	static char last[128];
	static enum way way;
	int id, err = ENOENT;

	if (!strcmp(last, func))
		return way;
	snprintf(last, sizeof(last), "%s", func);
	id = run.kprobe ? -1 : func_id(func);
	/* For a module's function any other one tells as much. */
	if (id < 0 && !run.kprobe && module && module_has_func(module, func))
		id = func_id("vfs_read");
	if (id >= 0) {
		err = fentry_error(id);
		if (!err)
			return way = FENTRY;
	}
	if (kprobes() && ksym_addr(func))
		return way = KPROBE;
	snprintf(refused.func, sizeof(refused.func), "%s", func);
	refused.err = err;
	return way = NO_WAY;
}

static const char *const tracefs = "/sys/kernel/tracing";

/* Returns 0 or an errno. */
static int need_tracefs(void)
{
	static bool done;
	static int err;

	if (done)
		return err;
	done = true;
	if (access("/sys/kernel/tracing/events", X_OK) &&
	    access("/sys/kernel/debug/tracing/events", X_OK))
		err = mount_own("tracefs", tracefs);
	return err;
}

static bool has_raw_tracepoint(const char *name)
{
	return tp_nargs(name) >= 0;
}

static bool has_tracepoint(const char *name)
{
	char path[256];

	if (need_tracefs())
		return false;
	snprintf(path, sizeof(path), "%s/events/%s/id", tracefs, name);
	if (!access(path, R_OK))
		return true;
	snprintf(path, sizeof(path), "/sys/kernel/debug/tracing/events/%s/id", name);
	return !access(path, R_OK);
}

/* Whether a program's target is there. */
static bool available(const char *section)
{
	static const struct kind {
		const char *name;
		bool (*has)(const char *target);
		enum way way;           /* for functions */
	} kinds[] = {
		{ "raw_tp", has_raw_tracepoint }, { "raw_tracepoint", has_raw_tracepoint },
		{ "tp_btf", has_raw_tracepoint }, { "tp", has_tracepoint },
		{ "tracepoint", has_tracepoint }, { "fentry", NULL, FENTRY },
		{ "fexit", NULL, FENTRY }, { "kprobe", NULL, KPROBE }, { "kretprobe", NULL, KPROBE },
	};
	const struct kind *k = kinds;
	const char *name;

	for (; k < kinds + sizeof(kinds) / sizeof(*kinds); k++) {
		name = target(section, k->name);
		if (!name)
			continue;
		if (!k->has)
			return way_to(name, NULL) == k->way;
		if (k->has(name))
			return true;
		refused.tracepoint = name;
	}
	return false;
}

void bpf_opened(struct bpf_object_skeleton *s)
{
	if (!s)
		load_failed(errno);
}

/* Whether an optional program is switched on is decided when somebody asks, or at the start: to
 * look for a function can mean to read kallsyms. libbpf has taken the "?" from the section's name
 * and does not load it; its flag for attaching, which nothing else here uses, says "not
 * decided". */
static void decide(struct bpf_program *prog)
{
	if (!bpf_program__autoload(prog) && bpf_program__autoattach(prog))
		bpf_program__set_autoload(prog, available(bpf_program__section_name(prog)));
	bpf_program__set_autoattach(prog, false);
}

bool bpf_has(struct bpf_program *prog)
{
	decide(prog);
	return bpf_program__autoload(prog);
}

void bpf_drop(struct bpf_program *prog, bool drop)
{
	if (!drop)
		return;
	bpf_program__set_autoload(prog, false);
	bpf_program__set_autoattach(prog, false);
}

/* Of FENTRY or KPROBE: the programs at a function's entry and return. */
static const char *const kinds[][2] = {
	[FENTRY] = { "fentry", "fexit" }, [KPROBE] = { "kprobe", "kretprobe" },
};

bool bpf_trace_func(struct bpf_object *obj, const char *name, const char *func, const char *module)
{
	enum way way = way_to(func, module);
	struct bpf_program *prog;
	char full[64];
	int i;

	for (i = 0; i < 2 && way != NO_WAY; i++) {
		snprintf(full, sizeof(full), "%s_%s", name, kinds[way][i]);
		prog = bpf_object__find_program_by_name(obj, full);
		if (!prog || probe_count == PROBES)
			die("too many functions to trace, or no program %s", full);
		bpf_program__set_autoload(prog, true);
		probes[probe_count].prog = prog;
		probes[probe_count].fentry = way == FENTRY;
		snprintf(probes[probe_count++].func, sizeof(probes->func), "%s", func);
	}
	return way != NO_WAY;
}

/* Only here are the kernel's symbols read for it, which takes a while. */
const char *bpf_refused(void)
{
	const char *func = refused.func;
	static char text[256];
	size_t size = sizeof(text);

	if (!*func && refused.tracepoint)
		snprintf(text, size, "this kernel has no tracepoint %s", refused.tracepoint);
	else if (!*func)
		return "";
	else if (ksym_known() && !ksym_addr(func))
		snprintf(text, size, "this kernel has no function %s: it is compiled in "
			 "elsewhere, has another name, or its module is not loaded", func);
	else if (run.kprobe)
		snprintf(text, size, "this kernel has no kprobes (CONFIG_KPROBES=y); "
			 "try it without --kprobe");
	else if (refused.err == EPERM)
		snprintf(text, size, "kernel lockdown forbids tracing the function %s, and "
			 "there are no kprobes (CONFIG_KPROBES=y); boot with lockdown=none", func);
	else
		snprintf(text, size, "this kernel can trace no function like %s: neither "
			 "by fentry (%s) nor by kprobes (CONFIG_KPROBES=y)", func,
			 strerror(refused.err));
	return text;
}

bool bpf_traces_funcs(void)
{
	int id;

	if (kprobes())
		return true;
	id = run.kprobe ? -1 : func_id("vfs_read");
	return id >= 0 && !fentry_error(id);
}

void bpf_prefer_unpreempted(void)
{
	run.kprobe |= raw_tp_preemptible();
}

bool bpf_unpreempted(const struct bpf_program *prog)
{
	return raw_tp_preemptible() && available(bpf_program__section_name(prog));
}

void bpf_resize(struct bpf_map *map, uint32_t entries)
{
	bpf_map__set_max_entries(map, entries);
}

void bpf_leave_out(struct bpf_map *map, bool leave_out)
{
	bpf_map__set_autocreate(map, !leave_out);
}

uint32_t bpf_ring_bytes(uint64_t wanted)
{
	uint64_t bytes = sysconf(_SC_PAGESIZE);

	if (!wanted) {
		wanted = 64 * bytes * libbpf_num_possible_cpus();
		if (wanted > RING_MAX)
			wanted = RING_MAX;
	}
	while (bytes < wanted && bytes < 1U << 30)
		bytes *= 2;
	return bytes;
}

void bpf_preset(struct bpf_map *map, const void *key, size_t key_size, const void *value,
		size_t value_size)
{
	struct preset *p;

	if (key_size > sizeof(p->key) || value_size > sizeof(p->value))
		die("too much to preset in map %s", bpf_map__name(map));
	presets = xrealloc(presets, (preset_count + 1) * sizeof(*presets));
	p = &presets[preset_count++];
	p->map = map;
	memcpy(p->key, key, key_size);
	memcpy(p->value, value, value_size);
}

size_t bpf_entries(struct bpf_map *map, void *to_keys, void *to_values)
{
	size_t key_size = bpf_map__key_size(map), value_size = bpf_map__value_size(map);
	size_t n = 0, room = bpf_map__max_entries(map);
	char *keys = xmalloc(room * key_size), *values = xmalloc(room * value_size);
	char *key, *last = NULL;
	int fd = bpf_map__fd(map);

	while (n < room) {
		key = keys + n * key_size;
		if (bpf_map_get_next_key(fd, last, key))
			break;
		last = key;
		if (!bpf_map_lookup_elem(fd, key, values + n * value_size))
			n++;
		else if (n)
			break;          /* deleted meanwhile, and so not followed by any */
	}
	*(void **)to_keys = keys;
	*(void **)to_values = values;
	return n;
}

static struct bpf_link *attach_to_target(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);
	bool at_return = !strcmp(section, "kretprobe");
	int i;

	for (i = 0; i < probe_count; i++) {
		if (probes[i].prog == prog && !probes[i].fentry)
			return bpf_program__attach_kprobe(prog, at_return, probes[i].func);
	}
	return bpf_program__attach(prog);
}

_Noreturn static void attach_failed(const char *target)
{
	if (errno == EACCES || errno == EPERM)
		die("not permitted to attach to %s: run it as root (sudo); perf_event_paranoid and "
		    "the rights on tracefs matter to others", target);
	die("cannot attach to %s: %s", target, strerror(errno));
}

static void attach(struct bpf_prog_skeleton *p)
{
	*p->link = attach_to_target(*p->prog);
	/* Programs without a target in their section are attached by the tool. */
	if (!*p->link && errno != EOPNOTSUPP)
		attach_failed(bpf_program__section_name(*p->prog));
}

static struct bpf_link **kept;
static int kept_count;

void bpf_keep_link(struct bpf_link *link, const char *target)
{
	if (!link)
		attach_failed(target);
	kept = xrealloc(kept, (kept_count + 1) * sizeof(*kept));
	kept[kept_count++] = link;
}

/* What was attached first, as programs at an end are, goes last: else they would miss ends. */
void bpf_detach(struct bpf_object_skeleton *s)
{
	int i;

	for (i = s->prog_cnt - 1; i >= 0; i--) {
		bpf_link__destroy(*bpf_skeleton_prog(s, i)->link);
		*bpf_skeleton_prog(s, i)->link = NULL;
	}
	while (kept_count)
		bpf_link__destroy(kept[--kept_count]);
}

static bool loaded;

void bpf_load_skeleton(struct bpf_object_skeleton *s)
{
	struct bpf_program *prog;
	int i, err, programs = 0;

	loaded = true;
	bpf_object__for_each_program(prog, *s->obj)
		decide(prog);
	btf_done();
	ksym_done();
	/* Not before, because libbpf reads its own copy of the types for this. */
	for (i = 0; i < probe_count; i++) {
		if (probes[i].fentry &&
		    bpf_program__set_attach_target(probes[i].prog, 0, probes[i].func))
			die("cannot trace the function %s: %s", probes[i].func, strerror(errno));
	}
	bpf_object__for_each_program(prog, *s->obj) {
		if (!bpf_program__autoload(prog))
			continue;
		programs++;
		if (target(bpf_program__section_name(prog), "tp") && need_tracefs())
			die("tracefs is not mounted and cannot be: %s (mount -t tracefs tracefs %s)",
			    strerror(need_tracefs()), tracefs);
	}
	if (!programs)
		die("%s", *bpf_refused() ? bpf_refused() : "there is nothing to attach to");
	err = bpf_object__load_skeleton(s);
	if (err)
		load_failed(-err);
	for (i = 0; i < preset_count; i++) {
		if (bpf_map_update_elem(bpf_map__fd(presets[i].map), presets[i].key,
					presets[i].value, BPF_ANY))
			die("cannot fill map %s: %s", bpf_map__name(presets[i].map),
			    strerror(errno));
	}
	stream_init(s);
}

void bpf_start_skeleton(struct bpf_object_skeleton *s)
{
	int i;

	if (!loaded)
		bpf_load_skeleton(s);
	for (i = 0; i < s->prog_cnt; i++) {
		if (bpf_program__autoload(*bpf_skeleton_prog(s, i)->prog))
			attach(bpf_skeleton_prog(s, i));
	}
	stream_began();
}
