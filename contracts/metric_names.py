"""The names of API Gateway's metrics that differ between REST APIs and HTTP APIs.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from __future__ import annotations

HTTP_API_NAMES = {"4XXError": "4xx", "5XXError": "5xx"}
"""What HTTP APIs call the metrics of REST APIs."""

ERROR_METRICS = frozenset({*HTTP_API_NAMES, *HTTP_API_NAMES.values()})
"""Metrics that are 0 or 1 a request: their Average is a ratio, their SampleCount the number of all requests."""

OF_HTTP_APIS_ALONE = frozenset({*HTTP_API_NAMES.values(), "DataProcessed"})
