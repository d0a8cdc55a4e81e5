"""Service items: results, what counts where, and the inventory (method 7)."""

from tests.models.tables import expect, mean, to

ITEMS = "staged.service_items"
SITES = """
    site_id | group_id
    s1      | department
    s2      | district
"""


def test_an_items_result_is_passes_over_passes_and_fails():
    expect(
        ITEMS,
        {
            "ref.sites": SITES,
            "raw.audit_items": """
                item_id | reachable | guide | form | online
                all     | pass      | pass  | pass | pass
                none    | fail      | fail  | fail | fail
                third   | pass      | fail  | fail | na
                half    | na        | pass  | na   | fail
                na      | na        | na    | na   | na
            """,
        },
        "item_id passes fails result counts",
        [
            ("all", 4, 0, 1, True),
            ("none", 0, 4, 0, True),
            ("third", 1, 2, to(12, mean(1, 0, 0)), True),
            ("half", 1, 1, to(12, mean(1, 0)), True),
            ("na", 0, 0, None, False),
        ],
    )


def test_approval_items_count_in_the_groups_that_the_scheme_names():
    expect(
        ITEMS,
        {
            "ref.sites": SITES,
            "ref.approval_groups": "group_id\ndepartment",
            "raw.audit_items": """
                item_id      | site_id | approval | guide
                dep_approval | s1      | true     | pass
                dep_other    | s1      | false    | pass
                dep_na       | s1      | true     | na
                dis_approval | s2      | true     | pass
                dis_other    | s2      | false    | pass
            """,
        },
        "item_id counts",
        [("dep_approval", True), ("dep_other", True), ("dep_na", False), ("dis_approval", False), ("dis_other", True)],
    )


def test_approval_groups_are_those_of_the_items_own_source():
    expect(
        ITEMS,
        {
            "ref.sites": SITES,
            "ref.approval_groups": "source | group_id\nother | department",
            "raw.audit_items": "approval | guide\ntrue | pass",
        },
        "counts",
        [(False,)],
    )


def test_an_item_is_online_when_its_online_check_passed():
    expect(
        ITEMS,
        {"ref.sites": SITES, "raw.audit_items": "item_id | online\np | pass\nf | fail\nn | na"},
        "item_id online",
        [("p", True), ("f", False), ("n", False)],
    )


def test_a_types_result_is_the_mean_over_the_items_that_count():
    expect(
        "scored.item_type_results",
        {
            "staged.service_items": """
                item_type | result | counts
                x         | 1      | true
                x         | 0.5    | true
                x         | 0.25   | true
                x         | 0      | false
                x         |        | false
                y         |        | false
            """
        },
        "item_type mean_result items",
        [("x", to(12, mean(1, "0.5", "0.25")), 3)],
    )


INVENTORY = """
    group_id   | item_type | approval | online | forms | sheets | counts
    department | x         | true     | true   | 2     | 5      | true
    department | x         | false    | false  |       |        | true
    department | y         | true     | false  | 1     | 1      | true
    district   | x         | true     | true   | 4     | 8      | false
    district   | x         | false    | true   |       | 3      | false
"""


def test_the_inventory_counts_every_item_whether_its_score_counts_or_not():
    expect(
        "ranked.service_inventory",
        {"staged.service_items": INVENTORY},
        "group_id item_type items approval_items online_items forms sheets",
        [
            ("department", "x", 2, 1, 1, 2, 5),
            ("department", "y", 1, 1, 0, 1, 1),
            ("district", "x", 2, 1, 2, 4, 8 + 3),
            ("department", "all", 2 + 1, 1 + 1, 1 + 0, 2 + 1, 5 + 1),
            ("district", "all", 2, 1, 2, 4, 8 + 3),
            ("all", "x", 2 + 2, 1 + 1, 1 + 2, 2 + 4, 5 + 8 + 3),
            ("all", "y", 1, 1, 0, 1, 1),
            ("all", "all", 5, 3, 3, 2 + 1 + 4, 5 + 1 + 8 + 3),
        ],
    )


def test_approval_items_and_those_online_are_counted_by_group_and_type():
    expect(
        "ranked.service_inventory",
        {"staged.service_items": INVENTORY},
        "group_id item_type approval_items online_approval_items",
        [
            ("department", "x", 1, 1),
            ("department", "y", 1, 0),
            ("district", "x", 1, 1),
            ("department", "all", 1 + 1, 1),
            ("district", "all", 1, 1),
            ("all", "x", 1 + 1, 1 + 1),
            ("all", "y", 1, 0),
            ("all", "all", 3, 2),
        ],
    )


INVENTORY_OF_GROUPS = """
    group_id | item_type | items | approval_items | online_items | online_approval_items | forms | sheets
    g        | x         | 5     | 3              | 4            | 2                     | 7     | 9
    g        | y         | 2     | 0              | 1            | 0                     | 1     | 1
"""


def test_the_published_inventory_holds_every_type():
    expect(
        "published.service_inventory",
        {"ranked.service_inventory": INVENTORY_OF_GROUPS},
        "group item_type items approval_items online_items forms sheets",
        [("g", "x", 5, 3, 4, 7, 9), ("g", "y", 2, 0, 1, 1, 1)],
    )


def test_published_approval_items_leave_out_types_without_any():
    expect(
        "published.approval_items",
        {"ranked.service_inventory": INVENTORY_OF_GROUPS},
        "group item_type approval_items online_approval_items",
        [("g", "x", 3, 2)],
    )
