"""What must be true: contract, expectations, evidence, rules and verdicts."""
