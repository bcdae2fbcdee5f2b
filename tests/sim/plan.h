/*
 * What a run is made of: hosts, the wires between them, and what goes wrong when. A plan is plain data; the
 * named ones are tables (plans_*.c), the others are thrown with dice (plan_random.c). Plan and seed give the
 * run to the byte.
 */
#ifndef SIM_PLAN_H
#define SIM_PLAN_H

#include "../../conf/conf.h"
#include "dice.h"
#include "wire.h"

enum { PLAN_HOSTS_MAX = 32, PLAN_FAULTS_MAX = 48, PLAN_ALL = PLAN_HOSTS_MAX, PLAN_NAME_SIZE = 40 };

struct plan_host {
	char name[16];
	enum conf_role role;
	unsigned site;      /* hosts of one site are near each other */
	struct span offset; /* of its wall clock from true time, at the beginning */
	int64_t crystal_ppb;
	bool free_running; /* no time service steers it */
	bool server;       /* a plain NTP server, without a sentinel: `role` says nothing of it */
	bool keyed;        /* a server with a key: it votes */
	bool trusted;      /* and the sentinels' configuration trusts it */
	bool smears;       /* its time service spreads a leap second over time instead of stepping */
};

enum fault_kind {
	/* clocks */
	FAULT_STEP,  /* the wall clock is set further on by `amount` */
	FAULT_SLEW,  /* it is moved there gently, by 8 % of the time that passes */
	FAULT_MEND,  /* it is set right */
	FAULT_DRIFT, /* for `lasts` it runs fast by `amount` a second */
	FAULT_LEAP,  /* a leap second is inserted, on all hosts, after having been announced for `lasts` */
	/* the machine */
	FAULT_STALL,   /* the process gets no processor */
	FAULT_STOP,    /* the virtual machine stands still */
	FAULT_SUSPEND, /* it sleeps, and its hardware clock is off by `amount` when it wakes */
	FAULT_MIGRATE, /* it stands still, and wakes on another crystal */
	FAULT_CRASH,   /* kill -9 of the sentinel, started again after `lasts` */
	/* the wires */
	FAULT_CUT_OFF, /* host: nothing in, nothing out */
	FAULT_ONE_WAY, /* host to peer: nothing passes in that direction */
	FAULT_SPLIT,   /* the hosts up to `host` cannot reach those behind it */
	FAULT_DETOUR,  /* host to peer: takes longer by `amount`, in that direction alone */
	FAULT_LOSS,    /* host to peer: `amount` ns of a second's datagrams are lost */
	FAULT_ECHO,    /* the same, delivered twice */
	FAULT_BEND,    /* the same, with flipped bits */
	/* the database */
	FAULT_DB_HANG,
	FAULT_DB_RESTART,
	FAULT_DB_DONATE,
	FAULT_DB_LOCK,     /* FLUSH TABLES WITH READ LOCK */
	FAULT_DB_OPERATOR, /* an operator's wsrep_desync=ON, taken back at the end */
	FAULT_DISK_FULL,   /* the state directory takes nothing */
	/* the operator */
	FAULT_HOLD,
	FAULT_RELEASE,
	FAULT_DRILL, /* the sentinel believes its clock further on by `amount` */
	FAULT_KINDS
};
const char *fault_name(enum fault_kind kind);

/* How long it takes to slew a clock by that much, at 8 %. */
struct span fault_slew_takes(struct span amount);

/* At `at`, for `lasts` (where it lasts). host, peer: index, or PLAN_ALL. */
struct fault {
	struct span at;
	enum fault_kind kind;
	unsigned host, peer;
	struct span lasts, amount;
};

struct plan {
	char name[PLAN_NAME_SIZE];
	const char *about; /* a sentence for the head of its story */
	int64_t begins_s;  /* the right wall clock time at the beginning, seconds since 1970 */
	struct span lasts;
	struct plan_host hosts[PLAN_HOSTS_MAX]; /* databases first, servers last */
	unsigned n_hosts;
	struct wire_shape near, far; /* within a site, and between two */
	struct span lopsided;        /* from a lower site to a higher one takes so much longer than back */
	struct span interval;        /* of the probes */
	unsigned window;             /* so many of them are kept; 0: the default */
	unsigned electorate;         /* 0: the number of voters */
	struct span warning, critical, above, after; /* zero: the default */
	bool fence;                                  /* beside the desync */
	struct fault faults[PLAN_FAULTS_MAX];
	unsigned n_faults;
};

bool plan_votes(const struct plan_host *host);

/* Hosts with a sentinel. */
unsigned plan_sentinels(const struct plan *plan);

/* The named ones; NULL behind the last. */
const struct plan *plan_named(const char *name);
const struct plan *plan_nth(unsigned n);

/* Anything that may happen, from a seed. */
void plan_throw(struct plan *plan, uint64_t seed);

#endif
