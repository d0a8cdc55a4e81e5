"""What people call the rules by which ballots are left out and months are scored."""

# The reasons of `staged.ballot_exclusions`, in the order of the rules.
REASONS = {
    "outside_period": "不在评议期内",
    "no_rating": "没有评分",
    "too_fast": "填写过快",
    "burst": "同一来源短时间大量提交",
    "duplicate": "同一人重复评议，只计最后一次",
}
# How the value of a month becomes points.
RULES = {"points": "按值计分", "ratio": "按目标完成率计分", "deduct": "按量扣分"}
