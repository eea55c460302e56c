"""`python -m symdiff` is the command line."""

import sys

from symdiff.cli import main

sys.exit(main())
