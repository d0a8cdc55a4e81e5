"""The settings of Prefect, and what an operator is told where one is wrong. Prefect itself is not imported here."""

from collections.abc import Generator
from contextlib import contextmanager

from flows.errors import UsageError


@contextmanager
def settings_of_prefect() -> Generator[None]:
    """Raises `UsageError` where Prefect finds a setting of its own wrong, which it does when it is imported."""
    try:
        yield
    except ValueError as fault:
        wrong = getattr(fault, "errors", None)
        if not wrong or "Settings" not in getattr(fault, "title", ""):
            raise
        told = [
            f"{getattr(fault, 'title', '')} 的 {'.'.join(map(str, one['loc']))}：{one['msg']}（现在是“{one.get('input', '')}”）"
            for one in wrong()
            # What could not be derived from a wrong one is not wrong itself.
            if one["type"] != "default_factory_not_called"
        ]
        raise UsageError("Prefect 的设置有误，什么也没有运行。请改正这些环境变量（PREFECT_…）或它的设置文件：", told) from None
