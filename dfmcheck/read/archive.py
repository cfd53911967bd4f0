"""All files of a folder or a zip archive, read into memory and never unpacked: bounded, without links or path escapes.

A zip may hold zips once more; anything nested deeper is told, not opened. What an archive is, its content tells.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from ..board import Note
from ..errors import DfmError
from ..files import DESIGN, read_bytes

FILES = 20_000
"""More than any handoff holds; also bounds what a folder given by mistake costs."""
TOTAL = 1_000_000_000
"""Bytes of all files together, unpacked."""
RATIO, SMALL = 250, 1_000_000
"""Gerber files are packed to a twentieth; one of more than `SMALL` bytes packed tighter than this is made to fill memory."""
DEPTH, NAME = 32, 1000
LEVELS = 2
"""Zips in zips: the outer and the inner."""
_SKIPPED = {"node_modules", "__pycache__", "__MACOSX"}
_OFFICE = (b"[Content_Types].xml", b"mimetype", b"META-INF/MANIFEST.MF", b"Document.xml")
"""A zip that holds one of these is a spreadsheet, a document, a program or a CAD model."""
_MAGIC = (
    (b"7z\xbc\xaf\x27\x1c", "7-zip"), (b"Rar!\x1a\x07", "RAR"), (b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)  # fmt: skip


class Member(NamedTuple):
    """One file: where people find it, such as ``handoff.zip/gerbers/top.gbr``, and its bytes."""

    path: str
    data: bytes
    problem: str = ""
    """Why its bytes could not be had, '' if they could."""


@dataclass(slots=True)
class Contents:
    """What a folder or an archive holds, in the order of the paths."""

    members: list[Member] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    total: int = 0

    def note(self, path: str, message: str) -> None:
        self.notes.append(Note(path, None, message))

    def grow(self, size: int, root: str) -> None:
        """Count bytes that are about to be read. Raises `DfmError` above the bounds."""
        self.total += size
        if self.total > TOTAL:
            raise DfmError(f"holds more than {TOTAL // 1_000_000} MB; give the folder or zip of one handoff", path=root)
        if len(self.members) >= FILES:
            raise DfmError(f"holds more than {FILES} files; give the folder or zip of one handoff", path=root)


def is_zip(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def packed(data: bytes) -> str:
    """What archive, other than a zip, the bytes are: ``7-zip``, ``tar``...; '' for none."""
    if data[257:262] == b"ustar":
        return "tar"
    return next((name for magic, name in _MAGIC if data.startswith(magic)), "")


def contents(path: Path) -> Contents:
    """All files below a folder, in a zip, or the one file, with the zips among them opened.

    Hidden folders, backups and caches are passed over. Links are not followed out of the folder. Raises `DfmError` for what
    is unsafe (names that lead outside, encrypted, packed far too tightly), damaged as a whole, too large, or another archive.
    """
    found = Contents()
    shown = shown_name(str(path))
    if path.is_dir():
        for file, name in _walk(path, shown, found):
            _add(found, name, _read(file, name, found), shown, 0)
        return found
    data = read_bytes(path, DESIGN)
    if kind := packed(data):
        raise DfmError(f"is a {kind} archive, which is not opened; unpack it and give the folder, or give a zip", path=shown)
    if is_zip(data):
        _open(found, shown, data, shown, 1)
    else:
        found.members.append(Member(shown, data))
    return found


def shown_name(name: str) -> str:
    """A file name with what would steer a terminal, or is no text at all, as escapes."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def passed_over(folder: str) -> bool:
    """Whether a folder holds no handoff by its name: hidden, KiCad's backups, caches."""
    return (folder.startswith(".") and folder not in (".", "..")) or folder in _SKIPPED or folder.endswith("-backups")


def _walk(root: Path, shown: str, found: Contents) -> Iterator[tuple[Path, str]]:
    """Regular files below a folder and their shown paths, sorted."""
    inside = os.path.realpath(root)
    seen = 0
    for at, folders, names in os.walk(root):
        below = Path(at).relative_to(root)
        folders[:] = sorted(f for f in folders if not passed_over(f)) if len(below.parts) < DEPTH else []
        for name in [*folders, *sorted(names)]:
            file = Path(at) / name
            label = shown_name(str(root / below / name))
            if file.is_symlink() and not _stays(file, inside):
                found.note(label, "is a link that leads out of the folder: not followed")
                continue
            if name in folders or (name.startswith(".") and not name.startswith("._")):
                continue
            seen += 1
            if seen > FILES:
                raise DfmError(f"holds more than {FILES} files; give the folder of one handoff", path=shown)
            if file.is_file():
                yield file, label


def _stays(link: Path, inside: str) -> bool:
    try:
        return Path(os.path.realpath(link)).is_relative_to(inside)
    except (OSError, ValueError):
        return False


def _read(file: Path, name: str, found: Contents) -> Member:
    try:
        return Member(name, read_bytes(file, DESIGN, name))
    except DfmError as error:
        why = str(error).removeprefix(f"{name}: ")
        found.note(name, why)
        return Member(name, b"", why)


def _add(found: Contents, name: str, member: Member, root: str, level: int) -> None:
    """Take a file, or what it holds if it is a zip; an archive inside that cannot be opened is told and listed."""
    found.grow(len(member.data), root)
    if kind := packed(member.data):
        found.note(name, f"is a {kind} archive, which is not opened; unpack it, or make it a zip")
    elif is_zip(member.data) and not _is_document(member.data):
        if level < LEVELS:
            count = len(found.members)
            try:
                _open(found, name, member.data, root, level + 1)
            except DfmError as error:
                if error.path == root:
                    raise
                del found.members[count:]
                why = str(error).removeprefix(f"{name}: ")
                found.note(name, why)
                found.members.append(Member(name, member.data, why))
            return
        found.note(name, "is a zip in a zip in a zip: not opened; unpack it")
    found.members.append(member)


def _is_document(data: bytes) -> bool:
    """Whether a zip is a spreadsheet or the like; only the names of its first members are looked at."""
    return any(name in data[:4000] or name in data[-20_000:] for name in _OFFICE)


def _open(found: Contents, name: str, data: bytes, root: str, level: int) -> None:
    """Read all members of a zip. Raises `DfmError` if it is unsafe or damaged as a whole."""
    if data.count(b"PK\x01\x02") > 2 * FILES:
        raise DfmError(f"holds more than {FILES} files; give the zip of one handoff", path=root)
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, EOFError, NotImplementedError, IndexError) as error:
        raise DfmError(f"is a damaged zip archive ({_lower(error)}); get or make it anew", path=name) from error
    stated = int.from_bytes(data[(end := data.rindex(b"PK\x05\x06")) + 10 : end + 12], "little")
    if stated not in (len(infos), 0xFFFF):
        found.note(name, f"is damaged: it says that it holds {stated} files, and lists {len(infos)}")
    seen: dict[str, int] = {}
    for info in sorted(infos, key=lambda i: i.filename):
        inner = _inside(info, name)
        if info.filename.endswith(("/", "\\")) or any(passed_over(part) for part in inner.split("/")[:-1]) or _hidden(inner):
            continue
        label = f"{name}/{inner}"
        if stat.S_ISLNK(info.external_attr >> 16):
            found.note(label, "is a link, not a file: left out")
            continue
        seen[inner] = seen.get(inner, 0) + 1
        if seen[inner] > 1:
            found.note(label, "is in the zip more than once: which of them a program takes differs; all are read")
            label = f"{label} ({seen[inner]})"
        found.grow(info.file_size, root)
        found.total -= info.file_size  # `_add` counts what there was
        _add(found, label, _unpack(archive, info, label, found, name), root, level)


def _inside(info: zipfile.ZipInfo, name: str) -> str:
    """The path of a member within its zip, for people. Raises `DfmError` for one that leads out of it."""
    path = info.filename.replace("\\", "/")
    if len(path) > NAME:
        raise DfmError(f"is unsafe: it holds a name of {len(path)} characters", path=name)
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", path):
        raise DfmError(f"is unsafe: it holds {shown_name(path)}, a path that leads out of it", path=name)
    return shown_name("/".join(part for part in parts if part not in ("", ".")))


def _hidden(inner: str) -> bool:
    last = inner.rpartition("/")[2]
    return not last or (last.startswith(".") and not last.startswith("._"))


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, label: str, found: Contents, name: str) -> Member:
    """The bytes of a member. Raises `DfmError` where it is encrypted or a bomb; what is merely damaged is told and listed."""
    if info.flag_bits & 0x1:
        raise DfmError(f"holds {shown_name(info.filename)} encrypted; give a zip without a password", path=name)
    if info.file_size > max(SMALL, RATIO * info.compress_size) or info.file_size > DESIGN:
        size = f"{info.file_size // 1_000_000} MB of {info.compress_size} bytes"
        raise DfmError(f"is unsafe: {shown_name(info.filename)} would unpack to {size}", path=name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # what others unpack to cannot be bounded
        why = "is compressed by a rare method; make the zip anew (deflate)"
    else:
        try:
            return Member(label, archive.read(info))
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError) as error:
            why = f"is damaged in its zip ({_lower(error)}); get or make the zip anew"
    found.note(label, why)
    return Member(label, b"", why)


def _lower(error: Exception) -> str:
    text = str(error)[:150] or type(error).__name__
    return text[0].lower() + text[1:]
