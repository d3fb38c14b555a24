"""The recording: the one place where the rooms meet. Probes write it, contracts judge it, reports render it."""
