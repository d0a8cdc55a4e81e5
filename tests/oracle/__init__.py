"""An independent evaluation in exact arithmetic, and random years to hold the project's results against.

Nothing here imports the project: the two share only the written method and contract.
"""
