#include "setup_icinga.h"

#include <string.h>

#include "icinga_rules.h"

enum { USER_SIZE = CLUSTER_NAME_SIZE + 16 };

static const char how[] =
	"// 1. This file goes onto the master where Icinga is configured: as\n"
	"//    /etc/icinga2/zones.d/master/clock-skew-CLUSTER.conf, or conf.d/ on a single master.\n"
	"//    Hosts that Icinga has already: leave them out below, and give them the vars.\n"
	"// 2. Choose a password for the ApiUser (openssl rand -base64 24), put it below and into\n"
	"//    password_file on each host (0640, root:skew-sentinel). Each endpoint that takes\n"
	"//    results must know the ApiUser (icinga2 object list --type ApiUser).\n"
	"// 3. Where the plugin is to run too (vars.skew_check), check_skew.conf goes into\n"
	"//    zones.d/global-templates/ or conf.d/: see the README.md beside it.\n"
	"// 4. icinga2 daemon -C && systemctl reload icinga2\n"
	"//\n"
	"// A downtime or an acknowledgement in Icinga silences Icinga. It does not stop the\n"
	"// protection of the cluster: that is `skewctl hold`, on the host.\n";

static const char yaml[] =
	"//\n// For sentinel.yaml, on all hosts:\n//\n"
	"// icinga:\n"
	"//   endpoints:            # of the zone of the hosts below; name: as in the certificate\n"
	"//     - {url: \"https://MASTER:5665\", name: MASTER}\n"
	"//   ca: /etc/skew-sentinel/icinga-ca.crt    # a copy of /var/lib/icinga2/certs/ca.crt\n"
	"//   password_file: /etc/skew-sentinel/icinga.password\n"
	"//   user: ";

/* A string of Icinga's configuration language: no name from sentinel.yaml ends it. */
static void put_string(FILE *out, const char *before, const char *text, const char *after)
{
	fprintf(out, "%s\"", before);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fprintf(out, "\"%s", after);
}

/* Whoever has the name of the service in constants.conf keeps it. */
static void print_rules(FILE *out, const struct conf *conf)
{
	fputs("\n// ---- templates and rules: the same for all clusters, the first file with them counts "
	      "----\n\n"
	      "if (!globals.contains(\"SkewRules\")) {\n\nconst SkewRules = true\n"
	      "if (!globals.contains(\"SkewService\")) {\n",
		out);
	put_string(out, "\tconst SkewService = ", conf->icinga.service, "\n}\n\n");
	fwrite(icinga_rules, 1, sizeof icinga_rules, out);
	fputs("\n}\n", out);
}

static void print_cluster(FILE *out, const struct conf *conf)
{
	char name[sizeof conf->cluster + 8];

	snprintf(name, sizeof name, "clocks-%s", conf->cluster);
	fputs("\n// ---- the cluster and its hosts ----\n\n", out);
	put_string(out, "object Host ", name, " {\n\timport \"clock-skew-cluster\"\n");
	put_string(out, "\tvars.skew_cluster = ", conf->cluster, "\n}\n");
}

static const char *host_of(const struct conf_peer *peer)
{
	return peer->icinga_host[0] ? peer->icinga_host : peer->name;
}

static void print_host(FILE *out, const struct conf *conf, const struct conf_peer *peer)
{
	put_string(out, "\nobject Host ", host_of(peer), " {\n");
	put_string(out, "\taddress = ", peer->address.host[0] ? peer->address.host : peer->name, "\n");
	fputs("\tcheck_command = \"hostalive\"\n", out);
	put_string(out, "\tvars.skew_cluster = ", conf->cluster, "\n");
	put_string(out, "\tvars.skew_node = ", peer->name, "\n}\n");
}

static void print_permissions(FILE *out, const struct conf *conf)
{
	fputs("\tpermissions = [ {\n\t\tpermission = \"actions/process-check-result\"\n", out);
	put_string(out, "\t\tfilter = {{ service.name == ", conf->icinga.service, "");
	put_string(out, " && host.vars.skew_cluster == ", conf->cluster, " }}\n\t} ]\n}\n");
}

/* Each host has a certificate of its own, with its name in it as Icinga's agents have. */
static void print_certified(FILE *out, const struct conf *conf, const struct conf_peer *peer)
{
	const char *name = host_of(peer);
	char user[NODE_NAME_SIZE + 16];

	snprintf(user, sizeof user, "skew-sentinel-%s", name);
	put_string(out, "\nobject ApiUser ", user, " {\n");
	put_string(out, "\tclient_cn = ", name, " // as in its certificate\n");
	print_permissions(out, conf);
}

/* Each cluster has its own, unless somebody chose the name. */
static const char *user_of(const struct conf *conf, char out[USER_SIZE])
{
	if (conf->icinga.configured && conf->icinga.user[0])
		snprintf(out, USER_SIZE, "%s", conf->icinga.user);
	else
		snprintf(out, USER_SIZE, "skew-sentinel-%s", conf->cluster);
	return out;
}

static void print_user(FILE *out, const struct conf *conf)
{
	char user[USER_SIZE];

	put_string(out, "\nobject ApiUser ", user_of(conf, user), " {\n");
	fputs("\tpassword = \"\" // with an empty one nobody gets in: choose one, see above\n", out);
	print_permissions(out, conf);
}

static void print_users(FILE *out, const struct conf *conf)
{
	fputs("\n// ---- who may submit results: of these clocks, and nothing else ----\n", out);
	if (!conf->icinga.certificate[0]) {
		print_user(out, conf);
		return;
	}
	if (conf->listed)
		print_certified(out, conf, &conf->self);
	for (size_t i = 0; i < conf->n_peers; i++)
		print_certified(out, conf, &conf->peers[i]);
}

void setup_icinga_print(FILE *out, const struct conf *conf)
{
	char user[USER_SIZE];

	fprintf(out, "// The clocks of the cluster %s in Icinga 2.\n//\n%s", conf->cluster, how);
	if (conf->icinga.configured)
		fputs("//\n// sentinel.yaml has its block `icinga` already.\n", out);
	else
		put_string(out, yaml, user_of(conf, user), "\n");
	print_rules(out, conf);
	print_cluster(out, conf);
	if (conf->listed)
		print_host(out, conf, &conf->self);
	else
		fprintf(out, "\n// This host, %s, is not in the list of peers: it is left out.\n",
			conf->node);
	for (size_t i = 0; i < conf->n_peers; i++)
		print_host(out, conf, &conf->peers[i]);
	print_users(out, conf);
}
