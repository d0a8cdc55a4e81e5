"""Recognises a file's format by its first bytes, since its name may be wrong."""

from flows.receive.content import Content

_BEGINNINGS = (
    (b"PK\x03\x04", "其实是 XLSX 工作簿或 ZIP 压缩包，名字写错了"),
    (b"\xd0\xcf\x11\xe0", "有打开密码，或是旧的 .xls 工作簿"),
    (b"\x1f\x8b", "其实是 gzip 压缩文件，名字写错了"),
    (b"PAR1", "其实是 Parquet 文件，名字写错了"),
    (b"%PDF", "其实是 PDF 文件"),
    (b"SQLite format 3", "其实是 SQLite 数据库"),
    (b"Rar!", "其实是 RAR 压缩包"),
    (b"7z\xbc\xaf", "其实是 7z 压缩包"),
)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def what_it_is(content: Content, expected: bytes = b"") -> str:
    """The file's format by its first bytes, in Chinese; empty where it is unknown or the expected one."""
    begins = content.begins(512)
    if expected and begins.startswith(expected):
        return ""
    for mark, what in _BEGINNINGS:
        if begins.startswith(mark):
            return what
    if not begins:
        return "是空文件"
    if begins.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "其实是网页或 XML"
    return ""


def is_encrypted(content: Content) -> bool:
    """Whether an Office file has a password to open it: its archive then lies encrypted in a container of another kind."""
    begins = content.begins(1 << 20)
    return begins.startswith(b"\xd0\xcf\x11\xe0") and _ENCRYPTED in begins
