"""Faults to plant in a healthy deployment, as a bad deployment would bring them: one file a fault.

They are planted through the contract that is deployed, the control plane, the backend or the telemetry, never by a
switch inside the suite, so that finding them proves the rules. The order of the catalogue is that of the four steps.
"""
