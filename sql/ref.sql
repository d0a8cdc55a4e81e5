-- The schema `ref`: the scheme, the register and other references of a year, which any model may read. `flows/warehouse/ref.py` fills
-- it. A kind of source adds the tables that its file in `flows/sources` declares.

-- The one row of the year's scheme.
create table ref.scheme (
    year integer,         -- evaluated year
    title varchar,        -- what the evaluation is called
    timezone varchar,     -- time zone of its days, months and minutes
    missing varchar,      -- policy for missing sources: fail, zero or reweight
    provisional boolean,  -- whether this run publishes nothing
    as_of date,           -- local day on which it is asked what is due; null for a final run, in which everything is
    sha256 varchar        -- hash of the scheme's file
);

-- Groups of sites, in the scheme's order.
create table ref.groups (
    position integer,    -- place in the scheme, from 1
    group_id varchar,    -- group
    label varchar,       -- what it is called
    publish_top integer  -- how many ranks its annex has
);

-- Sources of scores, in the scheme's order.
create table ref.sources (
    position integer,  -- place in the scheme, from 1
    source varchar,    -- source
    label varchar,     -- what it is called
    kind varchar,      -- kind of evidence, which fixes the arithmetic
    is_sample boolean, -- whether others might have been asked, so that its scores have a standard error
    by_site boolean,   -- whether each site is answerable for its own part of the delivery
    incomplete varchar, -- what becomes of a gap: tell, fail or zero
    due date           -- last day on which what is not due by days or months may come
);

-- The days and months of which something is due so far: of ballots, of records, and of the crawl (source crawl).
create table ref.due_periods (
    source varchar,    -- source of the scheme, or crawl
    position integer,  -- order in time, from 1
    period varchar,    -- YYYY-MM-DD or YYYY-MM, local
    due date           -- last day on which it may come
);

-- The aspects that a ballots or panel source asks for.
create table ref.rated_aspects (
    source varchar,  -- ballots or panel source
    aspect varchar   -- aspect of the scheme
);

-- What a source weighs in a group's composite.
create table ref.weights (
    group_id varchar,      -- group
    source varchar,        -- source that the group scores
    weight decimal(14, 8)  -- its share; a group's add up to 1
);

-- Sources that decide between equal composites, in order.
create table ref.tie_break (
    position integer,  -- 1 decides first
    source varchar     -- source whose score decides
);

-- What ballots and experts rate.
create table ref.aspects (
    position integer,      -- place in raw.ballots.ratings, from 1
    aspect varchar,        -- aspect
    label varchar,         -- what it is called
    weight decimal(14, 8)  -- its share; all add up to 1
);

-- What the sources are made of: aspects, indicators, item types. A source without any is its score alone.
create table ref.items (
    source varchar,            -- source
    position integer,          -- place in the scheme, from 1; of item types, which have no order there, by their ids
    item varchar,              -- aspect, indicator or item type
    label varchar,             -- what it is called
    weight decimal(14, 8),     -- its share among the aspects, its points among the indicators, or what one item of the type weighs
    max_points decimal(14, 8)  -- points at most; 100 for aspects and item types
);

-- The one row that says which crawl checks count.
create table ref.crawl_rules (
    opens date,      -- first local day; null where it is open
    closes date,     -- last local day; null where it is open
    confirm integer  -- how many failures in a row it takes for each of them to count
);

-- Checks whose failures take another number in a row to count.
create table ref.confirmations (
    "check" varchar,  -- crawl check
    confirm integer   -- how many failures in a row it takes
);

-- The register of sites.
create table ref.sites (
    site_id varchar,   -- site
    group_id varchar,  -- the group in which it is ranked
    name varchar,      -- name as registered
    url varchar        -- its address; null where not told
);

-- How many standard errors on each side of every composite cover all registered sites of the group together with 90 %.
create table ref.rank_quantiles (
    group_id varchar,            -- group
    degrees_of_freedom integer,  -- degrees of freedom from which on it holds, up to the next row's
    quantile decimal(20, 12)     -- Student's quantile; in the last row that of the normal distribution
);

-- Last year's published composites; empty where none were published.
create table ref.previous_composites (
    site_id varchar,          -- site of last year's register
    group_id varchar,         -- the group in which it was ranked
    composite decimal(9, 2),  -- its composite
    rank integer              -- its rank within its group
);

-- Last year's published source scores; empty where none were published.
create table ref.previous_scores (
    site_id varchar,     -- site of last year's register
    source varchar,      -- source of last year's scheme
    score decimal(9, 2)  -- its score
);

-- What the sources weighed last year as published; empty where that is not known.
create table ref.previous_sources (
    group_id varchar,       -- group of last year's scheme
    source varchar,         -- source that it scored
    label varchar,          -- what it was called
    weight decimal(14, 8),  -- its share
    source_now varchar,     -- source of this year's scheme that it is, by id or label; null for none
    same_rules boolean      -- whether that one is scored by the same rules; null where last year's are not known
);

-- Figures printed elsewhere that the results are held against; empty where there are none.
create table ref.reference_figures (
    position integer,           -- order of the print, from 1
    figure varchar,             -- what the figure is called here
    section varchar,            -- section of the print
    subject varchar,            -- what it says
    printed varchar,            -- the text as printed
    "value" decimal(24, 10),    -- the number in it
    units decimal(10, 0),       -- how many units of the last printed decimal make one; 100 for 2.49
    scale decimal(24, 10),      -- the printed unit: a computed amount is divided by it
    table_name varchar,         -- published table that holds the cells
    column_name varchar,        -- their column
    row_pattern varchar,        -- like pattern of their rows' keys
    measure varchar,            -- sum or count of them
    per_table varchar,          -- published table of what it is divided by, if by cells
    per_column varchar,         -- their column
    per_rows varchar,           -- like pattern of their rows' keys
    per_measure varchar,        -- sum or count of them
    per_value decimal(24, 10),  -- number it is divided by, if by a number
    remark varchar              -- remark on the figure
);
