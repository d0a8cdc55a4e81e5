"""Seeded faults: wrong models and wrong deliveries, one at a time, and whether a run without printed figures notices.

By hand, half an hour on two cores; a small part of it is in the ordinary tests:

    ./run python -m tests.seeded [--models N] [--deliveries N] [--seed N]
"""
