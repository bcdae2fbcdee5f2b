/* Takes a scratch folder of a test away again, with all that is in it. */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <ftw.h>
#include <stdio.h>

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
