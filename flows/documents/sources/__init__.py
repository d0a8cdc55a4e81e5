"""What a sheet says of a source, by kind: `<kind>.py` has `tasks`, what a site does about what it lost, and may have `evidence`,
what stands behind each item; `<kind>.html` the columns of its section. A kind without them is shown item by item."""
