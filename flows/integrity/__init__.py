"""Whether files are still what they were when their hashes were recorded: what a scrub does, and the status shows."""
