"""Fault sweeps: kills, failing calls, hostile files, persons and payloads, by hundreds, and whether the product stands them.

By hand, about an hour on one core; a short part of each is in the ordinary tests:

    ./run python -m tests.sweep [--part PART ...] [--number N] [--seed N] [--log FILE]
"""
