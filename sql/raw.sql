-- The schema `raw` has a table for each dataset, which follows from the contract of the dataset, and these two.
-- `flows/warehouse/raw.py` fills it.

-- One row a raw file whose rows are in the raw tables.
create table raw.files (
    file_id integer not null,    -- number of the file in this database
    dataset varchar not null,    -- folder it was delivered in
    file varchar not null,       -- its name there
    sha256 varchar not null,     -- hash of its content
    rows_in bigint not null,     -- rows in the file; of a wide file those made of its rows
    loaded bigint not null,      -- rows in the raw table
    quarantined bigint not null  -- rows set aside
);

-- One row a row of a raw file that was set aside, with the first fault found in it.
create table raw.quarantine (
    dataset varchar not null,   -- folder of the file
    file varchar not null,      -- name of the file
    line bigint not null,       -- line in the file
    "column" varchar not null,  -- column at fault; empty where the row as a whole is
    "value" varchar not null,   -- what stands there; empty for personal data
    reason varchar not null,    -- why it means nothing
    site_id varchar,            -- the site that it is about; null where its cells do not say
    item varchar                -- the aspect, indicator or item type that it is about; null likewise
);
