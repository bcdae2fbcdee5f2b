#include <string.h>

#include "reply.h"
#include "show.h"

static enum tone tone_of(const char *severity)
{
	if (strcmp(severity, "error") == 0)
		return TONE_BAD;
	return strcmp(severity, "warning") == 0 ? TONE_WARN : TONE_PLAIN;
}

void show_events(const json_t *events, const struct page *page)
{
	const json_t *event;
	size_t i;

	json_array_foreach(json_object_get(events, "events"), i, event)
	{
		const char *severity = reply_text(event, "severity");
		char clock[REPLY_TEXT_SIZE];
		char label[2 * REPLY_TEXT_SIZE];

		snprintf(label, sizeof label, "%s %-7.7s", reply_clock(reply_text(event, "time"), clock),
			severity);
		page_line(page, label, tone_of(severity), "%s", reply_text(event, "text"));
	}
}
