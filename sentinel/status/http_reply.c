#include "http.h"

#include <stdarg.h>
#include <stdio.h>

#include "../text/jvalue.h"

void http_reply_json(struct http_reply *reply, int status, json_t *json)
{
	reply->status = status;
	reply->type = "application/json";
	reply->body = json ? jvalue_dump(json) : NULL;
	json_decref(json);
}

void http_reply_error(struct http_reply *reply, int status, const char *format, ...)
{
	char text[512];
	json_t *json = json_object();
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	jvalue_put(json, "error", jvalue_text(text));
	http_reply_json(reply, status, json);
}
