"""The data plane of HTTP APIs (version 2): routes, CORS, authorizers, integrations, access log and metrics.

Not served: JWT and IAM authorization (answered 500), parameter mapping, AWS service integrations, VPC links (answered
503), throttling, caching of authorizers' answers, deployments (a stage serves the API as it is now), mutual TLS and
custom domain names.
"""
