"""The mark of a draft: words on every page that distinguish it from published results.

The hash of a draft is the hash of a manifest that names every document without the mark. So the mark can contain the hash,
and a document without the mark is, byte for byte, what the hash stands for. The words can be cut out of an HTML page
again; DOCX and PDF files are kept without them in a hidden folder of the draft.
"""

KEPT = ".final"
_WARNING = "尚未公布，不得引用"


def words(short: str) -> str:
    """The words of the mark, with the short number of the draft."""
    return f"草稿 {short}，{_WARNING}"


def marked(page: bytes, short: str) -> bytes:
    """An HTML page with the mark: in its title, and as a band at its top."""
    for anchor, mark in _marks(short):
        page = page.replace(anchor, anchor + mark, 1)
    return page


def unmarked(page: bytes, short: str) -> bytes:
    """The page without the mark; a page that has no mark stays as it is."""
    for anchor, mark in _marks(short):
        page = page.replace(anchor + mark, anchor, 1)
    return page


def _marks(short: str) -> tuple[tuple[bytes, bytes], ...]:
    # The page's own style draws `data-mark` across every sheet of paper, and its program says `data-what` it shows.
    band = f'<aside class="band" aria-label="草稿" data-mark="草稿 {_WARNING}" data-what="草稿">{words(short)}</aside>\n'
    return (b"<title>", "【草稿】".encode()), (b"<body>\n", band.encode())
