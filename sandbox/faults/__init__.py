"""Faults to plant in a healthy deployment, as a bad deployment would bring them: one file a fault.

They are planted through the control plane or the backend, never by a switch inside the suite, so that finding them
proves the rules. The order of the catalogue is that of the four steps.
"""
