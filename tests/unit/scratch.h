/* A scratch folder of a test: made, and taken away again with all that is in it. 0: done, as cmocka has it. */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCRATCH_SIZE = 32 };

static inline int scratch_make(char directory[SCRATCH_SIZE])
{
	snprintf(directory, SCRATCH_SIZE, "/tmp/skew-unit-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline int scratch_remove(const char *directory)
{
	return nftw(directory, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
