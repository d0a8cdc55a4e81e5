"""Pages that firewalls show in place of the one that was asked for."""

# Searched for as plain words, in small letters: one expression for all of them takes a hundred times as long.
_CHALLENGES = (
    "验证码", "人机验证", "安全验证", "访问验证", "滑动验证", "请完成验证", "captcha", "cf-challenge", "challenge-platform", "challenge-form",
    "js challenge", "js_challenge", "js-challenge", "checking your browser", "__jsl_clearance", "acw_sc__v2", "$_ts",
    "访问被阻断", "访问被拦截", "请求被拦截", "请求已被拦截", "网站防火墙", "just a moment", "incapsula", "ddos protection by",
)  # fmt: skip
_CHALLENGE_WITHIN = 64 << 10
_CHALLENGE_WORDS = 300


def asks(text: str, markup: str) -> bool:
    """Whether a page, of which `text` can be read, wants to know first that we are human, or turns us away."""
    if len(text) > _CHALLENGE_WORDS:
        return False
    start = markup[:_CHALLENGE_WITHIN].lower()
    return any(mark in start for mark in _CHALLENGES)
