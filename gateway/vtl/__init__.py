"""Mapping templates: Apache Velocity 1.7 with API Gateway's variables and its handling of null."""

from gateway.vtl.errors import TemplateError
from gateway.vtl.limits import Limits
from gateway.vtl.template import Template, compile_template
from gateway.vtl.variables import Overrides, api_gateway_variables

__all__ = [
    "Limits",
    "Overrides",
    "Template",
    "TemplateError",
    "api_gateway_variables",
    "compile_template",
]
