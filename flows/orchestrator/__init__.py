"""What a run shows in the Prefect UI: how far it is, what came of it, and how it ended, in words."""
