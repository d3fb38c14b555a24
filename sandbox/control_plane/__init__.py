"""What moto lacks and the suite needs, one file a gap."""
