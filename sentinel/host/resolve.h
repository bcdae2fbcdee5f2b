/*
 * Host names of peers and references to addresses, again and again, without blocking (c-ares). The one file that
 * includes it.
 *
 * An IP literal is given at once. A name is looked up at the start, then every minute (every five seconds while it does
 * not resolve); the last good answer stands while there is no other: DNSSEC and TSIG fail on just the host whose clock
 * is wrong. An address in use is kept as long as the name still has it.
 */
#ifndef SENTINEL_RESOLVE_H
#define SENTINEL_RESOLVE_H

#include "../core/core.h"
#include "loop.h"

struct resolve;

/* `node` as in core_node. Called only where the address is new. */
typedef void resolve_fn(void *arg, size_t node, const struct endpoint *endpoint);
typedef void resolve_note_fn(void *arg, enum severity severity, const char *text);

/* conf is borrowed. NULL where memory is short or c-ares fails. */
struct resolve *resolve_new(
	struct loop *loop, const struct conf *conf, resolve_fn *fn, resolve_note_fn *note, void *arg);

/* The same for any addresses; `node` is then the index in the list. The addresses are borrowed, the list is not. */
struct resolve_calls {
	resolve_fn *fn;
	resolve_note_fn *note;
	void *arg;
};
struct resolve *resolve_list(struct loop *loop, const struct conf_address *const *addresses, size_t n,
	const struct resolve_calls *calls);
void resolve_free(struct resolve *resolve);

#endif
