/*
 * Runs a fuzz target over mutations of its valid inputs: TARGET RUNS [FIRST], or TARGET FILE for one input.
 * Run number n is the same in every build, so a failure is repeated with `TARGET 1 n`.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "target.h"

struct input {
	uint8_t bytes[FUZZ_INPUT_MAX];
	size_t len;
};

static uint64_t current_run;

/* Called in the midst of anything: write() is about all that is allowed here. */
static void tell_run(int signal_number)
{
	char text[] = "failed in run ....................\n";
	size_t at = sizeof(text) - 2;

	for (uint64_t rest = current_run; text[at - 1] == '.'; rest /= 10)
		text[--at] = (char)('0' + rest % 10);
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EXIT_FAILURE);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

static size_t below(uint64_t *state, size_t end)
{
	return end ? (size_t)(next_random(state) % end) : 0;
}

static void flip_bit(struct input *input, uint64_t *state)
{
	if (input->len)
		input->bytes[below(state, input->len)] ^= (uint8_t)(1U << below(state, 8));
}

/* Numbers at the edges of what lengths, counts and signs can be. */
static void set_edge(struct input *input, uint64_t *state)
{
	static const uint8_t edges[] = { 0, 1, 3, 4, 15, 16, 20, 21, 24, 28, 63, 64, 0x7F, 0x80, 0xFE, 0xFF };

	if (input->len)
		input->bytes[below(state, input->len)] = edges[below(state, sizeof(edges))];
}

static void set_octet(struct input *input, uint64_t *state)
{
	if (input->len)
		input->bytes[below(state, input->len)] = (uint8_t)next_random(state);
}

static void cut(struct input *input, uint64_t *state)
{
	input->len = below(state, input->len + 1);
}

static void grow(struct input *input, uint64_t *state)
{
	size_t more = below(state, FUZZ_INPUT_MAX - input->len + 1) % 64;

	for (size_t i = 0; i < more; i++)
		input->bytes[input->len++] = (uint8_t)next_random(state);
}

/* Fields are multiples of 4: so moved, many of them stay fields. */
static void copy_piece(struct input *input, uint64_t *state)
{
	size_t from = below(state, input->len + 1) / 4 * 4, to = below(state, input->len + 1) / 4 * 4;
	size_t len = below(state, input->len - from + 1) / 4 * 4;

	if (to + len > FUZZ_INPUT_MAX)
		return;
	memmove(input->bytes + to, input->bytes + from, len);
	if (to + len > input->len)
		input->len = to + len;
}

static void remove_piece(struct input *input, uint64_t *state)
{
	size_t from = below(state, input->len + 1) / 4 * 4;
	size_t len = below(state, input->len - from + 1) / 4 * 4;

	memmove(input->bytes + from, input->bytes + from + len, input->len - from - len);
	input->len -= len;
}

static void mutate(struct input *input, uint64_t *state)
{
	static void (*const ways[])(struct input *, uint64_t *) = {
		flip_bit,
		flip_bit,
		set_edge,
		set_edge,
		set_octet,
		set_octet,
		cut,
		grow,
		copy_piece,
		remove_piece,
	};
	size_t times = below(state, 6);

	for (size_t i = 0; i < times; i++)
		ways[below(state, sizeof(ways) / sizeof(ways[0]))](input, state);
}

/* In a place of its own size, so that the address sanitizer sees the first octet read too many. */
static void run_one(const struct input *input)
{
	uint8_t *exact = malloc(input->len ? input->len : 1);

	MUST(exact);
	memcpy(exact, input->bytes, input->len);
	LLVMFuzzerTestOneInput(exact, input->len);
	free(exact);
}

static size_t count_valid(void)
{
	struct input input;
	size_t n = 0;

	while (fuzz_valid_input(n, input.bytes))
		n++;
	return n;
}

static void run_all(uint64_t runs, uint64_t first)
{
	size_t n_valid = count_valid();
	struct input input;

	MUST(n_valid > 0);
	for (current_run = first; current_run < first + runs; current_run++) {
		uint64_t state = current_run * UINT64_C(0xD1342543DE82EF95);

		input.len = fuzz_valid_input(current_run % n_valid, input.bytes);
		mutate(&input, &state);
		run_one(&input);
	}
	printf("%" PRIu64 " inputs\n", runs);
}

static bool run_file(const char *path)
{
	struct input input;
	FILE *file = fopen(path, "r");

	if (!file) {
		perror(path);
		return false;
	}
	input.len = fread(input.bytes, 1, sizeof(input.bytes), file);
	fclose(file);
	run_one(&input);
	return true;
}

int main(int argc, char **argv)
{
	char *end;
	uint64_t runs;

	if (argc < 2) {
		fprintf(stderr, "usage: %s RUNS [FIRST] | FILE\n", argv[0]);
		return EXIT_FAILURE;
	}
	signal(SIGABRT, tell_run);
	signal(SIGSEGV, tell_run);
	runs = strtoull(argv[1], &end, 10);
	if (*end)
		return run_file(argv[1]) ? EXIT_SUCCESS : EXIT_FAILURE;
	run_all(runs, argc > 2 ? strtoull(argv[2], NULL, 10) : 0);
	return EXIT_SUCCESS;
}
