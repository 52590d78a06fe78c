// SPDX-License-Identifier: GPL-2.0-only
/* What libelf and libbpf link but never call here: compression, for writing ELF files, and gzip files,
 * for the kernel's configuration, which no program of ours refers to (no __kconfig variables). The
 * linker takes these instead of 47 KB of zlib. Each of them fails as zlib would without memory. */
#include <zlib.h>

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
