"""How machine formats name files: relative to the root of the repository, as CI services want them."""

from __future__ import annotations

import os
from pathlib import Path


class Paths:
    """Names files relative to the root of the repository; the file system is asked once for each."""

    def __init__(self, base: Path | None = None) -> None:
        self.base = Path(os.path.realpath(base or Path.cwd()))
        """Where a run was started, for names that no repository holds."""
        self.root = _repository(self.base)
        self._known: dict[str, str] = {}
        self._files: dict[str, str] = {}

    def relative(self, name: str) -> str:
        """A file's path from the root, with slashes and symbolic links resolved; of a file inside a zip that of the zip.

        A file outside is named from the root of its own repository, or in full where it is in none.
        """
        if name not in self._known:
            self._known[name] = self._relative(name)
        return self._known[name]

    def inside(self, name: str) -> bool:
        """Whether a name is that of a file inside another one, a zip: its lines are not those of a file on disk."""
        return self._file(name) != name

    def _relative(self, name: str) -> str:
        path = self.base / self._file(name)
        real = Path(os.path.realpath(path))
        # A link that leads out of the repository is itself what the repository holds.
        linked = Path(os.path.realpath(path.parent)) / path.name
        roots = ((real, self.root), (linked, self.root), (real, _repository(real.parent)), (real, self.base), (linked, self.base))
        for place, root in roots:
            if root is not None and place.is_relative_to(root):
                return place.relative_to(root).as_posix()
        return real.as_posix()

    def _file(self, name: str) -> str:
        """The file on disk that a name leads to: `a.zip` for `a.zip/top.gbr`; the name itself where there is none."""
        if name not in self._files:
            places = (Path(name), *Path(name).parents)
            there = next((place for place in places if (self.base / place).exists()), None)
            within = there is not None and there != places[0] and (self.base / there).is_file()
            self._files[name] = str(there) if within else name
        return self._files[name]


def _repository(folder: Path) -> Path | None:
    """The nearest folder from here up that is the root of a git repository; in a worktree or submodule `.git` is a file."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)
