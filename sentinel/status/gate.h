/* /v1/gate: may this host's database start? The words that `skewctl gate` and the daemon have in common. */
#ifndef SENTINEL_GATE_H
#define SENTINEL_GATE_H

#include "status.h"

/* "unknown", "right", "wrong" */
const char *gate_word(enum gate_answer answer);

/* The inverse; what is none of them is unknown. */
enum gate_answer gate_answer_of_word(const char *word);

/* `node`, `answer`, `summary` (one sentence, with the cure), and the configuration: `above_s`, `wait_s`, `when_unknown`. */
json_t *gate_json(const struct status_source *source);

#endif
