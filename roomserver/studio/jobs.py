"""What the child can be asked and what it answers, as MessagePack; read and written on both sides."""

from typing import Any, Literal

from msgspec import Struct, msgpack

from whiteboard.svg import Formula

PICTURE_SIDE = 2_400  # pixels: the longest side of a picture that is kept
SLIDE_WIDTH, SLIDE_HEIGHT = 1_920, 1_080  # pixels that a slide fits into
SLIDES = 100  # pages of a board, and of a document
LATEX_CHARS = 2_000
OUTLINE_CHARS = 1_000_000  # of a formula's path: one of 2,000 Chinese characters has 600,000

Format = Literal["svg", "png", "pdf"]


class Picture(Struct, frozen=True, tag="picture"):
    """A picture of a stranger, to be decoded and encoded afresh.  Answered by one `Pictured`."""

    data: bytes


class Slides(Struct, frozen=True, tag="slides"):
    """A PDF, or a picture as the only slide.  Answered by `Pictures`."""

    data: bytes


class Latex(Struct, frozen=True, tag="latex"):
    """A formula.  Answered by `Outlined`."""

    latex: str
    fonts: tuple[str, ...] = ()  # directories of fonts for what the font of mathematics lacks


class Sheet(Struct, frozen=True):
    """A page as a snapshot has it: some bodies as they are, the others in chunks of deflated JSON."""

    page: int
    background: str
    shapes: tuple[dict[str, Any], ...] = ()
    chunks: tuple[bytes, ...] = ()
    own: bool = False  # a member's own page


class Export(Struct, frozen=True, tag="export"):
    """Pages of a board as a file.  Answered by one `Exported`."""

    format: Format
    pages: tuple[Sheet, ...]
    pictures: dict[str, bytes] = {}  # by asset
    fonts: tuple[str, ...] = ()  # directories
    packed: bool = False  # each page a file of its own in a ZIP archive; a PDF holds them all by itself


Job = Picture | Slides | Latex | Export


class Pictured(Struct, frozen=True, tag="pictured"):
    """A picture of our own making (WebP)."""

    data: bytes
    width: int
    height: int


class Pictures(Struct, frozen=True, tag="pictures"):
    pictures: tuple[Pictured, ...]


class Outlined(Struct, frozen=True, tag="outlined"):
    """A formula's box and outline, in thousandths of an em, from the top left corner of the box."""

    width: int
    height: int
    path: str

    def formula(self) -> Formula:
        return Formula(self.width, self.height, self.path)


class Exported(Struct, frozen=True, tag="exported"):
    data: bytes


class Refused(Struct, frozen=True, tag="refused"):
    """Nothing can be made of it, and why."""

    why: str


Answer = Pictured | Pictures | Outlined | Exported | Refused


class Unfit(Exception):
    """Nothing can be made of what was given; the message says why, in words for whoever gave it."""


_encoder = msgpack.Encoder()
encode = _encoder.encode
decode_job = msgpack.Decoder(Job).decode
decode_answer = msgpack.Decoder(Answer).decode
