/* Names of hosts, clusters and sites: which are allowed, and which are the same host's. */
#ifndef CONF_NAME_H
#define CONF_NAME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * UTF-8 of 1 to room - 1 octets in which every character shows: no white space, no control or formatting
 * characters (they would forge lines in a terminal), and no '!', which parts host and service in Icinga.
 */
bool name_valid(const char *name, size_t room);

/* Letter case apart, as host names are compared. */
bool name_equal(const char *a, const char *b);

/* One is the short form of the other ("db1", "db1.example.net"). Never true of IP addresses. */
bool name_abbreviates(const char *a, const char *b);

/* An IPv4 or IPv6 literal, without brackets; "fe80::1%eth0" too. */
bool name_is_ip(const char *name);

#endif
