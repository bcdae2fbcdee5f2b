skew_unit_test(test_instant skew_proto)
skew_unit_test(test_ntp skew_proto)
skew_unit_test(test_field skew_proto)
skew_unit_test(test_keys skew_proto)
skew_unit_test(test_mac skew_proto)
skew_unit_test(test_message skew_proto)
skew_unit_test(test_keygen skew_proto)

# The packets printed in the specification are what the code sends.
skew_unit_test(test_protocol skew_proto)
target_compile_definitions(test_protocol PRIVATE PROTOCOL_MD="${CMAKE_CURRENT_SOURCE_DIR}/../../proto/PROTOCOL.md")
