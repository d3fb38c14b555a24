"""What API Gateway is: a REST API as data and its four steps as pure functions."""
