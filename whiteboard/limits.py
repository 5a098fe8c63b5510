"""What a board may hold; docs/rules.md BOARD-3, BOARD-4, BOARD-12, BOARD-16."""

BOARD_WIDTH = 16_000  # board units; docs/protocol.md, "Board"
BOARD_HEIGHT = 9_000  # board units; 16 : 9, so that a unit is a twelfth of a pixel on a 1,366-pixel laptop
WIDTH_MAX = 400  # board units across a line: a broad highlighter, a twenty-second of the height
PRESSURE_MAX = 255  # one byte a point

POINTS_A_MESSAGE = 256  # a pen at 240 Hz for a second; docs/protocol.md, "Limits"
POINTS_A_STROKE = 4_000  # 17 s of a 240 Hz pen without lifting it; also the most that one `Extended` holds
PAGE_SHAPES_MAX = 5_000  # shapes seen on a page; then one turns to a new one
BOARD_SHAPES_MAX = 20_000  # shapes seen on all pages
PAGES_MAX = 100  # pages at one time
STEPS_MAX = 200  # steps that one author can take back
KEPT_MAX = 20_000  # erased shapes kept for undo, of all authors; the longest gone is let go first

STROKES = frozenset({"pen", "highlighter"})
BACKGROUNDS = frozenset({"blank", "grid", "ruled", "dark"})
