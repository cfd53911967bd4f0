"""`python -m dfmcheck`"""

import sys

from .cli import main

sys.exit(main())
