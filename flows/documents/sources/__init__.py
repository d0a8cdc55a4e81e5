"""The section of a source on a sheet, by kind: `<kind>.py` has `tasks`, which gives the tasks of a site that lost points, and may
have `evidence`, which gives the rows behind each item; `<kind>.html` has the columns of the section. A kind without these files
is shown item by item."""
