#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/yaml.h"

static struct yaml_value *tree_of(const char *text)
{
	struct conf_error error = { "" };
	struct source source = { .file = "f.yaml", .error = &error };
	struct yaml_value *root = yaml_read(&source, text, strlen(text));

	if (root == NULL)
		fail_msg("%s", error.text);
	return root;
}

static void assert_refused_octets(const char *text, size_t len, const char *sentence)
{
	struct conf_error error = { "" };
	struct source source = { .file = "f.yaml", .error = &error };

	assert_null(yaml_read(&source, text, len));
	assert_string_equal(error.text, sentence);
}

static void assert_refused(const char *text, const char *sentence)
{
	assert_refused_octets(text, strlen(text), sentence);
}

static void a_document_becomes_a_tree(void **state)
{
	struct yaml_value *root = tree_of("a: x\nb:\n  - y\n  - {c: 'z'}\n");
	const struct yaml_value *list = yaml_get(root, "b");

	(void)state;
	assert_int_equal(root->kind, YAML_MAP);
	assert_int_equal(root->count, 2);
	assert_string_equal(yaml_get(root, "a")->text, "x");
	assert_int_equal(list->kind, YAML_LIST);
	assert_int_equal(list->count, 2);
	assert_string_equal(yaml_at(list, 0)->text, "y");
	assert_string_equal(yaml_get(yaml_at(list, 1), "c")->text, "z");
	assert_null(yaml_get(root, "c"));
	assert_null(yaml_get(list, "a"));
	yaml_tree_free(root);
}

static void everything_knows_its_place(void **state)
{
	struct yaml_value *root = tree_of("a: x\nb:\n  - \xc3\xbc: y\n");
	const struct yaml_value *b = yaml_get(root, "b");
	const struct yaml_value *y = yaml_at(b, 0)->first;

	(void)state;
	assert_int_equal(b->key_at.line, 2);
	assert_int_equal(b->key_at.column, 1);
	assert_int_equal(y->key_at.line, 3);
	assert_int_equal(y->key_at.column, 5);
	/* A column is a character, however many octets it takes. */
	assert_int_equal(y->at.column, 8);
	yaml_tree_free(root);
}

static void quotes_are_remembered(void **state)
{
	struct yaml_value *root = tree_of("a: 1\nb: '1'\nc: \"1\"\n");

	(void)state;
	assert_false(yaml_get(root, "a")->quoted);
	assert_true(yaml_get(root, "b")->quoted);
	assert_true(yaml_get(root, "c")->quoted);
	yaml_tree_free(root);
}

static void a_key_may_be_left_without_a_value(void **state)
{
	struct yaml_value *root = tree_of("a:\nb: ~\nc: null\nd: ''\ne: '~'\nf: []\n");

	(void)state;
	assert_true(yaml_is_null(yaml_get(root, "a")));
	assert_true(yaml_is_null(yaml_get(root, "b")));
	assert_true(yaml_is_null(yaml_get(root, "c")));
	assert_false(yaml_is_null(yaml_get(root, "d")));
	assert_false(yaml_is_null(yaml_get(root, "e")));
	assert_false(yaml_is_null(yaml_get(root, "f")));
	yaml_tree_free(root);
}

static void no_document_is_an_empty_mapping(void **state)
{
	static const char *const texts[] = { "", "# nothing\n", "\xef\xbb\xbf" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct yaml_value *root = tree_of(texts[i]);

		assert_int_equal(root->kind, YAML_MAP);
		assert_int_equal(root->count, 0);
		yaml_tree_free(root);
	}
}

static void a_byte_order_mark_and_dos_lines_do_no_harm(void **state)
{
	struct yaml_value *root = tree_of("\xef\xbb\xbf"
					  "a: 1\r\nb: 2\r\n");

	(void)state;
	assert_int_equal(root->count, 2);
	assert_string_equal(yaml_get(root, "a")->text, "1");
	assert_string_equal(yaml_get(root, "b")->text, "2");
	yaml_tree_free(root);
}

static void a_key_stands_once(void **state)
{
	(void)state;
	assert_refused("a: 1\nb: 2\na: 3\n",
		"f.yaml:3:1: key 'a' stands here a second time; the first is in line 1");
	assert_refused("a: {b: 1, 'b': 2}\n",
		"f.yaml:1:11: key 'b' stands here a second time; the first is in line 1");
}

static void what_could_mean_two_things_is_refused(void **state)
{
	(void)state;
	assert_refused("a: &x 1\n", "f.yaml:1:4: anchors ('&') are not allowed; write the value out");
	assert_refused("&x a: 1\n", "f.yaml:1:1: anchors ('&') are not allowed; write the value out");
	assert_refused("a: *x\n", "f.yaml:1:4: aliases ('*') are not allowed; write the value out");
	assert_refused("*x : 1\n", "f.yaml:1:1: a key has to be one word");
	assert_refused("a: !!int 1\n", "f.yaml:1:4: tags ('!') are not allowed; write the value alone");
	assert_refused("a: !x [b]\n", "f.yaml:1:4: tags ('!') are not allowed; write the value alone");
	assert_refused("a: !x {b: c}\n", "f.yaml:1:4: tags ('!') are not allowed; write the value alone");
	assert_refused("a: 1\n---\nb: 2\n", "f.yaml:3:1: a second document begins here; one is allowed");
	assert_refused("{a: 1}: b\n", "f.yaml:1:1: a key has to be one word");
}

static void a_value_is_one_line_without_control_characters(void **state)
{
	static const char sentence[] =
		"f.yaml:1:4: control characters, line breaks among them, are not allowed in a value";

	(void)state;
	assert_refused("a: \"\\e[31m\"\n", sentence);
	assert_refused("a: \"\\0\"\n", sentence);
	assert_refused("a: \"b\\u009b31m\"\n", sentence);
	assert_refused("a: |\n  b\n  c\n", sentence);
	assert_refused("a: \"b\\tc\"\n", sentence);
}

static void what_is_not_utf8_is_refused_where_it_stands(void **state)
{
	(void)state;
	assert_refused("a: 1\nb: \xff\n", "f.yaml:2:4: not UTF-8 text: invalid leading UTF-8 octet");
	assert_refused("\xc3\xbc: \xc3(\n", "f.yaml:1:5: not UTF-8 text: invalid trailing UTF-8 octet");
	assert_refused("a: \x01\n", "f.yaml:1:4: not UTF-8 text: control characters are not allowed");
	assert_refused_octets("a: \0\n", 5, "f.yaml:1:4: not UTF-8 text: control characters are not allowed");
	assert_refused_octets("\xff\xfe"
			      "a\0",
		4, "f.yaml:1:1: not UTF-8 text: invalid leading UTF-8 octet");
}

static void a_slip_of_syntax_is_told_where_it_is(void **state)
{
	(void)state;
	assert_refused("a: [b, c\n",
		"f.yaml:2:1: not YAML: did not find expected ',' or ']' while parsing a flow "
		"sequence that begins in line 1");
	assert_refused("a:\n - b\n c: d\n", "f.yaml:3:2: not YAML: did not find expected '-' indicator while "
					    "parsing a block collection that begins in line 2");
	assert_refused("a: 'b\n",
		"f.yaml:2:1: not YAML: found unexpected end of stream while scanning a quoted "
		"scalar that begins in line 1");
}

static void the_usual_slips_are_told_with_their_cure(void **state)
{
	static const char colon[] =
		"a ':' cannot stand here: close the bracket before it, indent the line as its "
		"neighbours, or put the value that holds it in quotes";
	char sentence[256];

	(void)state;
	assert_refused(
		"a:\n\t- b\n", "f.yaml:2:1: not YAML: a tab stands here; YAML is indented with spaces");
	assert_refused(
		"a: b\n\tc: d\n", "f.yaml:2:1: not YAML: a tab stands here; YAML is indented with spaces");
	assert_refused("a: @b\n", "f.yaml:1:4: not YAML: a value cannot begin like this without quotes");
	snprintf(sentence, sizeof(sentence), "f.yaml:1:10: not YAML: %s", colon);
	assert_refused("listen: [::]:9123\n", sentence);
	snprintf(sentence, sizeof(sentence), "f.yaml:2:3: not YAML: %s", colon);
	assert_refused("a: b\n c: d\n", sentence);
	snprintf(sentence, sizeof(sentence), "f.yaml:2:2: not YAML: %s", colon);
	assert_refused("a: [b\nc: d\n", sentence);
}

static void eight_levels_are_enough(void **state)
{
	(void)state;
	yaml_tree_free(tree_of("[[[[[[[a]]]]]]]"));
	assert_refused("[[[[[[[[a]]]]]]]]", "f.yaml:1:9: nested deeper than 8 levels");
	assert_refused("a: {a: {a: {a: {a: {a: {a: {a: b}}}}}}}", "f.yaml:1:32: nested deeper than 8 levels");
}

/* "a, a, ..." in a list: `n` values and the list. */
static char *list_of(size_t n)
{
	char *text = malloc(2 * n + 2);

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + 1 + 2 * i, "a,", 2);
	text[0] = '[';
	text[2 * n] = ']';
	text[2 * n + 1] = '\0';
	return text;
}

static void there_is_an_end_to_the_number_of_values(void **state)
{
	char *most = list_of(YAML_VALUES_MAX - 1), *more = list_of(YAML_VALUES_MAX);

	(void)state;
	yaml_tree_free(tree_of(most));
	assert_refused(more, "f.yaml:1:16384: more than 8192 values");
	free(most);
	free(more);
}

static void a_long_value_is_quoted_in_part(void **state)
{
	char text[256];
	struct excerpt excerpt;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[71] = '\0';
	assert_string_equal(source_excerpt(text).text, text);
	text[71] = 'a';
	/* A character of two octets across the cut goes as a whole. */
	memcpy(text + 67, "\xc3\xbc", 2);
	text[255] = '\0';
	excerpt = source_excerpt(text);
	assert_int_equal(strlen(excerpt.text), 70);
	assert_string_equal(excerpt.text + 65, "aa...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_becomes_a_tree),
		cmocka_unit_test(everything_knows_its_place),
		cmocka_unit_test(quotes_are_remembered),
		cmocka_unit_test(a_key_may_be_left_without_a_value),
		cmocka_unit_test(no_document_is_an_empty_mapping),
		cmocka_unit_test(a_byte_order_mark_and_dos_lines_do_no_harm),
		cmocka_unit_test(a_key_stands_once),
		cmocka_unit_test(what_could_mean_two_things_is_refused),
		cmocka_unit_test(a_value_is_one_line_without_control_characters),
		cmocka_unit_test(what_is_not_utf8_is_refused_where_it_stands),
		cmocka_unit_test(a_slip_of_syntax_is_told_where_it_is),
		cmocka_unit_test(the_usual_slips_are_told_with_their_cure),
		cmocka_unit_test(eight_levels_are_enough),
		cmocka_unit_test(there_is_an_end_to_the_number_of_values),
		cmocka_unit_test(a_long_value_is_quoted_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
