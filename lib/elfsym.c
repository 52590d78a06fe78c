// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "elfsym.h"
#include "util.h"

#define HEADERS_MAX (8 << 20)           /* 65535 sections are 4 MB */
#define NOTES_MAX (64 << 10)
#define TABLES_MAX 4                    /* of symbols; there are two */
#define CHUNK 4096                      /* symbols read at once */

/* Headers and symbols of both classes: the same fields, of other sizes and in another order. */
#define SIZE(e, type) ((e)->wide ? sizeof(Elf64_##type) : sizeof(Elf32_##type))
#define GET(e, type, p, field) \
	((e)->wide ? (uint64_t)((const Elf64_##type *)(p))->field \
		   : (uint64_t)((const Elf32_##type *)(p))->field)

/* The section headers, as they are in the file. */
struct sections {
	char *raw;
	size_t count, names;            /* names: which section has them */
};

static bool read_at(const struct elf *e, uint64_t offset, void *to, uint64_t size)
{
	if (offset > e->size || size > e->size - offset)
		return false;
	return pread(e->fd, to, size, e->base + offset) == (ssize_t)size;
}

static void *read_part(const struct elf *e, uint64_t offset, uint64_t size, uint64_t max)
{
	char *data;

	if (!size || size > max || offset > e->size || size > e->size - offset)
		return NULL;
	data = xmalloc(size + 1);
	data[size] = 0;
	if (read_at(e, offset, data, size))
		return data;
	free(data);
	return NULL;
}

static void find_build_id(struct elf *e, uint64_t offset, uint64_t size)
{
	char *notes = read_part(e, offset, size, NOTES_MAX);
	size_t at = 0, name, text;
	Elf64_Nhdr *n;                  /* the same for 32 bits */

	while (notes && at + sizeof(*n) <= size) {
		n = (Elf64_Nhdr *)(notes + at);
		at += sizeof(*n);
		name = (n->n_namesz + 3ULL) & ~3ULL;
		text = (n->n_descsz + 3ULL) & ~3ULL;
		/* Behind the last one there need not be the padding. */
		if (name > size - at || n->n_descsz > size - at - name)
			break;
		if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 &&
		    !memcmp(notes + at, "GNU", 4)) {
			e->build_id_size = n->n_descsz < sizeof(e->build_id) ?
				n->n_descsz : sizeof(e->build_id);
			memcpy(e->build_id, notes + at + name, e->build_id_size);
			break;
		}
		at += name + text;
	}
	free(notes);
}

static void read_segments(struct elf *e, const char *raw, size_t count)
{
	const char *p;

	for (p = raw; p < raw + count * SIZE(e, Phdr); p += SIZE(e, Phdr)) {
		if (GET(e, Phdr, p, p_type) == PT_NOTE && !e->build_id_size)
			find_build_id(e, GET(e, Phdr, p, p_offset), GET(e, Phdr, p, p_filesz));
		if (GET(e, Phdr, p, p_type) == PT_LOAD && GET(e, Phdr, p, p_flags) & PF_X &&
		    e->segment_count < ELF_SEGMENTS)
			e->segments[e->segment_count++] = (struct segment){
				GET(e, Phdr, p, p_offset), GET(e, Phdr, p, p_vaddr),
				GET(e, Phdr, p, p_filesz)
			};
	}
}

bool elf_open(struct elf *e, int fd, uint64_t base, uint64_t size)
{
	static const unsigned char order = __BYTE_ORDER == __LITTLE_ENDIAN ?
		ELFDATA2LSB : ELFDATA2MSB;
	unsigned char ident[EI_NIDENT];
	char *head, *raw = NULL;
	size_t count;

	*e = (struct elf){ .fd = fd, .base = base, .size = size };
	if (!read_at(e, 0, ident, sizeof(ident)) || memcmp(ident, ELFMAG, SELFMAG) ||
	    ident[EI_DATA] != order)
		return false;
	e->wide = ident[EI_CLASS] == ELFCLASS64;
	head = read_part(e, 0, SIZE(e, Ehdr), HEADERS_MAX);
	if (!head)
		return false;
	count = GET(e, Ehdr, head, e_phnum);
	if (GET(e, Ehdr, head, e_phentsize) == SIZE(e, Phdr))
		raw = read_part(e, GET(e, Ehdr, head, e_phoff), count * SIZE(e, Phdr),
				HEADERS_MAX);
	if (GET(e, Ehdr, head, e_shentsize) == SIZE(e, Shdr))
		e->sections = GET(e, Ehdr, head, e_shoff);
	e->section_count = GET(e, Ehdr, head, e_shnum);
	e->section_names = GET(e, Ehdr, head, e_shstrndx);
	if (raw)
		read_segments(e, raw, count);
	free(head);
	free(raw);
	return raw;
}

static const char *section(const struct elf *e, const struct sections *s, uint64_t i)
{
	return i < s->count ? s->raw + i * SIZE(e, Shdr) : NULL;
}

static bool read_sections(const struct elf *e, struct sections *s)
{
	char *first;

	*s = (struct sections){ .count = e->section_count, .names = e->section_names };
	first = e->sections ? read_part(e, e->sections, SIZE(e, Shdr), HEADERS_MAX) : NULL;
	if (!first)
		return false;
	/* From 65280 sections on, the first one has the numbers. */
	if (!s->count)
		s->count = GET(e, Shdr, first, sh_size);
	if (s->names == SHN_XINDEX)
		s->names = GET(e, Shdr, first, sh_link);
	free(first);
	if (s->count <= HEADERS_MAX / SIZE(e, Shdr))
		s->raw = read_part(e, e->sections, s->count * SIZE(e, Shdr), HEADERS_MAX);
	return s->raw;
}

/* Labels of compilers and assemblers that are no functions: .L1, $x of arm64. */
static bool is_label(const char *name)
{
	return name[0] == '$' || (name[0] == '.' && name[1] == 'L');
}

static void add_symbol(const struct elf *e, const struct sections *s, const void *p, size_t names,
		       size_t names_size, struct symtab *to)
{
	unsigned type = ELF64_ST_TYPE(GET(e, Sym, p, st_info));
	unsigned bind = ELF64_ST_BIND(GET(e, Sym, p, st_info));
	const char *in = section(e, s, GET(e, Sym, p, st_shndx));
	uint64_t addr = GET(e, Sym, p, st_value), size = GET(e, Sym, p, st_size), end;
	uint64_t name = GET(e, Sym, p, st_name);
	int rank = bind == STB_LOCAL ? LOCAL : bind == STB_WEAK ? WEAK : GLOBAL;

	if (type == STT_NOTYPE)
		rank = LABEL;
	else if (type != STT_FUNC && type != STT_GNU_IFUNC)
		return;
	if (!in || !(GET(e, Shdr, in, sh_flags) & SHF_EXECINSTR) || name >= names_size)
		return;
	end = GET(e, Shdr, in, sh_addr) + GET(e, Shdr, in, sh_size);
	name += names;
	if (!to->names[name] || addr < GET(e, Shdr, in, sh_addr) || addr >= end ||
	    (rank == LABEL && is_label(to->names + name)))
		return;
	symtab_add(to, addr, size ? size : end - addr, !size, rank, name);
}

static bool add_symbols(const struct elf *e, const struct sections *s, const char *head,
			struct symtab *to)
{
	size_t entry = SIZE(e, Sym), names = to->names_size, i, n;
	const char *strings = section(e, s, GET(e, Shdr, head, sh_link));
	uint64_t at = GET(e, Shdr, head, sh_offset), left, size, part;
	char *chunk;

	if (!strings || GET(e, Shdr, head, sh_entsize) != entry)
		return false;
	size = GET(e, Shdr, strings, sh_size);
	n = GET(e, Shdr, head, sh_size) / entry;
	/* Nothing is allocated for what the file cannot have. */
	if (!n || !size || size > e->size || n > e->size / entry || !symtab_reserve(to, n, size) ||
	    !read_at(e, GET(e, Shdr, strings, sh_offset), to->names + names, size))
		return false;
	to->names[names + size - 1] = 0;
	to->names_size += size;
	for (left = n * entry; left; left -= part, at += part) {
		part = left < CHUNK * entry ? left : CHUNK * entry;
		chunk = read_part(e, at, part, part);
		for (i = 0; chunk && i < part; i += entry)
			add_symbol(e, s, chunk + i, names, size, to);
		free(chunk);
	}
	return true;
}

bool elf_symbols(const struct elf *e, struct symtab *to)
{
	bool complete = false;
	struct sections s;
	const char *head;
	uint64_t type;
	int tables = 0;
	size_t i;

	if (!read_sections(e, &s))
		return false;
	for (i = 0; i < s.count && tables < TABLES_MAX; i++) {
		head = section(e, &s, i);
		type = GET(e, Shdr, head, sh_type);
		if (type != SHT_SYMTAB && type != SHT_DYNSYM)
			continue;
		tables++;
		if (add_symbols(e, &s, head, to) && type == SHT_SYMTAB)
			complete = true;
	}
	free(s.raw);
	return complete;
}

bool elf_debug_link(const struct elf *e, char name[256], uint32_t *crc)
{
	uint64_t at, size, size_of_names;
	char *names = NULL, *link = NULL;
	const char *head;
	struct sections s;
	size_t i, end;

	if (!read_sections(e, &s))
		return false;
	head = section(e, &s, s.names);
	size_of_names = head ? GET(e, Shdr, head, sh_size) : 0;
	if (head)
		names = read_part(e, GET(e, Shdr, head, sh_offset), size_of_names, HEADERS_MAX);
	for (i = 0; names && !link && i < s.count; i++) {
		head = section(e, &s, i);
		at = GET(e, Shdr, head, sh_name);
		size = GET(e, Shdr, head, sh_size);
		if (at < size_of_names && !strcmp(names + at, ".gnu_debuglink"))
			link = read_part(e, GET(e, Shdr, head, sh_offset), size, 256 + 8);
	}
	/* A name, padding, and the checksum at a multiple of four. */
	end = link ? (strlen(link) + 4) & ~3UL : 0;
	if (link && end + 4 <= size && *link && strlen(link) < 256 && !strchr(link, '/')) {
		strcpy(name, link);
		memcpy(crc, link + end, 4);
	} else {
		end = 0;
	}
	free(link);
	free(names);
	free(s.raw);
	return end;
}

uint32_t elf_crc(int fd, uint64_t size)
{
	uint32_t sum = crc32(0, NULL, 0);
	unsigned char data[16384];
	uint64_t at;
	ssize_t n;

	for (at = 0; at < size; at += n) {
		n = pread(fd, data, sizeof(data), at);
		if (n <= 0)
			break;
		sum = crc32(sum, data, n);
	}
	return sum;
}
