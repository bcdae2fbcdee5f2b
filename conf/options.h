/*
 * The options: one table of all that a configuration may say. What reads, checks, explains and documents them
 * goes by it.
 */
#ifndef CONF_OPTIONS_H
#define CONF_OPTIONS_H

#include "conf.h"

enum option_type {
	OPTION_NAME,       /* char[most + 1]: see name_valid */
	OPTION_PATH,       /* char[]: absolute, of at most `most` octets */
	OPTION_NUMBER,     /* unsigned, from least to most */
	OPTION_BOOL,       /* bool */
	OPTION_SPAN,       /* struct span, from least to most nanoseconds */
	OPTION_SHARE,      /* unsigned permille, from least to most; written as a fraction of 1 */
	OPTION_WORD,       /* enum: one of `words` */
	OPTION_WORDS,      /* unsigned: bits of one or several of `words` */
	OPTION_ADDRESS,    /* struct conf_address; without a port: `port` */
	OPTION_HTTPS,      /* struct conf_address of "https://..."; without a port: `port` */
	OPTION_MAJORITY,   /* unsigned: "majority" (0) or a number */
	OPTION_LISTEN,     /* struct conf_address of this host: an IP address */
	OPTION_LISTENS,    /* struct conf_address[most] of this host, their number at `mark` */
	OPTION_GROUP,      /* a mapping of the options beneath it */
	OPTION_PEERS,      /* a list of peers, each a mapping or its address alone */
	OPTION_REFERENCES, /* a list of references, the same */
	OPTION_ENDPOINTS,  /* a list of Icinga endpoints, each a mapping or its URL alone */
};

struct conf_word {
	const char *name;
	unsigned value;
};

struct conf_option {
	const char *path;   /* "galera.above"; "peers[].name" for an entry of a list */
	size_t offset;      /* in struct conf, or in that of a list's entry */
	size_t mark;        /* of a bool there that tells that it was given (0: none), or of a number */
	const char *preset; /* the default as one would write it; NULL: none, or as `help` has it */
	int64_t least, most;
	const struct conf_word *words; /* the last one has no name */
	const char *help;              /* what it is, without a full stop */
	enum option_type type;
	uint16_t port;
};

/* Walks the table: the first option for NULL, NULL behind the last one. */
const struct conf_option *option_next(const struct conf_option *option);

/* Walks those directly beneath a prefix: "" (the file's own), "galera.", "peers[].", ... */
const struct conf_option *option_beneath(const char *prefix, const struct conf_option *option);

/* The option of a path, and that of a key beneath a prefix; NULL: none. */
const struct conf_option *option_find(const char *path);
const struct conf_option *option_child(const char *prefix, const char *key);

/* The part of its path that a mapping has as key. */
const char *option_key(const struct conf_option *option);

/* "above, after, ...": the keys beneath a prefix. */
char *option_list(const char *prefix, char *out, size_t room);

/*
 * What a key that is none of a mapping's may have been meant to be: the nearest of the mapping's own keys,
 * then one that stands elsewhere under that very name. NULL: nothing is near.
 */
const struct conf_option *option_guess(const char *prefix, const char *key);

/* "a, b or c" of an option's words. */
char *word_list(const struct conf_word *words, char *out, size_t room);
const struct conf_word *word_find(const struct conf_word *words, const char *name);

#endif
