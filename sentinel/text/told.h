/* What hosts tell each other of their time service and database (message.h), in words. */
#ifndef SENTINEL_TOLD_H
#define SENTINEL_TOLD_H

#include "../../proto/message.h"
#include "../galera/wsrep.h"
#include "../host/timesync.h"

/* timesync: NULL where nobody looks. */
enum told_service told_service(const struct timesync *timesync);
/* known: `wsrep` is what the server said lately; else it cannot be asked. */
enum told_database told_database(bool known, const struct wsrep *wsrep);

/* By what it told its node is not at work. Who does not tell is not. */
bool told_away(const struct state_report *state);

/* "chronyd", "none"; NULL: not told. Of numbers that came over the wire. */
const char *told_service_word(uint8_t service);
/* "Synced", "away"; NULL: not told. */
const char *told_database_word(uint8_t database);

#endif
