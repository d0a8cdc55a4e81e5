"""Simulated years held against arithmetic that the simulation does not share."""
