/*
 * A handful of real cores on a wire of 1 ms each way, in virtual time: enough to tell stories about one exchange or one
 * verdict. (The simulator in tests/sim has the clocks, the links and the faults.)
 */
#ifndef TESTS_UNIT_NET_H
#define TESTS_UNIT_NET_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/core/core.h"

enum { NET_HOSTS = 4, NET_FLIGHT = 64 };

struct flight {
	struct incoming in;
	uint8_t bytes[MESSAGE_MAX];
	int64_t sent, arrives;
	size_t from, to;
	bool stamped, second; /* second: what a doubled request brought about */
	uint64_t token;
	struct span held; /* by the sender's kernel before it left */
};

struct host {
	struct conf *conf;
	struct core *core;
	struct effects effects;
	struct span shift;  /* of its wall clock */
	struct span slewed; /* wall and monotonic clocks are further on by this */
	struct span stood;  /* all its clocks stood still for so long */
	struct span slept;  /* and CLOCK_BOOTTIME says so */
	uint8_t leap;
	bool silent; /* cut off: nothing in, nothing out */
};

struct net {
	int64_t now;   /* ns of true time */
	int64_t epoch; /* the wall clock at true time 0, ns since 1970 */
	struct host hosts[NET_HOSTS];
	struct keyring *ring;
	struct flight flights[NET_FLIGHT];
	size_t n_flights;
	struct span path; /* one way, 1 ms */
	struct span
		bracket; /* around a reading; the wall clock is read at its start on even hosts, else at its end */
	bool in_second;                 /* a doubled request is being answered */
	struct span reference;          /* the clock of the NTP server 10.0.0.9 minus the true time */
	bool cut[NET_HOSTS][NET_HOSTS]; /* from, to: nothing gets through */
	struct span requests_late;      /* requests take so much longer than answers */
	bool doubles;                   /* every request arrives a second time, 5 ms later */
	const struct core *copied;      /* it says that its instance is this one's; NULL: its own */
	bool lies_about_t3;             /* it says that it left 10 ms later, too */
	size_t liar;                    /* 1 + the host whose row is not what it measured; 0: none */
	size_t lies_about;              /* 1 + the host whose entry alone it changes; 0: all */
	bool kiss;                      /* the NTP server asks to be left alone */
	bool departures; /* the kernel tells when a datagram left: some 0.4 ms after it was given to it */
	struct outgoing last[2];                  /* the last request and the last answer seen */
	char notes[8192];                         /* what the cores said, a line each */
	struct span longer[NET_HOSTS][NET_HOSTS]; /* from, to: that way takes so much longer than others */
};

static const char *const net_names[NET_HOSTS] = { "db1", "db2", "db3", "mon1" };

static inline struct endpoint net_endpoint(size_t host)
{
	struct endpoint e = { .port = 9123 };

	e.ip[10] = e.ip[11] = 0xff;
	e.ip[12] = 10;
	e.ip[15] = (uint8_t)(host + 1);
	return e;
}

static inline struct reading net_reading(const struct net *net, size_t host)
{
	int64_t slewed = net->hosts[host].slewed.ns, stood = net->hosts[host].stood.ns;
	int64_t t = net->now + NS_PER_S - stood, b = net->bracket.ns;

	t -= host % 2 ? b : 0;
	return (struct reading){
		.raw_before = { t },
		.mono_before = { slewed + t + (host % 2 ? b - 1 : 0) },
		.wall = { net->epoch + net->now - stood + net->hosts[host].shift.ns + slewed },
		.mono_after = { slewed + t + (host % 2 ? b : 1) },
		.raw_after = { t + b },
		.boot = net->hosts[host].slept,
		.synchronised = true,
		.leap = net->hosts[host].leap,
	};
}

/* Rewrites the answer's row, under its good MAC: the host itself lies. */
static inline void net_lie(const struct net *net, struct flight *f)
{
	struct writer w = { .bytes = f->bytes, .room = sizeof f->bytes };
	struct key *key = keyring_find(net->ring, 1);
	struct message message;
	struct layout layout = { 0 };

	if (!field_layout(f->bytes, f->in.len, &layout) || !message_decode(f->bytes, &layout, &message))
		return;
	if (net->copied) {
		struct reading now = net_reading(net, f->from);
		struct core_view view;

		core_overview(net->copied, &now, &view);
		message.hello.instance = view.instance;
	}
	if (net->lies_about_t3)
		message.header.transmit = ntp_stamp_of(
			wall_add(ntp_stamp_in_era(message.header.transmit, message.clock.era), span_ms(10)),
			NULL);
	for (size_t i = 0; i < message.row.count; i++)
		if (!net->lies_about ||
			message.row.entries[i].node == message_node_id(net_names[net->lies_about - 1]))
			message.row.entries[i].offset =
				interval_shift(message.row.entries[i].offset, span_s(5));
	message_write_header(&w, &message.header);
	message_write_hello(&w, &message.hello);
	message_write_clock(&w, &message.clock);
	message_write_state(&w, &message.state);
	message_write_row(&w, &message.row);
	mac_append(&w, key, 1);
	f->in.len = w.len;
}

/* The NTP server at 10.0.0.9: 1 ms away, with key 1. */
static inline void net_serve(struct net *net, size_t from, const struct outgoing *out)
{
	struct flight *f = &net->flights[net->n_flights++];
	struct wall at = { net->epoch + net->now + NS_PER_MS + net->reference.ns };
	struct writer w = { .bytes = f->bytes, .room = sizeof f->bytes };
	struct ntp_header asked, header;
	struct layout layout = { 0 };

	assert_true(ntp_decode(out->bytes, out->len, &asked) && field_layout(out->bytes, out->len, &layout));
	header = (struct ntp_header){ .version = 4, .mode = NTP_MODE_SERVER, .stratum = 1, .precision = -20 };
	if (net->kiss) {
		header.stratum = 0;
		header.reference_id = 0x52415445; /* RATE */
	}
	header.origin = asked.transmit;
	header.receive = header.transmit = ntp_stamp_of(at, NULL);
	message_write_header(&w, &header);
	if (layout.mac_len)
		mac_append(&w, keyring_find(net->ring, 1), 1);
	f->to = from;
	f->from = from;
	f->stamped = false;
	f->arrives = net->now + 2 * NS_PER_MS;
	f->in = (struct incoming){ .side = SIDE_ASK, .from = out->to, .len = w.len };
}

static inline void net_fly(struct net *net, size_t from, const struct outgoing *out)
{
	struct flight *f = &net->flights[net->n_flights];

	net->last[out->side == SIDE_ASK ? 0 : 1] = *out;
	if (net->n_flights == NET_FLIGHT || net->hosts[from].silent)
		return;
	f->to = out->to.ip[15] - 1U;
	if (f->to == 8) {
		net_serve(net, from, out);
		return;
	}
	if (f->to >= NET_HOSTS || net->hosts[f->to].silent || net->cut[from][f->to])
		return;
	f->held = net->in_second ? span_ms(3) : span_us(400);
	f->arrives = net->now + net->path.ns + (net->in_second ? span_ms(3).ns : 0);
	f->arrives += net->longer[from][f->to].ns + (out->side == SIDE_ASK ? net->requests_late.ns : 0);
	f->sent = net->now;
	f->from = from;
	f->second = false;
	f->stamped = out->stamped;
	f->token = out->token;
	memcpy(f->bytes, out->bytes, out->len);
	f->in = (struct incoming){
		.side = out->side == SIDE_ASK ? SIDE_ANSWER : SIDE_ASK,
		.from = net_endpoint(from),
		.to = out->to,
		.len = out->len,
	};
	if (net->liar == from + 1 && out->side == SIDE_ANSWER)
		net_lie(net, f);
	net->n_flights++;
	if (net->doubles && out->side == SIDE_ASK && net->n_flights < NET_FLIGHT) {
		struct flight *second = &net->flights[net->n_flights++];

		*second = *f;
		second->second = true;
		second->arrives += 5 * NS_PER_MS;
	}
}

static inline void net_event(struct net *net, size_t host, struct event *event)
{
	struct host *h = &net->hosts[host];
	size_t len = strlen(net->notes);

	event->now = net_reading(net, host);
	core_step(h->core, event, &h->effects);
	for (size_t i = 0; i < h->effects.n_sends; i++)
		net_fly(net, host, &h->effects.sends[i]);
	for (size_t i = 0; i < h->effects.n_notes && len + 700 < sizeof net->notes; i++)
		len += (size_t)snprintf(net->notes + len, sizeof net->notes - len, "%s: %s\n",
			net_names[host], h->effects.notes[i].text);
}

static inline void net_departed(struct net *net, const struct flight *f)
{
	struct event event = { .kind = EVENT_DEPARTED };

	event.departed.side = f->in.side == SIDE_ASK ? SIDE_ANSWER : SIDE_ASK;
	event.departed.token = f->token;
	event.departed.stamp.ns = net->epoch + f->sent + f->held.ns + net->hosts[f->from].shift.ns;
	net_event(net, f->from, &event);
}

static inline void net_deliver(struct net *net, size_t index)
{
	struct flight f = net->flights[index];
	struct event event = { .kind = EVENT_DATAGRAM };

	net->flights[index] = net->flights[--net->n_flights];
	if (net->departures && f.stamped)
		net_departed(net, &f);
	f.in.bytes = f.bytes;
	f.in.stamped = true;
	f.in.stamp = net_reading(net, f.to).wall;
	event.datagram = f.in;
	net->in_second = f.second;
	net_event(net, f.to, &event);
	net->in_second = false;
}

static inline void net_run(struct net *net, struct span span)
{
	int64_t end = net->now + span.ns;

	for (;;) {
		int64_t next = end;
		size_t flight = NET_FLIGHT, host = NET_HOSTS;

		for (size_t i = 0; i < NET_HOSTS; i++) {
			int64_t due = core_deadline(net->hosts[i].core).ns - NS_PER_S +
				      net->hosts[i].stood.ns - net->hosts[i].slewed.ns;

			if (due < next) {
				next = due;
				host = i;
			}
		}
		for (size_t i = 0; i < net->n_flights; i++) {
			if (net->flights[i].arrives < next) {
				next = net->flights[i].arrives;
				flight = i;
			}
		}
		if (next > net->now)
			net->now = next;
		if (flight < NET_FLIGHT)
			net_deliver(net, flight);
		else if (host < NET_HOSTS)
			net_event(net, host, &(struct event){ .kind = EVENT_TICK });
		else
			return;
	}
}

/* A datagram that nobody of the net sent, from wherever it says. */
static inline void net_inject(
	struct net *net, size_t to, enum side side, struct endpoint from, const uint8_t *bytes, size_t len)
{
	struct event event = { .kind = EVENT_DATAGRAM };

	event.datagram = (struct incoming){
		.side = side, .from = from, .to = net_endpoint(to), .bytes = bytes, .len = len
	};
	net_event(net, to, &event);
}

/* Whether the host's own results arrive in Icinga. */
static inline void net_reporting(struct net *net, size_t host, bool on)
{
	net_event(net, host, &(struct event){ .kind = EVENT_REPORTING, .reporting = on });
}

/* What every host's configuration says; `extra` are more lines of YAML. */
static inline struct conf *net_conf(size_t host, const char *extra)
{
	static const char peers[] = "peers:\n"
				    "  - {name: db1, address: 10.0.0.1}\n"
				    "  - {name: db2, address: 10.0.0.2}\n"
				    "  - {name: db3, address: 10.0.0.3}\n"
				    "  - {name: mon1, address: 10.0.0.4, role: witness}\n";
	struct conf_host where = { .name = net_names[host] };
	struct conf_error error;
	char text[2048];
	struct conf *conf;

	snprintf(text, sizeof text, "%s%s", peers, extra);
	conf = conf_parse("net.yaml", text, strlen(text), &where, &error);
	if (!conf) {
		fprintf(stderr, "%s\n", error.text);
		abort();
	}
	return conf;
}

static inline void net_reload(struct net *net, size_t host, const char *extra)
{
	struct conf *conf = net_conf(host, extra);

	assert_true(core_reload(net->hosts[host].core, conf, net->ring));
	conf_free(net->hosts[host].conf);
	net->hosts[host].conf = conf;
}

static inline void net_open_mute(struct net *net, const char *extra)
{
	static const char keys[] = "1 AES128 HEX:000102030405060708090A0B0C0D0E0F\n";
	struct keys_error error;

	*net = (struct net){
		.epoch = INT64_C(1800000000) * NS_PER_S, .path = span_ms(1), .bracket = span_ns(60)
	};
	net->ring = keyring_parse(keys, sizeof keys - 1, &error);
	for (size_t i = 0; i < NET_HOSTS; i++) {
		uint8_t seed[PRNG_SEED_SIZE] = { (uint8_t)(i + 1) };
		struct reading now = net_reading(net, i);
		struct host *h = &net->hosts[i];

		h->conf = net_conf(i, extra);
		h->core = core_new(h->conf, net->ring, seed, "0.1.0", &now);
		for (size_t k = 1; k < core_nodes(h->core); k++) {
			struct event event = { .kind = EVENT_ADDRESS };

			event.address.node = k;
			event.address.endpoint = net_endpoint(k >= NET_HOSTS ? 8 : k <= i ? k - 1 : k);
			if (k >= NET_HOSTS)
				event.address.endpoint.port = 123;
			net_event(net, i, &event);
		}
	}
}

/* The driver's first word on each host: nothing of ours is in force. */
static inline void net_open(struct net *net, const char *extra)
{
	net_open_mute(net, extra);
	for (size_t i = 0; i < NET_HOSTS; i++)
		net_event(net, i,
			&(struct event){ .kind = EVENT_ACTION,
				.action = { .measure = MEASURE_DESYNC, .state = ACTION_IDLE } });
}

/* kill -9, and a new start at once. */
static inline void net_restart(struct net *net, size_t host)
{
	uint8_t seed[PRNG_SEED_SIZE] = { (uint8_t)(net->now / NS_PER_MS), (uint8_t)(net->now / NS_PER_S) };
	struct reading now = net_reading(net, host);
	struct host *h = &net->hosts[host];

	core_free(h->core);
	h->core = core_new(h->conf, net->ring, seed, "0.1.0", &now);
}

static inline void net_close(struct net *net)
{
	for (size_t i = 0; i < NET_HOSTS; i++) {
		core_free(net->hosts[i].core);
		conf_free(net->hosts[i].conf);
	}
	keyring_free(net->ring);
}

static inline struct verdict net_verdict(const struct net *net, size_t host)
{
	struct reading now = net_reading(net, host);
	struct node_view view;

	core_node(net->hosts[host].core, 0, &now, &view);
	return view.verdict;
}

static inline struct node_view net_view(const struct net *net, size_t host, size_t node)
{
	struct reading now = net_reading(net, host);
	struct node_view view;

	core_node(net->hosts[host].core, node, &now, &view);
	return view;
}

static inline uint64_t net_rejected(const struct net *net, size_t host, enum reject reason)
{
	struct reading now = net_reading(net, host);
	struct core_view view;

	core_overview(net->hosts[host].core, &now, &view);
	return view.rejected[reason];
}

#endif
