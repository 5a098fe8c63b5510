"""What a board may hold; docs/rules.md BOARD-3, BOARD-4, BOARD-12, BOARD-16, BOARD-31, BOARD-38, SCRATCH-4."""

BOARD_WIDTH = 16_000  # board units; docs/protocol.md, "Board"
BOARD_HEIGHT = 9_000  # board units; 16 : 9, so that a unit is a twelfth of a pixel on a 1,366-pixel laptop
WIDTH_MAX = 400  # board units across a line: a broad highlighter, a twenty-second of the height
PRESSURE_MAX = 255  # one byte a point

POINTS_A_MESSAGE = 256  # a pen at 240 Hz for a second; docs/protocol.md, "Limits"
POINTS_A_STROKE = 4_000  # 17 s of a 240 Hz pen without lifting it; also the most that one `Extended` holds
SHAPES_A_MESSAGE = 500  # shapes that one operation names
PIECES_MAX = 1_000  # what one sweep of the area eraser may leave
PAGE_SHAPES_MAX = 5_000  # shapes seen on a page; then one turns to a new one
BOARD_SHAPES_MAX = 20_000  # shapes seen on all common pages
SCRATCH_SHAPES_MAX = 500  # shapes on one member's scratch page
POINTS_MAX = 2_000_000  # points of all shapes on common pages: 8 MB, and a lesson of 30 minutes draws a tenth
SCRATCH_POINTS_MAX = 40_000  # points on one member's scratch page
PAGES_MAX = 100  # common pages at one time
STEPS_MAX = 200  # steps that one author can take back
HISTORY_MAX = 100_000  # shapes and properties in all steps of all authors: 15 MB
KEPT_MAX = 20_000  # erased shapes kept for undo, of all authors

TEXT_CHARS = 2_000  # of a text, and of a formula's source
FONT_HEIGHT_MIN, FONT_HEIGHT_MAX = 60, 2_000  # board units
SCALE_MIN, SCALE_MAX, SCALE_ONE = 10, 100_000, 1_000  # thousandths
TURN_WHOLE = 3_600  # tenths of a degree

BACKGROUNDS = frozenset({"blank", "grid", "ruled", "dark"})
FONTS = frozenset({"sans", "serif", "mono"})
