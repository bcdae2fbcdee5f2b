#include "history_leaf.h"

#include <math.h>
#include <string.h>

static const char magic[4] = "SKH1";

_Static_assert(sizeof(struct history_point) == 20, "as it is on disk");
_Static_assert(sizeof(struct leaf) == 128 + LEAF_POINTS * 20, "as it is on disk, without gaps");
_Static_assert(sizeof(struct leaf) <= LEAF_SIZE, "it has room");

/* CRC-32 as of IEEE 802.3, four bits at a time. */
static uint32_t checksum(const void *octets, size_t len)
{
	static const uint32_t table[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190,
		0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
	const unsigned char *at = octets;
	uint32_t sum = 0xffffffff;

	while (len--) {
		sum ^= *at++;
		sum = (sum >> 4) ^ table[sum & 15];
		sum = (sum >> 4) ^ table[sum & 15];
	}
	return ~sum;
}

static uint32_t sum_of(const struct leaf *leaf)
{
	size_t from = offsetof(struct leaf, save);

	return checksum((const char *)leaf + from, sizeof *leaf - from);
}

static int64_t blocks_of(enum history_tier tier)
{
	return (history_shapes[tier].kept + LEAF_POINTS - 1) / LEAF_POINTS + 1;
}

size_t leaf_place(enum history_tier tier, int64_t block)
{
	size_t first = 0;

	for (enum history_tier finer = 0; finer < tier; finer++)
		first += (size_t)blocks_of(finer);
	return first + (size_t)(block % blocks_of(tier));
}

void leaf_fill(
	struct leaf *leaf, const struct history *history, size_t node, enum history_tier tier, int64_t block)
{
	leaf->tier = tier;
	leaf->block = block;
	memset(leaf->name, 0, sizeof leaf->name);
	memcpy(leaf->name, history_name(history, node), strlen(history_name(history, node)));
	for (int i = 0; i < LEAF_POINTS; i++) {
		const struct history_point *point = history_at(history, node, tier, block * LEAF_POINTS + i);

		leaf->points[i] = point ? *point : (struct history_point){ 0 };
	}
}

void leaf_seal(struct leaf *leaf)
{
	memcpy(leaf->magic, magic, sizeof magic);
	leaf->sum = sum_of(leaf);
}

static bool all_zero(const struct leaf *leaf)
{
	const char *octets = (const char *)leaf;

	return octets[0] == 0 && memcmp(octets, octets + 1, sizeof *leaf - 1) == 0;
}

static bool point_good(const struct history_point *point)
{
	return !point->n || (isfinite(point->low) && isfinite(point->high) && isfinite(point->least) &&
				    isfinite(point->greatest) && point->state <= VERDICT_UNKNOWN);
}

static bool fields_good(const struct leaf *leaf)
{
	/* Far enough from the ends that nothing that is reckoned with them overflows. */
	const int64_t reach = INT64_C(1) << 40;

	if (leaf->tier >= HISTORY_TIERS || leaf->block < 0 || leaf->block > reach || leaf->second < 0 ||
		leaf->second > reach || !memchr(leaf->name, '\0', sizeof leaf->name) || !leaf->nodes)
		return false;
	for (int i = 0; i < LEAF_POINTS; i++)
		if (!point_good(&leaf->points[i]))
			return false;
	return true;
}

enum leaf_check leaf_check(const struct leaf *leaf)
{
	if (all_zero(leaf))
		return LEAF_EMPTY;
	if (memcmp(leaf->magic, magic, sizeof magic) != 0 || leaf->sum != sum_of(leaf) || !fields_good(leaf))
		return LEAF_DAMAGED;
	return LEAF_GOOD;
}

void leaf_apply(const struct leaf *leaf, struct history *history, size_t node)
{
	for (int i = 0; i < LEAF_POINTS; i++)
		if (leaf->points[i].n)
			history_put(history, node, (enum history_tier)leaf->tier,
				leaf->block * LEAF_POINTS + i, &leaf->points[i]);
}
