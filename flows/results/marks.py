"""The mark of a draft: words on every page that tell it from what is published.

A draft's hash is that of the manifest of what will be published, which names every document as it is without the mark. So
the mark can tell the hash, and taking it away gives what the hash stands for, byte for byte. From a page the words are cut
out again; what cannot be cut, DOCX and PDF, is kept without them in a hidden folder of the draft.
"""

KEPT = ".final"
_WARNING = "尚未公布，不得引用"


def words(short: str) -> str:
    """What a draft says of itself, by the digits that people name it by."""
    return f"草稿 {short}，{_WARNING}"


def marked(page: bytes, short: str) -> bytes:
    """An HTML page with the mark: in its title, and as a band above all else."""
    for place, mark in _marks(short):
        page = page.replace(place, place + mark, 1)
    return page


def unmarked(page: bytes, short: str) -> bytes:
    """The page as it was before `marked`; another page is left as it is."""
    for place, mark in _marks(short):
        page = page.replace(place + mark, place, 1)
    return page


def _marks(short: str) -> tuple[tuple[bytes, bytes], ...]:
    # The page's own style draws `data-mark` across every sheet of paper, and its program says `data-what` it shows.
    band = f'<aside class="band" aria-label="草稿" data-mark="草稿 {_WARNING}" data-what="草稿">{words(short)}</aside>\n'
    return (b"<title>", "【草稿】".encode()), (b"<body>\n", band.encode())
