"""CloudWatch alarms as desired state: plan, apply, drift, destroy, backtest."""
