/* Reads the key file that the configuration names. */
#ifndef SENTINEL_KEYFILE_H
#define SENTINEL_KEYFILE_H

#include "../../conf/conf.h"
#include "../../proto/keys.h"

/*
 * NULL, and one sentence in `error` ("FILE:LINE:COLUMN: ..."), where the file cannot be read, can be read or written
 * by everybody, or lacks a key that the configuration uses. Free with keyring_free.
 */
struct keyring *keyfile_load(const struct conf *conf, char *error, size_t room);

/* The same for any file, whatever keys are in it. */
struct keyring *keyfile_read(const char *path, char *error, size_t room);

#endif
