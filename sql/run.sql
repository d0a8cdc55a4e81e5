-- The schema `run`: the findings of an evaluation, for the manifest, the pages, reviewers and analysts. No model reads it, so it cannot
-- change a result.

-- One row a raw file: the register, then each dataset's by name; rows_in = loaded + quarantined.
create table run.files (
    position integer not null,    -- place in the list
    dataset varchar not null,     -- folder it was delivered in; sites for the register
    file varchar not null,        -- its name there
    sha256 varchar not null,      -- hash of its content
    size bigint not null,         -- its bytes
    rows_in bigint not null,      -- rows in the file, of a wide file those made of its rows; 0 where it repeats another
    loaded bigint not null,       -- rows in the raw table
    quarantined bigint not null,  -- rows set aside
    mapping varchar,              -- mapping by which it was read; null where it was read by none, as are the next three
    file_rows bigint,             -- rows in a file that was read by a mapping
    unrated_rows bigint,          -- those of them without any value, which bring none
    left_out_rows bigint,         -- those of them that the mapping leaves out
    same_as varchar,              -- file of the dataset whose content this one repeats; such a file brings no rows
    unknown varchar[],            -- columns that no contract knows; null where there are none
    lacking varchar[],            -- aspects, or checks of a scanner's table, without a column; null where there are none
    faults varchar[],             -- kinds of faults in its rows, as sentences; null where no row was set aside
    raw_table varchar,            -- table of the schema raw that has its rows; null for the register and for repeats
    entry varchar                 -- folder of the store that holds its rows; null for the register and for repeats
);

-- One row a model that was built, in the order of building.
create table run.models (
    position integer not null,  -- place in the order
    model varchar not null,     -- schema and name of the table
    sha256 varchar not null,    -- hash of its SQL
    "rows" bigint not null      -- rows of the table
);

-- One row an expectation of Great Expectations, in the order in which they were checked.
create table run.expectations (
    position integer not null,  -- place in the order
    suite varchar not null,     -- the rows it is about: a dataset's, or those of a table to be published
    title varchar not null,     -- the suite in words
    says varchar not null,      -- what is expected
    holds boolean not null,     -- whether it is so
    report varchar not null     -- what Great Expectations reports, as JSON, without times
);

-- One row a thing that stands out in the raw files, compared with one another and with last year.
create table run.findings (
    position integer not null,  -- place in the order in which they were found
    kind varchar not null,      -- amounts, repeats, levels, aspects, times, raters or sites
    name varchar not null,      -- kind and what it is about; by this the scheme confirms it
    sentence varchar not null,  -- what stands out, with both numbers
    stops boolean not null      -- whether the scheme forbids publishing until it is confirmed
);

-- One row a sentence that an operator should read although the evaluation could go on.
create table run.warnings (
    position integer not null,  -- place in the list; what may have changed the result most comes first
    sentence varchar not null   -- the sentence
);
