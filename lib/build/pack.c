// SPDX-License-Identifier: GPL-2.0-only
/* pack TABLE NAME=FILE ... > table.c: packs files into the C source of a "struct packed" table.
 * Runs at build time, on the building machine. A block holds a few files: similar ones shrink
 * together, and no more than one block has to be unpacked to get at a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PER_BLOCK 8

static void fail(const char *what, const char *on)
{
	fprintf(stderr, "pack: cannot %s %s\n", what, on);
	exit(EXIT_FAILURE);
}

static unsigned char *append(unsigned char *block, size_t *used, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		fail("open", path);
	do {
		block = realloc(block, *used + 65536);
		if (!block)
			fail("find memory for", path);
		n = fread(block + *used, 1, 65536, f);
		*used += n;
	} while (n);
	if (ferror(f))
		fail("read", path);
	fclose(f);
	return block;
}

static void print_block(int number, const unsigned char *block, size_t size)
{
	unsigned long bound, i;
	unsigned char *packed;
	z_stream z = { 0 };

	if (deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		fail("start", "zlib");
	bound = deflateBound(&z, size);
	packed = malloc(bound);
	if (!packed)
		fail("find memory for", "zlib");
	z.next_in = (unsigned char *)block;
	z.avail_in = size;
	z.next_out = packed;
	z.avail_out = bound;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		fail("pack", "a block");
	printf("static const unsigned char block%d[] = {", number);
	for (i = 0; i < z.total_out; i++)
		printf("%s%d,", i % 24 ? "" : "\n", packed[i]);
	printf("\n};\n");
	deflateEnd(&z);
	free(packed);
}

int main(int argc, char **argv)
{
	size_t *at, *sizes, used;
	unsigned char *block;
	int i, j, blocks;

	if (argc < 2)
		return EXIT_FAILURE;
	at = calloc(argc, sizeof(*at));
	sizes = calloc(argc, sizeof(*sizes));
	if (!at || !sizes)
		fail("find memory for", "the table");
	printf("#include \"packed.h\"\n");
	blocks = 0;
	for (i = 2; i < argc; i += PER_BLOCK, blocks++) {
		used = 0;
		block = NULL;
		for (j = i; j < argc && j < i + PER_BLOCK; j++) {
			if (!strchr(argv[j], '='))
				fail("find a name in", argv[j]);
			at[j] = used;
			block = append(block, &used, strchr(argv[j], '=') + 1);
		}
		print_block(blocks, block, used);
		for (j = i; j < argc && j < i + PER_BLOCK; j++)
			sizes[j] = used;
		free(block);
	}
	printf("const struct packed %s[] = {\n", argv[1]);
	for (i = 2; i < argc; i++) {
		size_t end = i + 1 < argc && (i - 1) % PER_BLOCK ? at[i + 1] : sizes[i];

		j = (i - 2) / PER_BLOCK;
		printf("\t{ \"%.*s\", block%d, sizeof(block%d), %zu, %zu, %zu },\n",
		       (int)strcspn(argv[i], "="), argv[i], j, j, sizes[i], at[i], end - at[i]);
	}
	printf("\t{ 0 }\n};\n");
	return EXIT_SUCCESS;
}
