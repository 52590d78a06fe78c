// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "clock.h"
#include "elfsym.h"
#include "sym.h"
#include "symtab.h"
#include "util.h"

/* Files of processes. A file is known by these, and not by its inode number alone, which another
 * file gets after it. */
struct identity {
	uint64_t dev, inode, size;
	struct timespec changed;
};

struct file {
	uint64_t used;
	size_t bytes;
	struct identity identity;
	struct segment segments[ELF_SEGMENTS];
	unsigned segment_count;         /* 0: no ELF file */
	struct symtab table;
};

/* Processes. */

struct map {
	uint64_t begin, end, file_offset, inode;
	uint32_t dev, path;             /* path: where in the paths */
	struct file *file;
	bool tried;                     /* there is a file, or there will not be one */
};

/* What is another after exec: the file, or if it is the same one, its random addresses. */
struct program {
	uint64_t start_time, start_code, start_stack;   /* fields of /proc/PID/stat */
	uint64_t dev, inode;
};

struct process {
	uint64_t used;
	size_t bytes;
	uint32_t pid;
	struct program program;
	uint64_t check_ns, reread_ns, miss_ns, jit_ns;  /* not before these is done again */
	uint64_t read_ns;               /* wall-clock time of the mappings */
	struct map *maps;
	size_t count, paths_size;
	char *paths;
	struct file *jit;
};

#define CHECK_NS 10000000ULL            /* how long a process is believed to be the same */
#define REREAD_NS 1000000000ULL         /* and its mappings, if nothing speaks against it */
#define PROCESSES_MAX 256
#define FILES_MAX 512
#define CACHE_MAX (SYMTAB_BYTES_MAX + (16 << 20))       /* bytes of all together */
#define CRC_MAX (512 << 20)
#define MAPS_MAX 16384                  /* of one process */
#define PATHS_MAX (1 << 20)

static struct process *processes[PROCESSES_MAX], *last;
static struct file *files[FILES_MAX];
static size_t process_count, file_count, cached_bytes;
static uint64_t uses;                   /* a clock of its own, for who was used least recently */

static void forget_file(size_t i)
{
	struct file *f = files[i];
	struct process *p;
	struct map *m;
	size_t j;

	for (j = 0; j < process_count; j++) {
		p = processes[j];
		if (p->jit == f)
			p->jit = NULL;
		for (m = p->maps; m < p->maps + p->count; m++) {
			if (m->file == f) {
				m->file = NULL;
				m->tried = false;
			}
		}
	}
	cached_bytes -= f->bytes;
	symtab_free(&f->table);
	free(f);
	files[i] = files[--file_count];
}

static void forget_process(size_t i)
{
	struct process *p = processes[i];

	cached_bytes -= p->bytes;
	if (last == p)
		last = NULL;
	free(p->maps);
	free(p->paths);
	free(p);
	processes[i] = processes[--process_count];
}

static size_t oldest_file(void)
{
	size_t i, oldest = 0;

	for (i = 1; i < file_count; i++) {
		if (files[i]->used < files[oldest]->used)
			oldest = i;
	}
	return oldest;
}

static size_t oldest_process(void)
{
	size_t i, oldest = 0;

	for (i = 1; i < process_count; i++) {
		if (processes[i]->used < processes[oldest]->used)
			oldest = i;
	}
	return oldest;
}

/* Frees what was used least recently, but nothing that is in use now. */
static void shrink_cache(void)
{
	size_t f, p;

	while (cached_bytes > CACHE_MAX) {
		f = oldest_file();
		p = oldest_process();
		if (file_count && files[f]->used < uses &&
		    (!process_count || files[f]->used <= processes[p]->used))
			forget_file(f);
		else if (process_count && processes[p]->used < uses)
			forget_process(p);
		else
			break;
	}
}

/* Opening. Paths of a process are followed as if its root were ours, whatever links are there, and
 * nothing but a plain file is opened: a device might do something at that. */

static int reopen_plain(int path_fd, struct stat *st)
{
	char path[40];
	int fd = -1;

	if (path_fd < 0)
		return -1;
	if (!fstat(path_fd, st) && S_ISREG(st->st_mode)) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	}
	close(path_fd);
	return fd;
}

static int open_below(const char *root, const char *path, int flags, struct stat *st)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | flags, .resolve = RESOLVE_IN_ROOT };
	int fd = -1, top;

	top = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top >= 0) {
		fd = syscall(SYS_openat2, top, path, &how, sizeof(how));
		close(top);
	}
	return reopen_plain(fd, st);
}

static const char *root_of(uint32_t pid)
{
	static char path[32];

	snprintf(path, sizeof(path), "/proc/%u/root", pid);
	return path;
}

/* The file itself, in any container and after its deletion, if we may look into map_files. Else its
 * path, if that still leads to the same file. Device numbers do not tell on overlayfs and btrfs;
 * but below our own root, where the process need not have been, they must. */
static int open_map(const struct process *p, const struct map *m, struct stat *st)
{
	const char *name = p->paths + m->path;
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/map_files/%llx-%llx", p->pid,
		 (unsigned long long)m->begin, (unsigned long long)m->end);
	fd = reopen_plain(open(path, O_PATH | O_CLOEXEC), st);
	if (fd >= 0)
		return fd;
	fd = open_below(root_of(p->pid), name, 0, st);
	if (fd >= 0 && st->st_ino == m->inode)
		return fd;
	if (fd >= 0)
		close(fd);
	fd = open_below("/", name, 0, st);
	if (fd >= 0 && st->st_ino == m->inode && st->st_dev == m->dev &&
	    st->st_ctim.tv_sec * 1000000000ULL + st->st_ctim.tv_nsec < p->read_ns)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Whether FD is the file for debuggers that belongs to E. */
static bool is_debug_file(const struct elf *e, struct elf *debug, int fd, const struct stat *st,
			  uint32_t crc)
{
	if (!elf_open(debug, fd, 0, st->st_size))
		return false;
	if (e->build_id_size)
		return debug->build_id_size == e->build_id_size &&
			!memcmp(debug->build_id, e->build_id, e->build_id_size);
	/* All of it must be read; a hostile one might have no end. */
	return st->st_size <= CRC_MAX && elf_crc(fd, st->st_size) == crc;
}

/* Adds the symbols of a separate file for debuggers, if PATH is one; in our root, then in that of
 * the process. */
static bool try_debug_file(const struct process *p, const struct elf *e, const char *path,
			   uint32_t crc, struct symtab *to)
{
	const char *const roots[] = { "/", root_of(p->pid) };
	struct elf debug;
	struct stat st;
	bool found = false;
	size_t i;
	int fd;

	for (i = 0; i < 2 && !found; i++) {
		fd = open_below(roots[i], path, 0, &st);
		if (fd < 0)
			continue;
		found = is_debug_file(e, &debug, fd, &st, crc) && elf_symbols(&debug, to);
		close(fd);
	}
	return found;
}

static void add_debug_symbols(const struct process *p, const struct map *m, const struct elf *e,
			      struct symtab *to)
{
	static const char *const places[] = { "%.*s/%s", "%.*s/.debug/%s",
		"/usr/lib/debug%.*s/%s" };
	const char *name = p->paths + m->path, *slash = strrchr(name, '/');
	char path[4096 + 512], link[256], *end = path;
	uint32_t crc;
	size_t i;

	if (e->build_id_size) {
		end += sprintf(path, "/usr/lib/debug/.build-id/");
		for (i = 0; i < e->build_id_size; i++)
			end += sprintf(end, i ? "%02x" : "%02x/", e->build_id[i]);
		strcpy(end, ".debug");
		if (try_debug_file(p, e, path, 0, to))
			return;
	}
	if (!slash || !elf_debug_link(e, link, &crc))
		return;
	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, sizeof(path), places[i], (int)(slash - name), name, link);
		if (try_debug_file(p, e, path, crc, to))
			return;
	}
}

static struct file *new_file(const struct identity *identity)
{
	struct file *f = xmalloc(sizeof(*f));

	if (file_count == FILES_MAX)
		forget_file(oldest_file());
	*f = (struct file){ .identity = *identity };
	files[file_count++] = f;
	return f;
}

static void count_bytes(struct file *f)
{
	f->bytes = sizeof(*f) + symtab_bytes(&f->table);
	cached_bytes += f->bytes;
	f->used = uses;
	shrink_cache();
}

static struct file *read_elf(const struct process *p, const struct map *m,
			     const struct identity *identity, int fd, uint64_t base)
{
	struct file *f = new_file(identity);
	struct elf e;

	if (elf_open(&e, fd, base, identity->size)) {
		memcpy(f->segments, e.segments, sizeof(f->segments));
		f->segment_count = e.segment_count;
		if (!elf_symbols(&e, &f->table) && !base)
			add_debug_symbols(p, m, &e, &f->table);
		symtab_finish(&f->table);
	}
	count_bytes(f);
	return f;
}

static struct file *read_perf_map(const struct identity *identity, int fd)
{
	struct file *f = new_file(identity);
	uint64_t size = identity->size < SYMTAB_BYTES_MAX / 2 ? identity->size :
		SYMTAB_BYTES_MAX / 2;
	char *text = xmalloc(size + 1);
	ssize_t n = pread(fd, text, size, 0);

	text[n > 0 ? n : 0] = 0;
	symtab_from_perf_map(&f->table, text);
	count_bytes(f);
	return f;
}

static struct identity identity_of(const struct stat *st)
{
	return (struct identity){ st->st_dev, st->st_ino, st->st_size, st->st_ctim };
}

static struct file *find_file(const struct identity *identity)
{
	const struct identity *i;
	size_t n;

	for (n = 0; n < file_count; n++) {
		i = &files[n]->identity;
		if (i->inode == identity->inode && i->dev == identity->dev &&
		    i->size == identity->size &&
		    i->changed.tv_sec == identity->changed.tv_sec &&
		    i->changed.tv_nsec == identity->changed.tv_nsec)
			return files[n];
	}
	return NULL;
}

static struct file *file_of(struct process *p, struct map *m)
{
	struct identity identity;
	struct stat st;
	int fd;

	if (m->tried)
		return m->file;
	m->tried = true;
	fd = open_map(p, m, &st);
	if (fd < 0)
		return NULL;
	identity = identity_of(&st);
	m->file = find_file(&identity);
	if (!m->file)
		m->file = read_elf(p, m, &identity, fd, 0);
	close(fd);
	return m->file;
}

/* The code that the kernel gives to each process is the same in our own memory; but that for 32-bit
 * processes, which have nothing above 4 GB. */
static struct file *vdso_of(struct process *p, struct map *m)
{
	struct identity identity = { .size = m->end - m->begin + m->file_offset };
	int fd;

	if (m->tried || m->begin >> 32 == 0 || !getauxval(AT_SYSINFO_EHDR))
		return m->file;
	m->tried = true;
	m->file = find_file(&identity);
	if (m->file)
		return m->file;
	fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	m->file = read_elf(p, m, &identity, fd, getauxval(AT_SYSINFO_EHDR));
	close(fd);
	return m->file;
}

/* The number behind the last blank or tab of a line of /proc/PID/status. */
static unsigned status_number(const char *status, const char *key, bool last)
{
	const char *line = strstr(status, key);
	size_t len, i;

	if (!line)
		return -1;
	line += strlen(key);
	len = strcspn(line, "\n");
	for (i = len; last && i && line[i - 1] != '\t' && line[i - 1] != ' '; i--)
		;
	return strtoul(line + (last ? i : 0), NULL, 10);
}

/* Its compiler's list must be its own or root's: in /tmp anybody can make one. */
static int open_perf_map(const struct process *p, struct stat *st)
{
	char path[64], *status;
	unsigned uid, pid;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/status", p->pid);
	status = read_file(path, NULL);
	if (!status)
		return -1;
	/* Each line begins with its key, but for a name in which newlines are written as \n. */
	uid = status_number(status, "\nUid:\t", false);
	pid = status_number(status, "\nNSpid:", true);
	free(status);
	snprintf(path, sizeof(path), "/tmp/perf-%u.map", pid);
	fd = open_below(root_of(p->pid), path, O_NOFOLLOW, st);
	if (fd >= 0 && st->st_uid && st->st_uid != uid) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* How long to wait before something is done again: so that it takes one part in 64 of the time at
 * most. */
static uint64_t next_time(uint64_t begin, uint64_t wait)
{
	uint64_t now = clock_mono_ns();

	return now + wait + 64 * (now - begin);
}

/* Reads the list of the compiler anew. */
static void renew_jit(struct process *p, uint64_t now)
{
	struct identity identity;
	struct file *found;
	struct stat st;
	size_t i;
	int fd;

	fd = open_perf_map(p, &st);
	if (fd >= 0) {
		identity = identity_of(&st);
		found = find_file(&identity);
		/* The list as it was is of no use to anybody. */
		for (i = 0; p->jit && p->jit != found && i < file_count; i++) {
			if (files[i] == p->jit)
				forget_file(i);
		}
		p->jit = found ? found : read_perf_map(&identity, fd);
		close(fd);
	}
	p->jit_ns = next_time(now, REREAD_NS);
}

/* Mappings. */

bool parse_mapping(char *line, struct mapping *m)
{
	unsigned long major, minor;
	char *p;

	/* 7f0000000000-7f0000001000 r-xp 00000000 fe:01 1234    /usr/bin/x */
	if (!isxdigit((unsigned char)*line))
		return false;
	m->begin = strtoull(line, &p, 16);
	if (*p++ != '-')
		return false;
	m->end = strtoull(p, &p, 16);
	if (*p++ != ' ' || strnlen(p, 5) < 5 || p[2] != 'x' || p[4] != ' ')
		return false;
	m->file_offset = strtoull(p + 5, &p, 16);
	major = strtoul(p, &p, 16);
	if (*p++ != ':')
		return false;
	minor = strtoul(p, &p, 16);
	m->dev = makedev(major, minor);
	m->inode = strtoull(p, &p, 10);
	m->path = p + strspn(p, " ");
	return m->end > m->begin;
}

/* Where a path is kept; in successive mappings of one file it is there once. */
static uint32_t keep_path(struct process *p, const struct map *before, const char *path)
{
	static const char deleted[] = " (deleted)";
	size_t len = strlen(path), at = p->paths_size;

	if (len > sizeof(deleted) && !strcmp(path + len - (sizeof(deleted) - 1), deleted))
		len -= sizeof(deleted) - 1;
	if (before && !strncmp(p->paths + before->path, path, len) &&
	    !p->paths[before->path + len])
		return before->path;
	if (at + len + 1 > PATHS_MAX)
		return 0;               /* "" */
	p->paths = xrealloc(p->paths, at + len + 1);
	memcpy(p->paths + at, path, len);
	p->paths[at + len] = 0;
	p->paths_size += len + 1;
	return at;
}

static void read_lines(struct process *p, FILE *f)
{
	char *line = NULL;
	size_t room = 0;
	struct mapping m;
	ssize_t len;

	while (p->count < MAPS_MAX && (len = getline(&line, &room, f)) > 0) {
		line[len - 1] = 0;
		if (!parse_mapping(line, &m))
			continue;
		if ((p->count & (p->count - 1)) == 0)
			p->maps = xrealloc(p->maps, (2 * p->count + 1) * sizeof(*p->maps));
		p->maps[p->count] = (struct map){
			m.begin, m.end, m.file_offset, m.inode, m.dev,
			keep_path(p, p->count ? &p->maps[p->count - 1] : NULL, m.path),
		};
		p->count++;
	}
	free(line);
}

static void read_maps(struct process *p, uint64_t now, bool other_program)
{
	struct process new = { .paths_size = 1 };
	char path[32];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/maps", p->pid);
	f = fopen(path, "re");
	new.paths = xmalloc(1);
	*new.paths = 0;
	if (f) {
		read_lines(&new, f);
		fclose(f);
	}
	p->reread_ns = next_time(now, REREAD_NS);
	p->miss_ns = next_time(now, CHECK_NS);
	/* One that has ended has none; its last ones stay. */
	if (!new.count && !other_program) {
		free(new.paths);
		return;
	}
	free(p->maps);
	free(p->paths);
	p->maps = new.maps;
	p->count = new.count;
	p->paths = new.paths;
	p->paths_size = new.paths_size;
	p->read_ns = clock_wall_ns();
	cached_bytes -= p->bytes;
	p->bytes = sizeof(*p) + p->count * sizeof(*p->maps) + p->paths_size;
	cached_bytes += p->bytes;
	shrink_cache();
}

static bool read_program(uint32_t pid, struct program *to)
{
	uint64_t fields[29] = {};
	char path[32], text[1024], *at;
	struct stat st;
	ssize_t n;
	int fd, i;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	snprintf(path, sizeof(path), "/proc/%u/exe", pid);
	if (stat(path, &st))
		return false;
	/* "181 (any) name) S 1 ..." */
	at = strrchr(text, ')');
	if (!at || strlen(at) < 4)
		return false;
	at += 3;
	for (i = 4; i < 29; i++)
		fields[i] = strtoull(at, &at, 10);
	*to = (struct program){ fields[22], fields[26], fields[28], st.st_dev, st.st_ino };
	return true;
}

/* Notices that it runs another program, or is another process. One that has ended has no program,
 * even if its parent has not asked for it yet. */
static void check_program(struct process *p, uint64_t now)
{
	struct program new;

	p->check_ns = now + CHECK_NS;
	if (!read_program(p->pid, &new) || !memcmp(&new, &p->program, sizeof(new)))
		return;
	p->program = new;
	p->jit = NULL;
	p->jit_ns = 0;
	read_maps(p, now, true);
}

static struct process *process_of(uint32_t pid, uint64_t now)
{
	struct process *p = last && last->pid == pid ? last : NULL;
	size_t i;

	for (i = 0; i < process_count && !p; i++) {
		if (processes[i]->pid == pid)
			p = processes[i];
	}
	if (!p) {
		if (process_count == PROCESSES_MAX)
			forget_process(oldest_process());
		p = xmalloc(sizeof(*p));
		*p = (struct process){ .pid = pid };
		processes[process_count++] = p;
	}
	last = p;
	p->used = ++uses;
	if (now >= p->check_ns)
		check_program(p, now);
	if (now >= p->reread_ns)
		read_maps(p, now, false);
	return p;
}

static struct map *find_map(const struct process *p, uint64_t addr)
{
	size_t low = 0, high = p->count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (addr < p->maps[middle].begin)
			high = middle;
		else if (addr >= p->maps[middle].end)
			low = middle + 1;
		else
			return &p->maps[middle];
	}
	return NULL;
}

static bool in_table(const struct symtab *t, uint64_t addr, struct sym *to)
{
	const struct symbol *s = symtab_find(t, addr);

	if (!s)
		return false;
	to->name = t->names + s->name;
	to->offset = addr - s->addr;
	return true;
}

static bool in_jit(struct process *p, uint64_t addr, uint64_t now, struct sym *to)
{
	static char module[32];
	bool found;

	found = p->jit && in_table(&p->jit->table, addr, to);
	if (!found && now >= p->jit_ns) {
		renew_jit(p, now);
		found = p->jit && in_table(&p->jit->table, addr, to);
	}
	if (p->jit)
		p->jit->used = uses;
	if (found) {
		snprintf(module, sizeof(module), "perf-%u.map", p->pid);
		to->module = module;
	}
	return found;
}

struct sym usym(uint32_t pid, uint64_t addr)
{
	uint64_t now = clock_mono_ns();
	struct process *p = process_of(pid, now);
	struct map *m = find_map(p, addr);
	struct sym s = { .offset = addr };
	const char *path, *slash;
	struct file *f = NULL;
	size_t i;

	/* Many an address on a stack is nonsense; not each of them is worth the reading. */
	if (!m && now >= p->miss_ns) {
		read_maps(p, now, false);
		m = find_map(p, addr);
	}
	if (!m)
		return s;
	path = p->paths + m->path;
	if (m->inode)
		f = file_of(p, m);
	else if (!strcmp(path, "[vdso]"))
		f = vdso_of(p, m);
	if (f)
		f->used = uses;
	if ((!f || !f->segment_count) && in_jit(p, addr, now, &s))
		return s;
	if (!*path)
		return s;
	slash = strrchr(path, '/');
	s.module = slash ? slash + 1 : path;
	s.offset = addr - m->begin + m->file_offset;
	for (i = 0; f && i < f->segment_count; i++) {
		if (s.offset - f->segments[i].offset >= f->segments[i].size)
			continue;
		s.offset += f->segments[i].addr - f->segments[i].offset;
		in_table(&f->table, s.offset, &s);
		break;
	}
	return s;
}
