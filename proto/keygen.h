/*
 * Key files for a whole cluster. Pure: random octets come in, texts come out.
 *
 * Mesh: each pair of hosts has a key of its own. The hosts are numbered in the order given, from
 * KEYGEN_FIRST_ID; in each host's file, the line with another host's number holds the key of those two. So
 * one `peers:` list, which names every host's number as its `key`, serves all hosts (conf_wire_key tells
 * which number goes on the wire).
 *
 * More hosts: those that are there keep their numbers and the keys that they have with each other, which nobody needs to
 * have at hand; the new ones get numbers of their own, and a key with everybody.
 *
 * Shared: one file with one key for all hosts. Easier, and not safe against an insider.
 */
#ifndef PROTO_KEYGEN_H
#define PROTO_KEYGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keys.h"

enum { KEYGEN_FIRST_ID = 11, KEYGEN_SHARED_ID = 1, KEYGEN_HOSTS_MAX = 1024, KEYGEN_ERROR_SIZE = 200 };

/*
 * 2 to KEYGEN_HOSTS_MAX names, of letters, digits, '.', '-' and '_', as host names are; none twice, letter
 * case apart. False and why in `error`, for people.
 */
bool keygen_names_valid(const char *const *names, size_t count, char error[KEYGEN_ERROR_SIZE])
	__attribute__((warn_unused_result));

/* Everything is borrowed, names are valid ones. */
struct keygen_mesh {
	const char *const *names;
	size_t count;
	enum key_type type;
	const uint8_t *random; /* keygen_mesh_random_size octets, secret and never used for anything else */
	const uint32_t
		*ids; /* the hosts' numbers, all different; NULL: from KEYGEN_FIRST_ID on, in that order */
	size_t old; /* the first so many have keys with each other already: 0 for a mesh that is made anew */
};

size_t keygen_mesh_random_size(size_t count, size_t old, enum key_type type);
size_t keygen_shared_random_size(enum key_type type);

/* The number of a host of a new mesh: what its entry in `peers:` names as `key`. */
uint32_t keygen_mesh_id(size_t host);

/* The texts below are the caller's, to be freed with keygen_free, which wipes them. NULL: memory is short. */

/* The key file of one host (index into names); of an old one, what is to be added to it. */
char *keygen_mesh_file(const struct keygen_mesh *mesh, size_t host);

/* The `peers:` list that goes with it, the same for all hosts, or what is to be added to it; a name stands for the address too. */
char *keygen_mesh_peers(const struct keygen_mesh *mesh);

/* The one key file for all hosts. random: keygen_shared_random_size octets. */
char *keygen_shared_file(enum key_type type, const uint8_t *random);

void keygen_free(char *text);

#endif
