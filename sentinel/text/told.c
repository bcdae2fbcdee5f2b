#include "told.h"

#include <string.h>

static const struct service_word {
	enum told_service service;
	const char *word; /* as timesync.c names it */
} service_words[] = {
	{ TOLD_SERVICE_NONE, "none" },
	{ TOLD_SERVICE_CHRONYD, "chronyd" },
	{ TOLD_SERVICE_NTPD, "ntpd" },
	{ TOLD_SERVICE_OPENNTPD, "openntpd" },
	{ TOLD_SERVICE_TIMESYNCD, "systemd-timesyncd" },
	{ TOLD_SERVICE_PHC2SYS, "phc2sys" },
	{ TOLD_SERVICE_PTP4L, "ptp4l" },
};
enum { SERVICE_WORDS = sizeof service_words / sizeof service_words[0] };

enum told_service told_service(const struct timesync *timesync)
{
	if (!timesync || !timesync->looked)
		return TOLD_SERVICE_NOT;
	/* From within a container the host's own may not be seen. */
	if (!timesync->running)
		return timesync->whole_host ? TOLD_SERVICE_NONE : TOLD_SERVICE_NOT;
	for (size_t i = 1; i < SERVICE_WORDS; i++)
		if (strcmp(service_words[i].word, timesync->service) == 0)
			return service_words[i].service;
	return TOLD_SERVICE_OTHER;
}

enum told_database told_database(bool known, const struct wsrep *wsrep)
{
	if (!known)
		return TOLD_DATABASE_AWAY;
	if (!wsrep_primary(wsrep) || wsrep->local_state < WSREP_JOINER || wsrep->local_state > WSREP_SYNCED)
		return TOLD_DATABASE_OUTSIDE;
	return (enum told_database)wsrep->local_state;
}

bool told_away(const struct state_report *state)
{
	if (state->in_force & (IN_FORCE_DESYNC | IN_FORCE_FENCE))
		return true;
	switch (state->database) {
	case TOLD_DATABASE_JOINER:
	case TOLD_DATABASE_DONOR:
	case TOLD_DATABASE_JOINED:
	case TOLD_DATABASE_AWAY:
	case TOLD_DATABASE_OUTSIDE:
		return true;
	default:
		return false;
	}
}

const char *told_service_word(uint8_t service)
{
	if (service == TOLD_SERVICE_NOT)
		return NULL;
	for (size_t i = 0; i < SERVICE_WORDS; i++)
		if (service_words[i].service == service)
			return service_words[i].word;
	return "another";
}

const char *told_database_word(uint8_t database)
{
	static const char *const words[] = {
		[TOLD_DATABASE_NOT] = NULL,
		[TOLD_DATABASE_JOINER] = "Joiner",
		[TOLD_DATABASE_DONOR] = "Donor/Desynced",
		[TOLD_DATABASE_JOINED] = "Joined",
		[TOLD_DATABASE_SYNCED] = "Synced",
		[TOLD_DATABASE_AWAY] = "away",
		[TOLD_DATABASE_OUTSIDE] = "not Primary",
	};

	return database < sizeof words / sizeof words[0] ? words[database] : NULL;
}
