/* One option's value: from what stands in the file, or its default, to its place in the struct. */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "options.h"
#include "yaml.h"

/*
 * Puts the value into `base` (the struct that the option's offset counts in) and sets the option's mark.
 * Refuses what the option does not allow. For all types but groups, peers and references.
 */
bool value_set(const struct conf_option *option, const struct yaml_value *value, void *base,
	const struct source *source) __attribute__((warn_unused_result));

/* Puts the option's default there, where it has one, and leaves its mark alone. False: the table is wrong. */
bool value_preset(const struct conf_option *option, void *base) __attribute__((warn_unused_result));

/* The same for all that are directly beneath a prefix (options.h), groups left out. */
bool value_preset_beneath(const char *prefix, void *base) __attribute__((warn_unused_result));

/* Refuses what an option was given, in a sentence with what it allows. Always false. */
bool value_refuse(
	const struct conf_option *option, const struct yaml_value *value, const struct source *source);

/* What an option allows: "true or false", "an absolute path of at most 255 octets", ... */
char *value_describe(const struct conf_option *option, char *out, size_t room);

#endif
