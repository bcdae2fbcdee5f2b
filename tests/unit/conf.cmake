skew_unit_test(test_span skew_conf)
skew_unit_test(test_name skew_conf)
skew_unit_test(test_yaml skew_conf)
skew_unit_test(test_conf skew_conf)
skew_unit_test(test_conf_peers skew_conf)
skew_unit_test(test_conf_mistakes skew_conf)
skew_unit_test(test_conf_icinga skew_conf)

# The example and the manual tell the truth about the options.
skew_unit_test(test_options skew_conf)
target_compile_definitions(test_options PRIVATE EXAMPLE="${PROJECT_SOURCE_DIR}/conf/sentinel.yaml"
	MANUAL="${PROJECT_SOURCE_DIR}/conf/sentinel.yaml.5")
