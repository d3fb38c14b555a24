"""The catalogue: every rule, in the order in which a reviewer reads them. A new rule adds one line here."""

from __future__ import annotations

from contracts.rule import Rule
from contracts.rules.binary import (
    bn001_base64_answered,
    bn002_json_is_binary,
)
from contracts.rules.cors import (
    co001_wildcard_origin_with_credentials,
    co002_preflight_missing,
    co003_preflight_origin_wrong,
    co004_preflight_methods_wrong,
    co005_preflight_headers_wrong,
    co006_missing_on_gateway_4xx,
    co007_missing_on_gateway_5xx,
    co008_foreign_origin_allowed,
    co009_missing_on_answer,
    co010_preflight_protected,
    co011_vary_missing,
)
from contracts.rules.deployment import (
    dp001_stale_deployment,
    dp002_contract_and_deployment_differ,
    dp003_canary_active,
    dp004_waiver_expired,
)
from contracts.rules.errors import (
    er001_gateway_error_envelope_differs,
    er002_backend_error_envelope_differs,
    er003_request_id_missing,
    er004_server_error,
)
from contracts.rules.gateway_response import (
    gr001_default_status_overridden,
    gr002_invalid_json,
    gr003_promised_header_missing,
)
from contracts.rules.integration_request import (
    iq001_request_mapping_differs,
    iq002_correlation_id_not_passed,
    iq003_sensitive_field_passed_on,
    iq004_stage_variable_missing,
    iq005_rendered_body_invalid_json,
    iq006_mapped_parameter_undeclared,
    iq007_endpoint_cannot_be_called,
)
from contracts.rules.integration_response import (
    is001_response_mapping_differs,
    is002_selection_pattern_never_matches,
    is003_error_answered_as_success,
    is004_malformed_proxy_response,
    is005_no_output_mapping,
    is006_function_fails_unhandled,
)
from contracts.rules.limits import (
    lm001_no_stage_throttle,
    lm002_integration_timeout,
)
from contracts.rules.method_request import (
    mq001_validator_absent,
    mq002_invalid_body_reaches_backend,
    mq003_valid_body_refused,
    mq004_required_parameter_not_enforced,
    mq005_api_key_not_enforced,
    mq006_authorizer_not_enforced,
    mq007_valid_credentials_refused,
    mq008_undeclared_content_type_accepted,
)
from contracts.rules.method_response import (
    ms001_undeclared_status,
    ms002_response_model_broken,
    ms003_promised_header_missing,
    ms004_undeclared_content_type,
    ms005_declared_header_not_mapped,
)
from contracts.rules.metrics import (
    al001_metrics_disagree,
    al002_latency_objective_missed,
    al003_api_name_not_ascii,
)
from contracts.rules.observability import (
    ob001_execution_log_off,
    ob002_access_log_off,
    ob003_access_log_without_request_id,
    ob004_tracing_off,
    ob005_trace_not_propagated,
    ob006_execution_logs_missing,
    ob007_access_log_line_unreadable,
    ob008_cloudwatch_role_missing,
)
from contracts.rules.routing import (
    rt001_undeclared_route_reaches_backend,
    rt002_operation_not_deployed,
    rt003_undeclared_method_deployed,
)
from contracts.rules.security import (
    se001_secret_in_stage_variable,
    se002_internals_leaked,
    se003_sensitive_field_answered,
)

CATALOGUE: tuple[Rule, ...] = (
    rt001_undeclared_route_reaches_backend.RULE,
    rt002_operation_not_deployed.RULE,
    rt003_undeclared_method_deployed.RULE,
    mq001_validator_absent.RULE,
    mq002_invalid_body_reaches_backend.RULE,
    mq003_valid_body_refused.RULE,
    mq004_required_parameter_not_enforced.RULE,
    mq005_api_key_not_enforced.RULE,
    mq006_authorizer_not_enforced.RULE,
    mq007_valid_credentials_refused.RULE,
    mq008_undeclared_content_type_accepted.RULE,
    iq001_request_mapping_differs.RULE,
    iq002_correlation_id_not_passed.RULE,
    iq003_sensitive_field_passed_on.RULE,
    iq004_stage_variable_missing.RULE,
    iq005_rendered_body_invalid_json.RULE,
    iq006_mapped_parameter_undeclared.RULE,
    iq007_endpoint_cannot_be_called.RULE,
    is001_response_mapping_differs.RULE,
    is002_selection_pattern_never_matches.RULE,
    is003_error_answered_as_success.RULE,
    is004_malformed_proxy_response.RULE,
    is005_no_output_mapping.RULE,
    is006_function_fails_unhandled.RULE,
    ms001_undeclared_status.RULE,
    ms002_response_model_broken.RULE,
    ms003_promised_header_missing.RULE,
    ms004_undeclared_content_type.RULE,
    ms005_declared_header_not_mapped.RULE,
    gr001_default_status_overridden.RULE,
    gr002_invalid_json.RULE,
    gr003_promised_header_missing.RULE,
    co001_wildcard_origin_with_credentials.RULE,
    co002_preflight_missing.RULE,
    co003_preflight_origin_wrong.RULE,
    co004_preflight_methods_wrong.RULE,
    co005_preflight_headers_wrong.RULE,
    co006_missing_on_gateway_4xx.RULE,
    co007_missing_on_gateway_5xx.RULE,
    co008_foreign_origin_allowed.RULE,
    co009_missing_on_answer.RULE,
    co010_preflight_protected.RULE,
    co011_vary_missing.RULE,
    er001_gateway_error_envelope_differs.RULE,
    er002_backend_error_envelope_differs.RULE,
    er003_request_id_missing.RULE,
    er004_server_error.RULE,
    ob001_execution_log_off.RULE,
    ob002_access_log_off.RULE,
    ob003_access_log_without_request_id.RULE,
    ob004_tracing_off.RULE,
    ob005_trace_not_propagated.RULE,
    ob006_execution_logs_missing.RULE,
    ob007_access_log_line_unreadable.RULE,
    ob008_cloudwatch_role_missing.RULE,
    al001_metrics_disagree.RULE,
    al002_latency_objective_missed.RULE,
    al003_api_name_not_ascii.RULE,
    dp001_stale_deployment.RULE,
    dp002_contract_and_deployment_differ.RULE,
    dp003_canary_active.RULE,
    dp004_waiver_expired.RULE,
    se001_secret_in_stage_variable.RULE,
    se002_internals_leaked.RULE,
    se003_sensitive_field_answered.RULE,
    lm001_no_stage_throttle.RULE,
    lm002_integration_timeout.RULE,
    bn001_base64_answered.RULE,
    bn002_json_is_binary.RULE,
)
"""All rules. Codes are never reused."""
