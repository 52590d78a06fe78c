/* Reads ELF files that nobody vouches for: each may be cut short, change meanwhile, or have been
 * written to do harm. Files of this machine's byte order, of 64 and 32 bits. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "symtab.h"

#define ELF_SEGMENTS 8                  /* executable ones have never been more than 3 */

struct segment {
	uint64_t offset, addr, size;    /* in the file, in the file's addresses */
};

struct elf {
	int fd;
	uint64_t base, size;            /* where it begins in what FD reads */
	bool wide;                      /* 64 bits */
	uint64_t sections, section_count, section_names;        /* as the header has them */
	struct segment segments[ELF_SEGMENTS];
	unsigned segment_count;
	unsigned char build_id[20];     /* cut if longer */
	unsigned build_id_size;         /* 0: none */
};

/* Reads the headers; false if it is no ELF file. FD stays the caller's and open while E is used. */
bool elf_open(struct elf *e, int fd, uint64_t base, uint64_t size);

/* Adds its functions to the table. False if it has none but those that it shares with other files:
 * the others may be in a file for debuggers. */
bool elf_symbols(const struct elf *e, struct symtab *to);

/* The name of the file for debuggers, without a directory, and its checksum. */
bool elf_debug_link(const struct elf *e, char name[256], uint32_t *crc);

/* The checksum that a debug link has, of so much of a file. */
uint32_t elf_crc(int fd, uint64_t size);
