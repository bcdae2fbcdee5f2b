/*
 * The Icinga driver (action.h): no measure but a reporter. Sends what reports.h has to exactly one of the endpoints: on
 * every change at once, otherwise each interval.
 *
 * Only the newest result of each host waits, whatever happened meanwhile. An endpoint that fails is left alone for a
 * while; when it is back, everything is sent again at once: what it was given before it hung it may act upon late, and a
 * result that comes late counts as new there.
 */
#ifndef SENTINEL_ICINGA_H
#define SENTINEL_ICINGA_H

#include "../action.h"

extern const struct action_driver icinga_driver;

#endif
