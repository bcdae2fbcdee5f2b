# The status side and skewctl.
skew_unit_test(test_when skew_shell)
skew_unit_test(test_events skew_shell)
skew_unit_test(test_request skew_shell)
skew_unit_test(test_timesync skew_shell)
skew_unit_test(test_status skew_shell)
skew_unit_test(test_matrix skew_shell)
skew_unit_test(test_metrics skew_shell)
skew_unit_test(test_http skew_shell)
