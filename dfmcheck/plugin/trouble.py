"""What is told where there is no window to tell it in: a small page in the browser, and a line on stderr.

Any Python 3 must be able to run this, with nothing installed: one that is too old is what it tells about.
"""

from __future__ import annotations

import html
import sys
import tempfile
import webbrowser
from contextlib import suppress
from pathlib import Path

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>dfmcheck</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 42em; margin: 3em auto; padding: 0 1em; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.3em; }}
</style>
</head>
<body>
<h1>{title}</h1>
{rest}
</body>
</html>
"""


def tell(title: str, *lines: str) -> None:
    """Tell what is wrong, and in further lines what to do. The page stays in the system's folder of temporary files."""
    if sys.stderr is not None:
        print(". ".join(_plain(line).rstrip(".") for line in (title, *lines)), file=sys.stderr, flush=True)
    try:
        handle, name = tempfile.mkstemp(prefix="dfmcheck-", suffix=".html")
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(page(title, *lines))
    except OSError:
        return  # there is nowhere else to tell it
    browse(Path(name))


def browse(path: Path) -> None:
    """Open a file in the browser, if there is one."""
    with suppress(OSError, webbrowser.Error):
        webbrowser.open(path.as_uri())


def page(title: str, *lines: str) -> str:
    """The page's HTML, whatever characters the lines hold."""
    rest = "\n".join(f"<p>{html.escape(_plain(line))}</p>" for line in lines)
    return _PAGE.format(title=html.escape(_plain(title)), rest=rest)


def _plain(text: str) -> str:
    """On one line, without characters that steer a terminal or a browser."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
