"""How much Slack takes (platform facts 2.2 and 2.4), and how long a text is to it."""

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 200_000  # of 250 KB, however Slack counts them
MESSAGE_CHARACTERS = 12_000  # of all strings in the blocks; Slack refuses somewhere above 13,200
PAGE_BLOCKS = 60  # of a card in a modal: a page to be read, not to be filled
PAGE_CHARACTERS = 9_000
FALLBACK = 3_900  # chat.update refuses 4,000
SECTION = 2_900
WALL = 900  # a longer text does not push the buttons off the screen: it folds
CONTEXT = 1_900
FIELD = 1_900
FIELDS = 10
HEADER = 150
BUTTON = 75
VALUE = 2_000
URL = 3_000
ACTIONS = 25
OPTION = 75
OPTION_VALUE = 150
OPTIONS = 100
OVERFLOW = 5
BOXES = 10
BLOCK_ID = 255
ACTION_ID = 255
PLACEHOLDER = 150
LABEL = 1_900
INPUT = 3_000
VIEW_TITLE = 24
CALLBACK = 255
METADATA = 3_000
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30


def size(text: str) -> int:
    """The length in UTF-16 units: never less than any way of counting characters that Slack may have."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
