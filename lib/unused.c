// SPDX-License-Identifier: GPL-2.0-only
/* What libelf and libbpf link but never call here: compression, for writing ELF files, and gzip
 * files, for the kernel's configuration, which no program of ours refers to (no __kconfig
 * variables). The linker takes these instead of 47 KB of zlib, and with elfutils from 0.189 on, 700
 * KB of libzstd. Each of them fails as the real one would. */
#include <zlib.h>

#define ZSTD_FAILED ((size_t)-1)

/* Not in zstd.h's words, which a build with older elfutils need not have. */
void *ZSTD_createCCtx(void);
size_t ZSTD_freeCCtx(void *context);
size_t ZSTD_compressStream2(void *context, void *to, void *from, int end);
size_t ZSTD_decompress(void *to, size_t size, const void *from, size_t packed);
unsigned ZSTD_isError(size_t code);
void eu_search_tree_init(void *tree);
void eu_search_tree_fini(void *tree, void (*free_node)(void *));

int deflateInit_(z_stream *z, int level, const char *version, int size)
{
	return Z_MEM_ERROR;
}

int deflate(z_stream *z, int flush)
{
	return Z_STREAM_ERROR;
}

int deflateEnd(z_stream *z)
{
	return Z_STREAM_ERROR;
}

int deflateReset(z_stream *z)
{
	return Z_STREAM_ERROR;
}

gzFile gzopen64(const char *path, const char *mode)
{
	return NULL;
}

char *gzgets(gzFile file, char *to, int size)
{
	return NULL;
}

int gzclose(gzFile file)
{
	return Z_STREAM_ERROR;
}

void *ZSTD_createCCtx(void)
{
	return NULL;
}

size_t ZSTD_freeCCtx(void *context)
{
	return 0;
}

size_t ZSTD_compressStream2(void *context, void *to, void *from, int end)
{
	return ZSTD_FAILED;
}

size_t ZSTD_decompress(void *to, size_t size, const void *from, size_t packed)
{
	return ZSTD_FAILED;
}

unsigned ZSTD_isError(size_t code)
{
	return code == ZSTD_FAILED;
}

/* Debian 13's libelf.a (0.192) calls these two and does not bring them. They care for a tree of raw
 * chunks of a file, which stays as it was allocated, empty: nothing here reads raw chunks. */
void eu_search_tree_init(void *tree)
{
}

void eu_search_tree_fini(void *tree, void (*free_node)(void *))
{
}
