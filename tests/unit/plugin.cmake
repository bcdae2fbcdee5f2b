# The Icinga plugin.
skew_unit_test(test_range skew_check)
skew_unit_test(test_prober skew_check)
skew_unit_test(test_check_skew skew_check)
target_compile_definitions(test_check_skew PRIVATE PAGES="${CMAKE_CURRENT_SOURCE_DIR}/pages")
add_test(NAME unit/check_skew COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_skew.sh $<TARGET_FILE:check_skew>)
set_tests_properties(unit/check_skew PROPERTIES LABELS unit TIMEOUT 60)
