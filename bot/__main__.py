"""`python -m bot` is `fenghuo`."""

import sys

from bot.cli import main

sys.exit(main())
