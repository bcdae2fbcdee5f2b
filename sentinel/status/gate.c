#include "gate.h"

#include <string.h>

#include "../text/jvalue.h"

static const char *const words[] = {
	[GATE_UNKNOWN] = "unknown",
	[GATE_RIGHT] = "right",
	[GATE_WRONG] = "wrong",
};

const char *gate_word(enum gate_answer answer)
{
	return words[answer];
}

enum gate_answer gate_answer_of_word(const char *word)
{
	for (enum gate_answer answer = GATE_UNKNOWN; answer <= GATE_WRONG; answer++)
		if (strcmp(words[answer], word) == 0)
			return answer;
	return GATE_UNKNOWN;
}

json_t *gate_json(const struct status_source *source)
{
	const struct conf *conf = *source->conf;
	json_t *json = json_object();
	struct gate_view view;
	char sentence[sizeof view.verdict.summary + 256];

	core_gate(source->core, &view);
	jvalue_put(json, "node", jvalue_text(conf->node));
	jvalue_put(json, "answer", json_string(gate_word(view.answer)));
	jvalue_put(json, "summary",
		jvalue_text(status_sentence(source, &view.verdict, sentence, sizeof sentence)));
	jvalue_put(json, "above_s", jvalue_span(conf->gate.above));
	jvalue_put(json, "wait_s", jvalue_span(conf->gate.wait));
	jvalue_put(json, "when_unknown", json_string(conf_unknown_name(conf->gate.when_unknown)));
	return json;
}
