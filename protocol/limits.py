"""What one message may hold.  A frame over `FRAME_BYTES` never reaches a codec: it closes with 1009."""

FRAME_BYTES = 65_536  # docs/protocol.md, "Limits"
TOKEN_BYTES = 8_192
HELLO_S = 5  # seconds from the handshake to `hello`
CHAT_CHARS = 2_000
HEADS_MAX = 200  # pupils before one device
COMMENT_CHARS = 1_000
TAGS_MAX = 10
TAG_CHARS = 40
NAME_CHARS = 80
POINTS_A_MESSAGE = 256
SHAPES_A_MESSAGE = 500
PIECES_A_SHAPE = 200  # parts of one stroke in `board.cut`
QUESTION_CHARS = 500
OPTION_CHARS = 200  # of one answer to choose
OPTIONS_MAX = 6
TEXT_CHARS = 2_000  # of a text on the board, and of a formula's source
TOPICS_MAX = 20  # subjects that a teacher is on duty for, and as many grades
TOPIC_CHARS = 40
