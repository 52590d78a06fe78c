// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "sym.h"
#include "util.h"

/* Kernel. */

struct ksym {
	uint64_t addr;
	const char *name;
};

static struct ksym *ksyms;
static size_t ksym_count;

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ksym *)a)->name, ((const struct ksym *)b)->name);
}

bool parse_kallsym(char *line, uint64_t *addr, const char **name)
{
	char *p;

	/* "ffffffff81000000 T _text", modules with a tab and their name behind it */
	if (!isxdigit((unsigned char)*line))
		return false;
	*addr = strtoull(line, &p, 16);
	if (p[0] != ' ' || !isalpha((unsigned char)p[1]) || p[2] != ' ' || !p[3])
		return false;
	*name = p + 3;
	p[3 + strcspn(p + 3, "\t ")] = 0;
	return **name;
}

static void read_kallsyms(void)
{
	static bool done;
	char *text, *line, *next;
	size_t room = 0;
	struct ksym k;

	if (done)
		return;
	done = true;
	text = read_file("/proc/kallsyms", NULL);
	for (line = text; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = 0;
		if (!parse_kallsym(line, &k.addr, &k.name))
			continue;
		if (ksym_count == room) {
			room = room ? 2 * room : 1 << 16;
			ksyms = xrealloc(ksyms, room * sizeof(*ksyms));
		}
		ksyms[ksym_count++] = k;
	}
	if (ksyms)
		qsort(ksyms, ksym_count, sizeof(*ksyms), by_name);
}

bool ksym_known(void)
{
	read_kallsyms();
	return ksym_count;
}

uint64_t ksym_addr(const char *name)
{
	struct ksym key = { .name = name }, *found;

	read_kallsyms();
	found = ksyms ? bsearch(&key, ksyms, ksym_count, sizeof(key), by_name) : NULL;
	return !found ? 0 : found->addr ? found->addr : 1;
}

/* Files of processes. */

struct symbol {
	uint64_t addr, size;            /* addr: as in the file's headers */
	const char *name;
};

struct segment {
	uint64_t offset, addr, size;
};

static struct file {
	uint64_t inode;
	uint32_t dev;
	struct symbol *symbols;
	struct segment *segments;
	size_t count, segment_count;
} *files;
static size_t file_count;

#define FILES_MAX 64                    /* whose symbols are kept */

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void add_symbols(struct file *f, Elf *elf, Elf_Scn *section, const GElf_Shdr *head)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t i, n = head->sh_entsize ? head->sh_size / head->sh_entsize : 0;
	const char *name;
	GElf_Sym sym;

	if (!data || !n)
		return;
	f->symbols = xrealloc(f->symbols, (f->count + n) * sizeof(*f->symbols));
	for (i = 0; i < n; i++) {
		if (!gelf_getsym(data, i, &sym) || GELF_ST_TYPE(sym.st_info) != STT_FUNC ||
		    !sym.st_value)
			continue;
		name = elf_strptr(elf, head->sh_link, sym.st_name);
		if (!name || !*name)
			continue;
		f->symbols[f->count++] =
			(struct symbol){ sym.st_value, sym.st_size, xstrdup(name) };
	}
}

static void read_symbols(struct file *f, int fd)
{
	Elf_Scn *section = NULL;
	size_t i, n = 0;
	GElf_Shdr head;
	GElf_Phdr phdr;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf)
		return;
	while ((section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, &head) &&
		    (head.sh_type == SHT_SYMTAB || head.sh_type == SHT_DYNSYM))
			add_symbols(f, elf, section, &head);
	}
	if (elf_getphdrnum(elf, &n))
		n = 0;
	f->segments = xmalloc(n * sizeof(*f->segments) + 1);
	for (i = 0; i < n; i++) {
		if (gelf_getphdr(elf, i, &phdr) && phdr.p_type == PT_LOAD)
			f->segments[f->segment_count++] =
				(struct segment){ phdr.p_offset, phdr.p_vaddr, phdr.p_filesz };
	}
	elf_end(elf);
	if (f->count)
		qsort(f->symbols, f->count, sizeof(*f->symbols), by_address);
}

static void file_free(struct file *f)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		free((char *)f->symbols[i].name);
	free(f->symbols);
	free(f->segments);
}

/* The process's own view of the file: map_files finds it in any container and after its deletion,
 * and may be read by root alone; the path below its root is the next best. */
static int open_mapped(uint32_t pid, const struct mapping *m)
{
	char path[4096 + 64];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/map_files/%lx-%lx", pid, m->begin, m->end);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/%u/root%s", pid, m->path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && (fstat(fd, &st) || st.st_ino != m->inode)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static struct file *file_of(uint32_t pid, const struct mapping *m)
{
	struct file *f;
	size_t i;
	int fd;

	for (i = 0; i < file_count; i++) {
		if (files[i].inode == m->inode && files[i].dev == m->dev)
			return &files[i];
	}
	if (!files)
		files = xmalloc(FILES_MAX * sizeof(*files));
	if (file_count == FILES_MAX) {
		file_free(&files[0]);
		memmove(files, files + 1, --file_count * sizeof(*files));
	}
	f = &files[file_count++];
	*f = (struct file){ .inode = m->inode, .dev = m->dev };
	fd = open_mapped(pid, m);
	if (fd >= 0) {
		read_symbols(f, fd);
		close(fd);
	}
	return f;
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

static bool find_mapping(char *maps, uint64_t addr, struct mapping *m)
{
	char *line, *save;

	for (line = strtok_r(maps, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (parse_mapping(line, m) && addr >= m->begin && addr < m->end)
			return true;
	}
	return false;
}

static const struct symbol *find_symbol(const struct file *f, uint64_t addr)
{
	size_t low = 0, high = f->count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (f->symbols[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	/* Of several at one address the last is as good as any; one without size reaches to the
	 * next. */
	if (!low)
		return NULL;
	if (f->symbols[low - 1].size && addr - f->symbols[low - 1].addr >= f->symbols[low - 1].size)
		return NULL;
	return &f->symbols[low - 1];
}

struct usym usym(uint32_t pid, uint64_t addr)
{
	static char module[256];
	const struct symbol *s;
	struct usym u = {};
	struct mapping m;
	struct file *f;
	char path[64], *maps;
	uint64_t offset;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	maps = read_file(path, NULL);
	if (!maps || !find_mapping(maps, addr, &m) || !*m.path) {
		free(maps);
		u.offset = addr;
		return u;
	}
	snprintf(module, sizeof(module), "%s",
		 strrchr(m.path, '/') ? strrchr(m.path, '/') + 1 : m.path);
	u.module = module;
	offset = addr - m.begin + m.file_offset;
	u.offset = offset;
	f = m.inode ? file_of(pid, &m) : NULL;
	free(maps);
	for (i = 0; f && i < f->segment_count; i++) {
		if (offset < f->segments[i].offset ||
		    offset - f->segments[i].offset >= f->segments[i].size)
			continue;
		s = find_symbol(f, offset - f->segments[i].offset + f->segments[i].addr);
		if (s) {
			u.name = s->name;
			u.offset = offset - f->segments[i].offset + f->segments[i].addr - s->addr;
		}
		break;
	}
	return u;
}
