#include "ntp.h"

/* From 1900-01-01, where NTP counts from, to 1970-01-01 (RFC 5905, figure 4). */
#define NTP_TO_UNIX_S INT64_C(2208988800)
#define NTP_ERA_S (INT64_C(1) << 32)
#define NTP_UNITS_PER_S ((uint64_t)1 << 32)

static uint32_t get_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static struct ntp_stamp get_stamp(const uint8_t *bytes)
{
	return (struct ntp_stamp){ (uint64_t)get_u32(bytes) << 32 | get_u32(bytes + 4) };
}

static void put_u32(uint8_t *bytes, uint32_t value)
{
	bytes[0] = (uint8_t)(value >> 24);
	bytes[1] = (uint8_t)(value >> 16);
	bytes[2] = (uint8_t)(value >> 8);
	bytes[3] = (uint8_t)value;
}

static void put_stamp(uint8_t *bytes, struct ntp_stamp stamp)
{
	put_u32(bytes, (uint32_t)(stamp.bits >> 32));
	put_u32(bytes + 4, (uint32_t)stamp.bits);
}

bool ntp_decode(const uint8_t *bytes, size_t len, struct ntp_header *out)
{
	if (len < NTP_HEADER_SIZE)
		return false;
	*out = (struct ntp_header){
		.leap = bytes[0] >> 6,
		.version = bytes[0] >> 3 & 7,
		.mode = bytes[0] & 7,
		.stratum = bytes[1],
		.poll = (int8_t)bytes[2],
		.precision = (int8_t)bytes[3],
		.root_delay = get_u32(bytes + 4),
		.root_dispersion = get_u32(bytes + 8),
		.reference_id = get_u32(bytes + 12),
		.reference = get_stamp(bytes + 16),
		.origin = get_stamp(bytes + 24),
		.receive = get_stamp(bytes + 32),
		.transmit = get_stamp(bytes + 40),
	};
	return true;
}

void ntp_encode(const struct ntp_header *header, uint8_t bytes[NTP_HEADER_SIZE])
{
	bytes[0] = (uint8_t)((header->leap & 3) << 6 | (header->version & 7) << 3 | (header->mode & 7));
	bytes[1] = header->stratum;
	bytes[2] = (uint8_t)header->poll;
	bytes[3] = (uint8_t)header->precision;
	put_u32(bytes + 4, header->root_delay);
	put_u32(bytes + 8, header->root_dispersion);
	put_u32(bytes + 12, header->reference_id);
	put_stamp(bytes + 16, header->reference);
	put_stamp(bytes + 24, header->origin);
	put_stamp(bytes + 32, header->receive);
	put_stamp(bytes + 40, header->transmit);
}

/* Rounding towards the past: before 1970 and before 1900 the fraction counts forward all the same. */
static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

static int64_t floor_mod(int64_t a, int64_t b)
{
	return a % b + (a % b < 0 ? b : 0);
}

struct ntp_stamp ntp_stamp_of(struct wall wall, int32_t *era)
{
	int64_t s = floor_div(wall.ns, NS_PER_S) + NTP_TO_UNIX_S;
	uint64_t ns = (uint64_t)floor_mod(wall.ns, NS_PER_S);
	uint64_t fraction = (ns * NTP_UNITS_PER_S + (uint64_t)NS_PER_S / 2) / (uint64_t)NS_PER_S;

	if (era)
		*era = (int32_t)floor_div(s, NTP_ERA_S);
	/* The seconds lose what the era number holds; the fraction of 999,999,999 ns still is below 2^32. */
	return (struct ntp_stamp){ (uint64_t)s << 32 | fraction };
}

struct wall ntp_stamp_in_era(struct ntp_stamp stamp, int32_t era)
{
	/* In 128 bits, since the era is whatever a peer says. */
	wide_int s = (wide_int)era * NTP_ERA_S + (int64_t)(stamp.bits >> 32) - NTP_TO_UNIX_S;
	uint64_t fraction = stamp.bits & (NTP_UNITS_PER_S - 1);
	uint64_t ns = (fraction * (uint64_t)NS_PER_S + NTP_UNITS_PER_S / 2) / NTP_UNITS_PER_S;
	wide_int instant = s * NS_PER_S + (int64_t)ns;

	if (instant > INT64_MAX)
		return (struct wall){ INT64_MAX };
	if (instant < INT64_MIN)
		return (struct wall){ INT64_MIN };
	return (struct wall){ (int64_t)instant };
}

struct wall ntp_stamp_near(struct ntp_stamp stamp, struct wall near)
{
	int32_t era;
	struct ntp_stamp here = ntp_stamp_of(near, &era);
	/* Modulo 2^64, as all arithmetic on stamps (RFC 5905, section 6): right within half an era. */
	int64_t ahead = (int64_t)(stamp.bits - here.bits);

	if (ahead > 0 && stamp.bits < here.bits)
		era++;
	else if (ahead < 0 && stamp.bits > here.bits)
		era--;
	return ntp_stamp_in_era(stamp, era);
}

struct span ntp_precision_span(int8_t precision)
{
	int exponent = precision < -30 ? -30 : precision > 10 ? 10 : precision;

	if (exponent >= 0)
		return span_s(INT64_C(1) << exponent);
	/* Rounded up: it widens a bound. */
	return span_ns((NS_PER_S + (INT64_C(1) << -exponent) - 1) >> -exponent);
}
