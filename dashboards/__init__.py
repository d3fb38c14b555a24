"""CloudWatch dashboards as desired state, with the plan and apply of alarms."""
