locals {
  packages = coalesce(var.packages_directory, "${path.module}/../lambda/packages")

  # The folders of ../lambda by the names under which the contract's URIs call them.
  functions = {
    "users-api-user-service" = {
      package = "user_service"
      environment = {
        USERS_TABLE    = aws_dynamodb_table.users.name
        ALLOWED_ORIGIN = var.allowed_origin
        PASSWORD_COST  = tostring(var.password_cost)
      }
    }
    "users-api-legacy"     = { package = "legacy", environment = {} }
    "users-api-authorizer" = { package = "authorizer", environment = { AUTHORIZER_TOKEN = var.authorizer_token } }
  }

  # The contract's URIs name an account and a Region of their own; here they become those of what is deployed.
  called_uris = toset(compact(concat(
    [for operation in local.operations : try(operation.integration.uri, null)],
    [for scheme in local.authorizer_schemes : scheme["x-amazon-apigateway-authorizer"].authorizerUri],
  )))
  service_uri = "arn:${data.aws_partition.current.partition}:apigateway:${var.region}"
  invocation_uris = merge(
    {
      for uri in local.called_uris : uri => aws_lambda_function.users[regex("function:([^:/]+)/invocations$", uri)[0]].invoke_arn
      if can(regex("function:([^:/]+)/invocations$", uri))
    },
    {
      for uri in local.called_uris : uri => "${local.service_uri}:dynamodb:action/${basename(uri)}"
      if strcontains(uri, ":dynamodb:action/")
    },
    {
      for uri in local.called_uris : uri => "${local.service_uri}:sqs:path/${data.aws_caller_identity.current.account_id}/${aws_sqs_queue.events.name}"
      if strcontains(uri, ":sqs:path/")
    },
  )

  table = jsondecode(file("${path.module}/../lambda/user_service/table.json"))
  guest = jsondecode(file("${path.module}/../lambda/user_service/guest.json"))
}

resource "aws_lambda_function" "users" {
  for_each = local.functions

  function_name    = each.key
  role             = aws_iam_role.functions[each.key].arn
  runtime          = var.lambda_runtime
  handler          = "handler.handler"
  filename         = "${local.packages}/${each.value.package}.zip"
  source_code_hash = filebase64sha256("${local.packages}/${each.value.package}.zip")
  timeout          = 10
  memory_size      = 256
  tags             = var.tags

  environment {
    variables = each.value.environment
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_cloudwatch_log_group.functions]
}

resource "aws_lambda_permission" "integrations" {
  for_each = setsubtract(keys(local.functions), ["users-api-authorizer"])

  statement_id  = "api-gateway"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.users[each.key].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.users.execution_arn}/*/*"
}

resource "aws_lambda_permission" "authorizers" {
  for_each = aws_api_gateway_authorizer.users

  statement_id  = "api-gateway"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.users["users-api-authorizer"].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.users.execution_arn}/authorizers/${each.value.id}"
}

# --- What the functions may do

resource "aws_iam_role" "functions" {
  for_each = local.functions

  name = each.key
  tags = var.tags
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "telemetry" {
  for_each = local.functions

  name = "telemetry"
  role = aws_iam_role.functions[each.key].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.functions[each.key].arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Resource = "*"
      },
    ]
  })
}

resource "aws_iam_role_policy" "users_table" {
  name = "users-table"
  role = aws_iam_role.functions["users-api-user-service"].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:Scan",
      ]
      Resource = [aws_dynamodb_table.users.arn, "${aws_dynamodb_table.users.arn}/index/*"]
    }]
  })
}

# --- The users

resource "aws_dynamodb_table" "users" {
  name         = local.table.TableName
  billing_mode = local.table.BillingMode
  hash_key     = local.table.KeySchema[0].AttributeName
  tags         = var.tags

  dynamic "attribute" {
    for_each = local.table.AttributeDefinitions

    content {
      name = attribute.value.AttributeName
      type = attribute.value.AttributeType
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.table.GlobalSecondaryIndexes

    content {
      name               = global_secondary_index.value.IndexName
      hash_key           = global_secondary_index.value.KeySchema[0].AttributeName
      projection_type    = global_secondary_index.value.Projection.ProjectionType
      non_key_attributes = global_secondary_index.value.Projection.NonKeyAttributes
    }
  }
}

resource "aws_dynamodb_table_item" "guest" {
  for_each = { for item in local.guest : split("#", item.pk.S)[0] => item }

  table_name = aws_dynamodb_table.users.name
  hash_key   = aws_dynamodb_table.users.hash_key
  item       = jsonencode(each.value)
}

# --- What users did

resource "aws_sqs_queue" "events" {
  name                      = "${local.name}-events"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}
