#include "story.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../sentinel/icinga/login.h"
#include "scratch.h"

static char folder[SCRATCH_SIZE];
static struct conf_icinga conf;

static FILE *create(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	return file;
}

/* Signed by itself, so it is its own CA. */
static void write_certificate(const char *path, EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	FILE *file = create(path);

	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, key);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509(file, certificate), 1);
	fclose(file);
	X509_free(certificate);
}

/* password NULL: a key that is not encrypted. */
static void write_files(const char *password)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	FILE *file;

	snprintf(conf.ca, sizeof conf.ca, "%s/certificate", folder);
	snprintf(conf.certificate, sizeof conf.certificate, "%s/certificate", folder);
	snprintf(conf.key, sizeof conf.key, "%s/key", folder);
	write_certificate(conf.certificate, key);
	file = create(conf.key);
	assert_int_equal(PEM_write_PKCS8PrivateKey(file, key, password ? EVP_aes_128_cbc() : NULL, password,
				 password ? (int)strlen(password) : 0, NULL, NULL),
		1);
	fclose(file);
	EVP_PKEY_free(key);
}

static int remove_files(void **state)
{
	(void)state;
	return scratch_remove(folder);
}

static int make_folder(void **state)
{
	(void)state;
	return scratch_make(folder);
}

static void a_certificate_and_its_key_are_taken(void **state)
{
	struct login login;
	char error[256] = "";

	(void)state;
	write_files(NULL);
	assert_true(login_read(&login, &conf, error, sizeof error));
	assert_null(login.authorization);
	login_forget(&login);
}

/* Whoever is asked answers, on standard input: where there is no terminal that is where OpenSSL asks. */
static int read_with_answer(const char *answer)
{
	struct login login;
	char path[128], error[256] = "";
	FILE *file;

	snprintf(path, sizeof path, "%s/answer", folder);
	file = create(path);
	fputs(answer, file);
	fclose(file);
	if (setsid() < 0 || !freopen(path, "r", stdin))
		return 3;
	if (login_read(&login, &conf, error, sizeof error))
		return 1;
	return strstr(error, "the private key") && strstr(error, "cannot be used") ? 0 : 2;
}

static void an_encrypted_key_is_refused_and_nobody_is_asked(void **state)
{
	int status;
	pid_t child;

	(void)state;
	write_files("secret");
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(read_with_answer("secret\n"));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_and_its_key_are_taken),
		cmocka_unit_test(an_encrypted_key_is_refused_and_nobody_is_asked),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_files);
}
