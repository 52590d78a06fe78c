// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "clock.h"
#include "sym.h"
#include "symfile.h"
#include "util.h"

#define CHECK_NS 10000000ULL            /* how long a process is believed to be the same */
#define REREAD_NS 1000000000ULL         /* and its mappings, if nothing speaks against it */
#define PROCESSES_MAX 256
#define BYTES_MAX (16 << 20)            /* of all processes together */
#define MAPS_MAX 16384                  /* of one process */
#define PATHS_MAX (1 << 20)

struct map {
	uint64_t begin, end, file_offset, inode;
	uint32_t dev, path;             /* path: where in the paths */
	struct symfile_ref file;
	bool tried;                     /* to find the file */
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
	struct symfile_ref jit;
};

static struct process *processes[PROCESSES_MAX], *last;
static size_t process_count, bytes;
static uint64_t uses;                   /* a clock of its own, for who was used longest ago */

static void forget_oldest(void)
{
	struct process *p;
	size_t i, oldest = 0;

	for (i = 1; i < process_count; i++) {
		if (processes[i]->used < processes[oldest]->used)
			oldest = i;
	}
	p = processes[oldest];
	processes[oldest] = processes[--process_count];
	bytes -= p->bytes;
	if (last == p)
		last = NULL;
	free(p->maps);
	free(p->paths);
	free(p);
}

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

/* How long to wait before something is done again: so that it takes one part in 64 of the time at
 * most. */
static uint64_t next_time(uint64_t begin, uint64_t wait)
{
	uint64_t now = clock_mono_ns();

	return now + wait + 64 * (now - begin);
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
	bytes -= p->bytes;
	p->bytes = sizeof(*p) + p->count * sizeof(*p->maps) + p->paths_size;
	bytes += p->bytes;
	/* It is the one used last itself. */
	while (bytes > BYTES_MAX && process_count > 1)
		forget_oldest();
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
	p->jit.id = 0;
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
			forget_oldest();
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

	found = symfile_use(&p->jit) && in_table(&p->jit.file->table, addr, to);
	if (!found && now >= p->jit_ns) {
		p->jit = symfile_of_perf_map(p->pid, p->jit);
		p->jit_ns = next_time(now, REREAD_NS);
		found = symfile_use(&p->jit) && in_table(&p->jit.file->table, addr, to);
	}
	if (found) {
		snprintf(module, sizeof(module), "perf-%u.map", p->pid);
		to->module = module;
	}
	return found;
}

/* The file that a mapping is of; NULL if there is none that can be read. */
static const struct symfile *file_of(const struct process *p, struct map *m)
{
	struct mapping as_read = {
		m->begin, m->end, m->file_offset, m->inode, m->dev, p->paths + m->path,
	};

	if (symfile_use(&m->file))
		return m->file.file;
	/* What was found and is gone since is looked for again. */
	if (m->tried && !m->file.id)
		return NULL;
	m->tried = true;
	if (m->inode)
		m->file = symfile_of_mapping(p->pid, &as_read, p->read_ns);
	else if (!strcmp(as_read.path, "[vdso]") && m->begin >> 32)
		m->file = symfile_of_vdso(m->end - m->begin + m->file_offset);
	return m->file.id ? m->file.file : NULL;
}

struct sym usym(uint32_t pid, uint64_t addr)
{
	uint64_t now = clock_mono_ns();
	struct process *p = process_of(pid, now);
	struct map *m = find_map(p, addr);
	struct sym s = { .offset = addr };
	const struct segment *g;
	const struct symfile *f;
	const char *path, *slash;

	/* Many an address on a stack is nonsense; not each of them is worth the reading. */
	if (!m && now >= p->miss_ns) {
		read_maps(p, now, false);
		m = find_map(p, addr);
	}
	if (!m)
		return s;
	f = file_of(p, m);
	if ((!f || !f->segment_count) && in_jit(p, addr, now, &s))
		return s;
	path = p->paths + m->path;
	if (!*path)
		return s;
	slash = strrchr(path, '/');
	s.module = slash ? slash + 1 : path;
	s.offset = addr - m->begin + m->file_offset;
	for (g = f ? f->segments : NULL; g && g < f->segments + f->segment_count; g++) {
		if (s.offset - g->offset < g->size) {
			s.offset += g->addr - g->offset;
			in_table(&f->table, s.offset, &s);
			break;
		}
	}
	return s;
}
