# Where CI keeps Terraform's state; bucket and region are given to `terraform init`. Locally the state stays in a file.
terraform {
  backend "s3" {
    key          = "users-api/dev.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}
