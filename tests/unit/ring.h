/* Key rings from the text of a key file. */
#ifndef TESTS_UNIT_RING_H
#define TESTS_UNIT_RING_H

#include <string.h>

#include "../../proto/mac.h"
#include "story.h"

/* For keyring_free; where the text is not good the test fails, with what is wrong with it. */
static inline struct keyring *ring_of(const char *text)
{
	struct keys_error error = { 0 };
	struct keyring *ring = keyring_parse(text, strlen(text), &error);

	assert_string_equal(error.text, "");
	assert_non_null(ring);
	return ring;
}

#endif
