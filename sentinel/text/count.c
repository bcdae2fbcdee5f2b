#include "count.h"

#include <errno.h>
#include <stdlib.h>

_Static_assert(sizeof(unsigned long long) == sizeof(uint64_t), "strtoull() says where it is too large");

bool count_read(const char *text, uint64_t *out)
{
	unsigned long long value;
	char *end;

	/* strtoull() itself takes white space and a sign. */
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end || errno)
		return false;
	*out = value;
	return true;
}
