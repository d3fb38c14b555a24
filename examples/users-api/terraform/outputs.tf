output "rest_api_id" {
  description = "The REST API."
  value       = aws_api_gateway_rest_api.users.id
}

output "stage_name" {
  description = "The stage."
  value       = aws_api_gateway_stage.users.stage_name
}

output "invoke_url" {
  description = "Where the stage answers."
  value = (
    var.endpoint_url == null
    ? aws_api_gateway_stage.users.invoke_url
    : "${var.endpoint_url}/restapis/${aws_api_gateway_rest_api.users.id}/${var.stage_name}/_user_request_"
  )
}

output "api_key" {
  description = "The API key of the usage plan: terraform output -raw api_key"
  value       = aws_api_gateway_api_key.users.value
  sensitive   = true
}

output "table_name" {
  description = "The table of users."
  value       = aws_dynamodb_table.users.name
}

output "queue_url" {
  description = "The queue of events."
  value       = aws_sqs_queue.events.url
}

output "alarm_topic_arn" {
  description = "The topic for [alarms] actions in ../stageproof.toml."
  value       = aws_sns_topic.alarms.arn
}
