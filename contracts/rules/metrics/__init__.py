"""AL: metrics and objectives that alarms stand on."""
