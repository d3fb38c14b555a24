# The API of ../docs/openapi.yaml, a resource per method. What the contract says is read from the contract, so the two
# cannot drift apart; what it cannot say (functions, queue, roles, the stage, usage plans, logs) stands in these files.
terraform {
  required_version = ">= 1.7"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region

  # An AWS-compatible endpoint knows neither the metadata of instances nor whose credentials are real.
  skip_credentials_validation = var.endpoint_url != null
  skip_metadata_api_check     = var.endpoint_url != null ? "true" : null
  skip_region_validation      = var.endpoint_url != null

  dynamic "endpoints" {
    for_each = var.endpoint_url == null ? [] : [var.endpoint_url]

    content {
      apigateway = endpoints.value
      cloudwatch = endpoints.value
      dynamodb   = endpoints.value
      iam        = endpoints.value
      lambda     = endpoints.value
      logs       = endpoints.value
      sns        = endpoints.value
      sqs        = endpoints.value
      sts        = endpoints.value
    }
  }
}

locals {
  contract  = yamldecode(file("${path.module}/../docs/openapi.yaml"))
  templates = "${path.module}/../templates"
  name      = local.contract.info.title

  operations = merge([
    for path, item in local.contract.paths : {
      for http_method, operation in item : "${upper(http_method)} ${path}" => merge(operation, {
        path        = path
        http_method = upper(http_method)
        integration = operation["x-amazon-apigateway-integration"]
        # Preflights are all alike, so they share their templates.
        templates = startswith(operation.operationId, "preflight") ? "preflight" : operation.operationId
      })
    }
  ]...)

  # Paths by depth: a resource needs its parent, which a resource of the same for_each cannot be.
  paths = toset(flatten([
    for path in keys(local.contract.paths) : [
      for depth in range(1, length(split("/", path))) : join("/", slice(split("/", path), 0, depth + 1))
    ]
  ]))

  parameter_locations = { path = "path", query = "querystring", header = "header" }

  # What a method validates: "GET /users" => { "method.request.querystring.limit" = false, ... }
  request_parameters = {
    for name, operation in local.operations : name => {
      for parameter in [
        for stated in try(operation.parameters, []) :
        try(local.contract.components.parameters[trimprefix(stated["$ref"], "#/components/parameters/")], stated)
      ] :
      "method.request.${local.parameter_locations[parameter.in]}.${parameter.name}" => try(parameter.required, false)
    }
  }

  # "GET /users" => the authorizer's name, for the operations that have one.
  authorizer_schemes = {
    for name, scheme in local.contract.components.securitySchemes : name => scheme
    if can(scheme["x-amazon-apigateway-authorizer"])
  }
  security = { for name, operation in local.operations : name => flatten([for one in operation.security : keys(one)]) }
  authorizers = {
    for name, schemes in local.security : name => one([for scheme in schemes : scheme if can(local.authorizer_schemes[scheme])])
  }

  # "GET /users 200" => one declared answer of one operation.
  method_responses = merge([
    for name, operation in local.operations : {
      for status, stated in operation.responses : "${name} ${status}" => {
        operation = name
        status    = status
        response = try(
          local.contract.components.responses[trimprefix(stated["$ref"], "#/components/responses/")],
          stated,
        )
      }
    }
  ]...)

  # "GET /countries/{code} 404" => one integration response of one operation; proxy integrations have none.
  integration_responses = merge([
    for name, operation in local.operations : {
      for pattern, response in try(operation.integration.responses, {}) : "${name} ${response.statusCode}" => {
        operation = name
        pattern   = pattern == "default" ? null : pattern
        response  = response
      }
    }
  ]...)

  # A model that refers to others is created after them. One level is enough here.
  model_schemas   = { for name, schema in local.contract.components.schemas : name => jsonencode(schema) }
  composed_models = { for name, schema in local.model_schemas : name => schema if strcontains(schema, "\"$ref\"") }
  plain_models    = { for name, schema in local.model_schemas : name => schema if !strcontains(schema, "\"$ref\"") }

  gateway_responses  = local.contract["x-amazon-apigateway-gateway-responses"]
  request_validators = local.contract["x-amazon-apigateway-request-validators"]

  # The mapping templates are deployed from ../templates; the contract has the same texts, for those who read only it.
  request_templates = {
    for name, operation in local.operations : name => {
      for content_type in keys(try(operation.integration.requestTemplates, {})) :
      content_type => file("${local.templates}/${operation.templates}/request.vtl")
    }
  }
  response_templates = {
    for name, response in local.integration_responses : name => {
      for content_type in keys(try(response.response.responseTemplates, {})) : content_type =>
      file("${local.templates}/${local.operations[response.operation].templates}/response_${response.response.statusCode}.vtl")
    }
  }
  gateway_response_templates = {
    for response_type, response in local.gateway_responses : response_type => {
      for content_type in keys(response.responseTemplates) :
      content_type => file("${local.templates}/gateway_responses/${response_type}.vtl")
    }
  }
  differing_templates = concat(
    [
      for name, templates in local.request_templates : "the request template of ${name}"
      if jsonencode(templates) != jsonencode(try(local.operations[name].integration.requestTemplates, {}))
    ],
    [
      for name, templates in local.response_templates : "the response template of ${name}"
      if jsonencode(templates) != jsonencode(try(local.integration_responses[name].response.responseTemplates, {}))
    ],
    [
      for name, templates in local.gateway_response_templates : "the template of ${name}"
      if jsonencode(templates) != jsonencode(local.gateway_responses[name].responseTemplates)
    ],
  )
}
