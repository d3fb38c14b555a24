variable "region" {
  description = "The AWS Region."
  type        = string
  default     = "us-east-1"
}

variable "endpoint_url" {
  description = "An AWS-compatible endpoint in place of AWS, for example of `stageproof sandbox up`."
  type        = string
  default     = null
}

variable "stage_name" {
  description = "The stage."
  type        = string
  default     = "dev"
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
}

# --- Lambda

variable "packages_directory" {
  description = "Where build.sh left user_service.zip, legacy.zip and authorizer.zip. Null takes ../lambda/packages."
  type        = string
  default     = null
}

variable "lambda_runtime" {
  description = "The runtime of the functions."
  type        = string
  default     = "python3.13"
}

variable "allowed_origin" {
  description = "The one origin whose scripts may read answers; the contract's headers name the same."
  type        = string
  default     = "https://app.example.com"
}

variable "password_cost" {
  description = "The n of scrypt, a power of two."
  type        = number
  default     = 4096
}

variable "authorizer_token" {
  description = "The operator's token that the authorizer accepts. A real service would verify a JWT."
  type        = string
  default     = "allow"
  sensitive   = true
}

# --- The stage

variable "directory_host" {
  description = "host:port of the second backend (lambda/directory), the stage variable directoryHost."
  type        = string
}

variable "logging_level" {
  description = "The execution log: OFF, ERROR or INFO. Stageproof reads INFO."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["OFF", "ERROR", "INFO"], var.logging_level)
    error_message = "logging_level must be OFF, ERROR or INFO."
  }
}

variable "data_trace_enabled" {
  description = "Whether the execution log has bodies and headers. Turn it off where real users' data passes."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30
}

variable "alarm_subscriptions" {
  description = "Who hears of alarms, by a name of your own: { on_call = { protocol = \"email\", endpoint = \"on-call@example.com\" } }."
  type        = map(object({ protocol = string, endpoint = string }))
  default     = {}
}

variable "throttle" {
  description = "The stage's own limits, for each method."
  type        = object({ rate_limit = number, burst_limit = number })
  default     = { rate_limit = 5000, burst_limit = 2500 }
}

variable "usage_plan_throttle" {
  description = "The limits of one API key."
  type        = object({ rate_limit = number, burst_limit = number })
  default     = { rate_limit = 500, burst_limit = 250 }
}

variable "usage_plan_quota" {
  description = "How many requests one API key may make in a period (DAY, WEEK, MONTH). Null for no quota."
  type        = object({ limit = number, period = string })
  default     = { limit = 1000000, period = "DAY" }
}

# --- What an account has once, or a new API has by itself

variable "manage_account_role" {
  description = "Whether this configuration sets the Region's role with which API Gateway writes logs."
  type        = bool
  default     = true
}

variable "remove_default_models" {
  description = <<-TEXT
    Whether the models Empty and Error, which API Gateway gives to every new API, are deleted with the AWS CLI.
    The contract has an Error of its own, and two models cannot have one name. The sandbox makes no such models.
  TEXT
  type        = bool
  default     = true
}
