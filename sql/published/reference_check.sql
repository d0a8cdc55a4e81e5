-- Every figure printed elsewhere against the one computed here, at the decimals that were printed.
-- title: 与印刷数字的对照
-- position: 230
-- grain: year, figure
-- order: year, position
-- needs: ref.reference_figures
-- check: verdict in ('equal', 'equal_when_cut', 'differs', 'not_computable')
with numerators as (
    select
        figures.figure,
        case figures.measure when 'count' then count(cells.value) else sum(cells.value) end as amount
    from ref.reference_figures as figures
    inner join published.figure_cells as cells
        on
            cells.table_name = figures.table_name
            and cells.column_name = figures.column_name
            and cells.row_key like figures.row_pattern escape '\'
    group by figures.figure, figures.measure
),

denominators as (
    select
        figures.figure,
        case figures.per_measure when 'count' then count(cells.value) else sum(cells.value) end as amount
    from ref.reference_figures as figures
    inner join published.figure_cells as cells
        on
            cells.table_name = figures.per_table
            and cells.column_name = figures.per_column
            and cells.row_key like figures.per_rows escape '\'
    group by figures.figure, figures.per_measure
),

computed as (
    select
        figures.*,
        cast(
            cast(numerators.amount as double)
            / nullif(
                case
                    when figures.per_table is null then cast(coalesce(figures.per_value, 1) as double)
                    else cast(denominators.amount as double)
                end,
                0
            )
            / cast(figures.scale as double) as decimal(28, 8)
        ) as amount
    from ref.reference_figures as figures
    left join numerators on numerators.figure = figures.figure
    left join denominators on denominators.figure = figures.figure
),

compared as (
    -- In units of the last printed decimal both are whole numbers, and rounding and cutting are plain.
    select
        computed.*,
        computed.value * computed.units as printed_units,
        round(computed.amount * computed.units, 0) as rounded_units,
        trunc(computed.amount * computed.units) as cut_units
    from computed
)

select
    scheme.year,             -- 年度 | of year | evaluated year
    compared.position,       -- 次序 | from 1 | order of the print
    compared.figure,         -- 代号 | what the figure is called in the reference
    compared.section,        -- 章节 | section of the print
    compared.subject,        -- 内容 | what it says
    compared.printed,        -- 印刷 | the text as printed
    cast(compared.amount as decimal(28, 4)) as computed,  -- 算出 | -10^24 to 10^24 or empty | in the printed unit; null where records cannot tell
    case
        when compared.table_name is null then 'not_computable'
        when compared.printed_units = compared.rounded_units then 'equal'
        when compared.printed_units = compared.cut_units then 'equal_when_cut'
        else 'differs'
    end as verdict,          -- 结论 | of equal, equal_when_cut, differs, not_computable | equal_when_cut: the print cut instead of rounding; differs: also where no cell was found; not_computable: from records
    compared.remark          -- 说明 | or empty | remark of the reference
from compared
cross join ref.scheme
