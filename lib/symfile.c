// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "symfile.h"
#include "util.h"

#define FILES_MAX 512
#define BYTES_MAX SYMTAB_BYTES_MAX      /* of all together */
#define CRC_MAX (512 << 20)

static struct symfile files[FILES_MAX];
static size_t bytes;
static uint64_t ids, uses;

bool symfile_use(const struct symfile_ref *ref)
{
	if (!ref->id || ref->file->id != ref->id)
		return false;
	ref->file->used = ++uses;
	return true;
}

static void forget(struct symfile *f)
{
	bytes -= symtab_bytes(&f->table);
	symtab_free(&f->table);
	*f = (struct symfile){};
}

/* The one that was not used longest, or a free place. */
static struct symfile *oldest(bool used)
{
	struct symfile *f, *found = NULL;

	for (f = files; f < files + FILES_MAX; f++) {
		if ((f->id || !used) && (!found || f->used < found->used))
			found = f;
	}
	return found;
}

static struct symfile_ref new_file(const struct identity *identity)
{
	struct symfile *f = oldest(false);

	forget(f);
	*f = (struct symfile){ .identity = *identity, .id = ++ids, .used = ++uses };
	return (struct symfile_ref){ f, f->id };
}

/* Counts what a new file takes; the newest one stays in any case. */
static void keep_bound(const struct symfile *new)
{
	bytes += symtab_bytes(&new->table);
	while (bytes > BYTES_MAX && oldest(true) != new)
		forget(oldest(true));
}

static struct symfile_ref find(const struct identity *wanted)
{
	const struct identity *i;
	struct symfile *f;

	for (f = files; f < files + FILES_MAX; f++) {
		i = &f->identity;
		if (f->id && i->inode == wanted->inode && i->dev == wanted->dev &&
		    i->size == wanted->size && i->changed.tv_sec == wanted->changed.tv_sec &&
		    i->changed.tv_nsec == wanted->changed.tv_nsec)
			return (struct symfile_ref){ f, f->id };
	}
	return (struct symfile_ref){};
}

static struct identity identity_of(const struct stat *st)
{
	return (struct identity){ st->st_dev, st->st_ino, st->st_size, st->st_ctim };
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
static int open_mapped(uint32_t pid, const struct mapping *m, uint64_t seen_ns, struct stat *st)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/map_files/%llx-%llx", pid,
		 (unsigned long long)m->begin, (unsigned long long)m->end);
	fd = reopen_plain(open(path, O_PATH | O_CLOEXEC), st);
	if (fd >= 0)
		return fd;
	fd = open_below(root_of(pid), m->path, 0, st);
	if (fd >= 0 && st->st_ino == m->inode)
		return fd;
	if (fd >= 0)
		close(fd);
	fd = open_below("/", m->path, 0, st);
	if (fd >= 0 && st->st_ino == m->inode && st->st_dev == m->dev &&
	    st->st_ctim.tv_sec * 1000000000ULL + st->st_ctim.tv_nsec < seen_ns)
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
static bool try_debug_file(uint32_t pid, const struct elf *e, const char *path,
			   uint32_t crc, struct symtab *to)
{
	const char *const roots[] = { "/", root_of(pid) };
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

static void add_debug_symbols(uint32_t pid, const char *name, const struct elf *e,
			      struct symtab *to)
{
	static const char *const places[] = { "%.*s/%s", "%.*s/.debug/%s",
		"/usr/lib/debug%.*s/%s" };
	const char *slash = strrchr(name, '/');
	char path[4096 + 512], link[256], *end = path;
	uint32_t crc;
	size_t i;

	if (e->build_id_size) {
		end += sprintf(path, "/usr/lib/debug/.build-id/");
		for (i = 0; i < e->build_id_size; i++)
			end += sprintf(end, i ? "%02x" : "%02x/", e->build_id[i]);
		strcpy(end, ".debug");
		if (try_debug_file(pid, e, path, 0, to))
			return;
	}
	if (!slash || !elf_debug_link(e, link, &crc))
		return;
	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, sizeof(path), places[i], (int)(slash - name), name, link);
		if (try_debug_file(pid, e, path, crc, to))
			return;
	}
}

/* NAME: where the process has it. */
static struct symfile_ref read_elf(uint32_t pid, const char *name, const struct identity *identity,
				   int fd, uint64_t base)
{
	struct symfile_ref ref = new_file(identity);
	struct symfile *f = ref.file;
	struct elf e;

	if (elf_open(&e, fd, base, identity->size)) {
		memcpy(f->segments, e.segments, sizeof(f->segments));
		f->segment_count = e.segment_count;
		if (!elf_symbols(&e, &f->table) && name)
			add_debug_symbols(pid, name, &e, &f->table);
		symtab_finish(&f->table);
	}
	keep_bound(f);
	return ref;
}

struct symfile_ref symfile_of_mapping(uint32_t pid, const struct mapping *m, uint64_t seen_ns)
{
	struct symfile_ref ref = {};
	struct identity identity;
	struct stat st;
	int fd;

	fd = open_mapped(pid, m, seen_ns, &st);
	if (fd < 0)
		return ref;
	identity = identity_of(&st);
	ref = find(&identity);
	if (!ref.id)
		ref = read_elf(pid, m->path, &identity, fd, 0);
	close(fd);
	return ref;
}

/* It is the same in our own memory. */
struct symfile_ref symfile_of_vdso(uint64_t size)
{
	struct identity identity = { .size = size };
	struct symfile_ref ref = find(&identity);
	uint64_t begin = getauxval(AT_SYSINFO_EHDR);
	int fd;

	if (ref.id || !begin)
		return ref;
	fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ref;
	ref = read_elf(0, NULL, &identity, fd, begin);
	close(fd);
	return ref;
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
static int open_perf_map(uint32_t pid, struct stat *st)
{
	char path[64], *status;
	unsigned uid, inner;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	status = read_file(path, NULL);
	if (!status)
		return -1;
	/* Each line begins with its key, but for a name in which newlines are written as \n. */
	uid = status_number(status, "\nUid:\t", false);
	inner = status_number(status, "\nNSpid:", true);
	free(status);
	snprintf(path, sizeof(path), "/tmp/perf-%u.map", inner);
	fd = open_below(root_of(pid), path, O_NOFOLLOW, st);
	if (fd >= 0 && st->st_uid && st->st_uid != uid) {
		close(fd);
		fd = -1;
	}
	return fd;
}

struct symfile_ref symfile_of_perf_map(uint32_t pid, struct symfile_ref before)
{
	struct symfile_ref ref;
	struct identity identity;
	struct stat st;
	uint64_t size;
	char *text;
	ssize_t n;
	int fd;

	fd = open_perf_map(pid, &st);
	if (fd < 0)
		return before;
	identity = identity_of(&st);
	ref = find(&identity);
	if (!ref.id) {
		/* The list as it was is of no use to anybody. */
		if (symfile_use(&before))
			forget(before.file);
		ref = new_file(&identity);
		size = identity.size < BYTES_MAX / 2 ? identity.size : BYTES_MAX / 2;
		text = xmalloc(size + 1);
		n = pread(fd, text, size, 0);
		text[n > 0 ? n : 0] = 0;
		symtab_from_perf_map(&ref.file->table, text);
		keep_bound(ref.file);
	}
	close(fd);
	return ref;
}
