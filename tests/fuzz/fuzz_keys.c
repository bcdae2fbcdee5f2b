/* A key file of any octets is read, or refused with a place and a sentence fit for a log. */
#include <string.h>

#include "../../proto/keys.h"
#include "target.h"

static void check_error(const struct keys_error *error, size_t size)
{
	size_t len = strnlen(error->text, sizeof(error->text));

	MUST(len > 0 && len < sizeof(error->text));
	for (size_t i = 0; i < len; i++)
		MUST(error->text[i] >= ' ' && error->text[i] <= '~');
	MUST(error->line >= 1 && error->line <= size + 1);
	MUST(error->column >= 1 && error->column <= size + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keys_error error = { 0 };
	struct keyring *ring = keyring_parse((const char *)data, size, &error);

	if (ring)
		MUST(keyring_count(ring) <= size / 20);
	else
		check_error(&error, size);
	keyring_free(ring);
	return 0;
}

size_t fuzz_valid_input(size_t n, uint8_t out[FUZZ_INPUT_MAX])
{
	static const char *const texts[] = {
		"# keys\n1 AES128 HEX:2B7E151628AED2A6ABF7158809CF4F3C\n\n; more\n"
		"4294967295 AES128 ASCII:sixteen-letters!\n",
		"12 AES256 HEX:603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4\r\n"
		"\t7 AES256   0123456789abcdefghijklmnopqrstuv \n",
	};

	if (n >= sizeof(texts) / sizeof(texts[0]))
		return 0;
	memcpy(out, texts[n], strlen(texts[n]));
	return strlen(texts[n]);
}
