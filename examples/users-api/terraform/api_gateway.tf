resource "aws_api_gateway_rest_api" "users" {
  name               = local.name
  description        = local.contract.info.description
  api_key_source     = local.contract["x-amazon-apigateway-api-key-source"]
  binary_media_types = local.contract["x-amazon-apigateway-binary-media-types"]
  tags               = var.tags

  endpoint_configuration {
    types = ["EDGE"]
  }
}

# --- Resources, by depth

resource "aws_api_gateway_resource" "first" {
  for_each = toset([for path in local.paths : path if length(split("/", path)) == 2])

  rest_api_id = aws_api_gateway_rest_api.users.id
  parent_id   = aws_api_gateway_rest_api.users.root_resource_id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "second" {
  for_each = toset([for path in local.paths : path if length(split("/", path)) == 3])

  rest_api_id = aws_api_gateway_rest_api.users.id
  parent_id   = aws_api_gateway_resource.first[dirname(each.key)].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "third" {
  for_each = toset([for path in local.paths : path if length(split("/", path)) == 4])

  rest_api_id = aws_api_gateway_rest_api.users.id
  parent_id   = aws_api_gateway_resource.second[dirname(each.key)].id
  path_part   = basename(each.key)
}

locals {
  resources = merge(
    aws_api_gateway_resource.first,
    aws_api_gateway_resource.second,
    aws_api_gateway_resource.third,
  )
}

# --- Models

resource "terraform_data" "without_default_models" {
  count = var.remove_default_models ? 1 : 0

  triggers_replace = aws_api_gateway_rest_api.users.id

  provisioner "local-exec" {
    command = join(" && ", [
      for name in ["Empty", "Error"] :
      "aws apigateway delete-model --region ${var.region} --rest-api-id ${aws_api_gateway_rest_api.users.id} --model-name ${name}"
    ])
  }
}

resource "aws_api_gateway_model" "plain" {
  for_each = local.plain_models

  rest_api_id  = aws_api_gateway_rest_api.users.id
  name         = each.key
  content_type = "application/json"
  schema       = each.value

  depends_on = [terraform_data.without_default_models]
}

resource "aws_api_gateway_model" "composed" {
  for_each = local.composed_models

  rest_api_id  = aws_api_gateway_rest_api.users.id
  name         = each.key
  content_type = "application/json"
  schema = replace(
    each.value,
    "#/components/schemas/",
    "https://apigateway.amazonaws.com/restapis/${aws_api_gateway_rest_api.users.id}/models/",
  )

  depends_on = [aws_api_gateway_model.plain]
}

# --- Who may call, and what is validated

resource "aws_api_gateway_request_validator" "users" {
  for_each = local.request_validators

  rest_api_id                 = aws_api_gateway_rest_api.users.id
  name                        = each.key
  validate_request_body       = each.value.validateRequestBody
  validate_request_parameters = each.value.validateRequestParameters
}

resource "aws_api_gateway_authorizer" "users" {
  for_each = { for name, scheme in local.authorizer_schemes : name => scheme["x-amazon-apigateway-authorizer"] }

  rest_api_id                      = aws_api_gateway_rest_api.users.id
  name                             = each.key
  type                             = upper(each.value.type)
  authorizer_uri                   = local.invocation_uris[each.value.authorizerUri]
  authorizer_result_ttl_in_seconds = each.value.authorizerResultTtlInSeconds
  identity_source                  = each.value.identitySource
}

# --- Step 1, the method request

resource "aws_api_gateway_method" "users" {
  for_each = local.operations

  rest_api_id          = aws_api_gateway_rest_api.users.id
  resource_id          = local.resources[each.value.path].id
  http_method          = each.value.http_method
  operation_name       = each.value.operationId
  authorization        = local.authorizers[each.key] == null ? "NONE" : "CUSTOM"
  authorizer_id        = local.authorizers[each.key] == null ? null : aws_api_gateway_authorizer.users[local.authorizers[each.key]].id
  api_key_required     = contains(local.security[each.key], "api_key")
  request_validator_id = aws_api_gateway_request_validator.users[each.value["x-amazon-apigateway-request-validator"]].id
  request_parameters   = local.request_parameters[each.key]
  request_models = {
    for content_type, content in try(each.value.requestBody.content, {}) : content_type => basename(content.schema["$ref"])
  }

  depends_on = [aws_api_gateway_model.plain, aws_api_gateway_model.composed]
}

# --- Step 2, the integration request

resource "aws_api_gateway_integration" "users" {
  for_each = local.operations

  rest_api_id             = aws_api_gateway_rest_api.users.id
  resource_id             = aws_api_gateway_method.users[each.key].resource_id
  http_method             = aws_api_gateway_method.users[each.key].http_method
  type                    = upper(each.value.integration.type)
  integration_http_method = try(each.value.integration.httpMethod, null)
  uri                     = try(local.invocation_uris[each.value.integration.uri], each.value.integration.uri, null)
  passthrough_behavior    = upper(each.value.integration.passthroughBehavior)
  credentials             = can(each.value.integration.credentials) ? aws_iam_role.integrations.arn : null
  timeout_milliseconds    = try(each.value.integration.timeoutInMillis, 29000)
  request_parameters      = try(each.value.integration.requestParameters, {})
  request_templates       = local.request_templates[each.key]

  depends_on = [aws_lambda_permission.integrations]
}

# The table and the queue are called without a function, in this role.
resource "aws_iam_role" "integrations" {
  name = "${local.name}-integrations"
  tags = var.tags
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "apigateway.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "integrations" {
  name = "table-and-queue"
  role = aws_iam_role.integrations.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = aws_dynamodb_table.users.arn },
      { Effect = "Allow", Action = ["sqs:SendMessage"], Resource = aws_sqs_queue.events.arn },
    ]
  })
}

# --- Step 4, the method responses (declared before step 3, which refers to them)

resource "aws_api_gateway_method_response" "users" {
  for_each = local.method_responses

  rest_api_id = aws_api_gateway_rest_api.users.id
  resource_id = aws_api_gateway_method.users[each.value.operation].resource_id
  http_method = aws_api_gateway_method.users[each.value.operation].http_method
  status_code = each.value.status
  response_parameters = {
    for name in keys(try(each.value.response.headers, {})) : "method.response.header.${name}" => true
  }
  response_models = {
    for content_type, content in try(each.value.response.content, {}) : content_type => basename(content.schema["$ref"])
  }
}

# --- Step 3, the integration responses

resource "aws_api_gateway_integration_response" "users" {
  for_each = local.integration_responses

  rest_api_id         = aws_api_gateway_rest_api.users.id
  resource_id         = aws_api_gateway_integration.users[each.value.operation].resource_id
  http_method         = aws_api_gateway_integration.users[each.value.operation].http_method
  status_code         = aws_api_gateway_method_response.users[each.key].status_code
  selection_pattern   = each.value.pattern
  response_parameters = try(each.value.response.responseParameters, {})
  response_templates  = local.response_templates[each.key]
}

# --- What API Gateway answers by itself

resource "aws_api_gateway_gateway_response" "users" {
  for_each = local.gateway_responses

  rest_api_id         = aws_api_gateway_rest_api.users.id
  response_type       = each.key
  status_code         = try(tostring(each.value.statusCode), null)
  response_parameters = each.value.responseParameters
  response_templates  = local.gateway_response_templates[each.key]
}

# --- The deployment: a snapshot, so everything that it freezes must make a new one

resource "aws_api_gateway_deployment" "users" {
  rest_api_id = aws_api_gateway_rest_api.users.id

  triggers = {
    redeployment = sha256(jsonencode([
      local.contract,
      local.request_templates,
      local.response_templates,
      local.gateway_response_templates,
      local.invocation_uris,
      aws_iam_role.integrations.arn,
      filesha256("${path.module}/api_gateway.tf"),
      filesha256("${path.module}/main.tf"),
    ]))
  }

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = length(local.differing_templates) == 0
      error_message = "Contract and templates differ: ${join(", ", local.differing_templates)}."
    }
  }

  depends_on = [
    aws_api_gateway_method.users,
    aws_api_gateway_method_response.users,
    aws_api_gateway_integration.users,
    aws_api_gateway_integration_response.users,
    aws_api_gateway_gateway_response.users,
    aws_api_gateway_model.composed,
  ]
}

resource "aws_api_gateway_stage" "users" {
  rest_api_id          = aws_api_gateway_rest_api.users.id
  deployment_id        = aws_api_gateway_deployment.users.id
  stage_name           = var.stage_name
  xray_tracing_enabled = true
  variables            = { directoryHost = var.directory_host }
  tags                 = var.tags

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = jsonencode(local.access_log_format)
  }

  depends_on = [aws_api_gateway_account.region, aws_cloudwatch_log_group.execution]
}

resource "aws_api_gateway_method_settings" "every_method" {
  rest_api_id = aws_api_gateway_rest_api.users.id
  stage_name  = aws_api_gateway_stage.users.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = true
    logging_level          = var.logging_level
    data_trace_enabled     = var.data_trace_enabled
    throttling_rate_limit  = var.throttle.rate_limit
    throttling_burst_limit = var.throttle.burst_limit
  }
}

# --- API keys

resource "aws_api_gateway_usage_plan" "users" {
  name = "${local.name}-${var.stage_name}"
  tags = var.tags

  api_stages {
    api_id = aws_api_gateway_rest_api.users.id
    stage  = aws_api_gateway_stage.users.stage_name
  }

  throttle_settings {
    rate_limit  = var.usage_plan_throttle.rate_limit
    burst_limit = var.usage_plan_throttle.burst_limit
  }

  dynamic "quota_settings" {
    for_each = var.usage_plan_quota == null ? [] : [var.usage_plan_quota]

    content {
      limit  = quota_settings.value.limit
      period = quota_settings.value.period
    }
  }
}

resource "aws_api_gateway_api_key" "users" {
  name = "${local.name}-${var.stage_name}"
  tags = var.tags
}

resource "aws_api_gateway_usage_plan_key" "users" {
  usage_plan_id = aws_api_gateway_usage_plan.users.id
  key_id        = aws_api_gateway_api_key.users.id
  key_type      = "API_KEY"
}
