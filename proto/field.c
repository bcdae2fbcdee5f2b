#include "field.h"

#include <string.h>

#include "ntp.h"

static uint16_t get_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* The size in all of the field that begins here, or 0 where none can. */
static size_t field_size(const uint8_t *bytes, size_t left)
{
	size_t size;

	if (left < FIELD_MIN_SIZE)
		return 0;
	size = get_u16(bytes + 2);
	return size >= FIELD_MIN_SIZE && size % 4 == 0 && size <= left ? size : 0;
}

bool field_layout(const uint8_t *packet, size_t len, struct layout *out)
{
	size_t at = NTP_HEADER_SIZE;

	if (len < NTP_HEADER_SIZE)
		return false;
	/* A key id may look like a field's header, so what is left decides, and its octets don't. */
	while (len - at > MAC_MAX_SIZE) {
		size_t size = field_size(packet + at, len - at);

		if (!size)
			return false;
		at += size;
	}
	if (len - at != 0 && len - at != MAC_ID_SIZE && len - at != MAC_SIZE)
		return false;
	*out = (struct layout){ .fields_end = at, .mac_len = len - at };
	return true;
}

bool field_next(const uint8_t *packet, const struct layout *layout, size_t *at, struct field *out)
{
	size_t size;

	if (*at >= layout->fields_end)
		return false;
	size = field_size(packet + *at, layout->fields_end - *at);
	if (!size)
		return false;
	*out = (struct field){
		.type = get_u16(packet + *at),
		.body = packet + *at + FIELD_HEADER_SIZE,
		.len = size - FIELD_HEADER_SIZE,
	};
	*at += size;
	return true;
}

/* Room for `len` more octets, or NULL from now on. */
static uint8_t *writer_take(struct writer *w, size_t len)
{
	uint8_t *place;

	if (w->full || len > w->room - w->len) {
		w->full = true;
		return NULL;
	}
	place = w->bytes + w->len;
	w->len += len;
	return place;
}

static void write_number(struct writer *w, uint64_t value, size_t octets)
{
	uint8_t *place = writer_take(w, octets);

	if (!place)
		return;
	for (size_t i = octets; i > 0; i--) {
		place[i - 1] = (uint8_t)value;
		value >>= 8;
	}
}

void write_u8(struct writer *w, uint8_t value)
{
	write_number(w, value, 1);
}

void write_u16(struct writer *w, uint16_t value)
{
	write_number(w, value, 2);
}

void write_u32(struct writer *w, uint32_t value)
{
	write_number(w, value, 4);
}

void write_u64(struct writer *w, uint64_t value)
{
	write_number(w, value, 8);
}

void write_bytes(struct writer *w, const void *bytes, size_t len)
{
	uint8_t *place = writer_take(w, len);

	if (place && len)
		memcpy(place, bytes, len);
}

static void write_zeros(struct writer *w, size_t len)
{
	uint8_t *place = writer_take(w, len);

	if (place && len)
		memset(place, 0, len);
}

size_t field_begin(struct writer *w, uint16_t type)
{
	size_t begun = w->len;

	write_u16(w, type);
	write_u16(w, 0);
	return begun;
}

void field_end(struct writer *w, size_t begun)
{
	size_t size = w->len - begun;
	size_t padded = size < FIELD_MIN_SIZE ? FIELD_MIN_SIZE : (size + 3) / 4 * 4;

	if (padded > UINT16_MAX)
		w->full = true;
	write_zeros(w, padded - size);
	if (w->full)
		return;
	w->bytes[begun + 2] = (uint8_t)(padded >> 8);
	w->bytes[begun + 3] = (uint8_t)padded;
}

void field_pad(struct writer *w, uint16_t type, size_t size)
{
	size_t begun = field_begin(w, type);

	write_zeros(w, size - FIELD_HEADER_SIZE);
	field_end(w, begun);
}

static const uint8_t *reader_take(struct reader *r, size_t len)
{
	const uint8_t *place;

	if (r->bad || len > r->len - r->at) {
		r->bad = true;
		return NULL;
	}
	place = r->bytes + r->at;
	r->at += len;
	return place;
}

static uint64_t read_number(struct reader *r, size_t octets)
{
	const uint8_t *place = reader_take(r, octets);
	uint64_t value = 0;

	for (size_t i = 0; place && i < octets; i++)
		value = value << 8 | place[i];
	return value;
}

uint8_t read_u8(struct reader *r)
{
	return (uint8_t)read_number(r, 1);
}

uint16_t read_u16(struct reader *r)
{
	return (uint16_t)read_number(r, 2);
}

uint32_t read_u32(struct reader *r)
{
	return (uint32_t)read_number(r, 4);
}

uint64_t read_u64(struct reader *r)
{
	return read_number(r, 8);
}

/*
 * How many octets the UTF-8 character at `s` has (Unicode 15, table 3-7, by its rows: no overlong forms, no
 * surrogates), or 0 where there is none or it is a control character (00-1F, 7F, 80-9F).
 */
static size_t utf8_printable(const uint8_t *s, size_t left)
{
	static const struct {
		uint8_t first, last;               /* of the first octet */
		uint8_t second_least, second_most; /* the further ones are 80..BF */
		uint8_t octets;
	} rows[] = {
		{ 0x20, 0x7E, 0, 0, 1 },
		{ 0xC2, 0xC2, 0xA0, 0xBF, 2 },
		{ 0xC3, 0xDF, 0x80, 0xBF, 2 },
		{ 0xE0, 0xE0, 0xA0, 0xBF, 3 },
		{ 0xE1, 0xEC, 0x80, 0xBF, 3 },
		{ 0xED, 0xED, 0x80, 0x9F, 3 },
		{ 0xEE, 0xEF, 0x80, 0xBF, 3 },
		{ 0xF0, 0xF0, 0x90, 0xBF, 4 },
		{ 0xF1, 0xF3, 0x80, 0xBF, 4 },
		{ 0xF4, 0xF4, 0x80, 0x8F, 4 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (s[0] < rows[i].first || s[0] > rows[i].last)
			continue;
		if (rows[i].octets > left)
			return 0;
		if (rows[i].octets > 1 && (s[1] < rows[i].second_least || s[1] > rows[i].second_most))
			return 0;
		for (size_t k = 2; k < rows[i].octets; k++)
			if (s[k] < 0x80 || s[k] > 0xBF)
				return 0;
		return rows[i].octets;
	}
	return 0;
}

static bool printable(const uint8_t *s, size_t len)
{
	size_t at = 0, step;

	while (at < len) {
		step = utf8_printable(s + at, len - at);
		if (!step)
			return false;
		at += step;
	}
	return true;
}

void read_string(struct reader *r, char *out, size_t room)
{
	size_t len = read_u8(r);
	const uint8_t *place = reader_take(r, len);

	out[0] = '\0';
	if (!place)
		return;
	if (len >= room || !printable(place, len)) {
		r->bad = true;
		return;
	}
	if (len)
		memcpy(out, place, len);
	out[len] = '\0';
}
