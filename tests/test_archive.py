"""Folders and zips are read whole, safely and within bounds: what is unsafe is one line, what is damaged is told."""

from __future__ import annotations

import io
import os
import stat
import struct
import tarfile
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from dfmcheck.errors import DfmError
from dfmcheck.read import archive
from dfmcheck.read.archive import contents


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as z:
        warnings.simplefilter("ignore")  # a name twice is what one test wants
        for name, data in members:
            z.writestr(name, data)
    return out.getvalue()


def test_a_zip_and_zips_in_it_are_opened_and_shown_as_paths(tmp_path: Path) -> None:
    inner = packed(("top.gbr", b"T"), ("drill\\holes.drl", b"H"))
    path = tmp_path / "handoff.zip"
    path.write_bytes(packed(("readme.txt", b"R"), ("sub/gerbers.zip", inner), ("sub/", b"")))
    found = contents(path)
    assert [(m.path.removeprefix(f"{tmp_path}/"), m.data) for m in found.members] == [
        ("handoff.zip/readme.txt", b"R"), ("handoff.zip/sub/gerbers.zip/drill/holes.drl", b"H"),
        ("handoff.zip/sub/gerbers.zip/top.gbr", b"T"),
    ]  # fmt: skip
    assert found.notes == []


def test_what_a_file_is_its_content_tells(tmp_path: Path) -> None:
    (tmp_path / "gerbers.bin").write_bytes(packed(("a.gbr", b"A")))
    (tmp_path / "parts.xlsx").write_bytes(packed(("[Content_Types].xml", b"<x/>"), ("xl/a.xml", b"<x/>")))
    (tmp_path / "text.zip").write_bytes(b"no zip")
    names = [m.path.removeprefix(f"{tmp_path}/") for m in contents(tmp_path).members]
    assert names == ["gerbers.bin/a.gbr", "parts.xlsx", "text.zip"]


def test_the_third_zip_in_a_row_is_told_and_listed(tmp_path: Path) -> None:
    third = packed(("deep.gbr", b"D"))
    path = tmp_path / "a.zip"
    path.write_bytes(packed(("b.zip", packed(("c.zip", third)))))
    found = contents(path)
    assert [(m.path, m.data) for m in found.members] == [(f"{path}/b.zip/c.zip", third)]
    assert [n.message for n in found.notes] == ["is a zip in a zip in a zip: not opened; unpack it"]


@pytest.mark.parametrize("name", ["../up.gbr", "a/../../up.gbr", "/etc/x.gbr", "..\\up.gbr", "C:\\x.gbr", "c:x.gbr", "n" * 2000])
def test_names_that_lead_outside_make_a_zip_unsafe(tmp_path: Path, name: str) -> None:
    path = tmp_path / "slip.zip"
    path.write_bytes(packed(("good.gbr", b"G"), (name, b"X")))
    with pytest.raises(DfmError, match="is unsafe"):
        contents(path)
    assert os.listdir(tmp_path) == ["slip.zip"]


def test_links_are_left_out_and_told(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.gbr")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "links.zip"
    path.write_bytes(packed(("a.gbr", b"A"), (link, b"/etc/passwd")))
    found = contents(path)
    assert [m.data for m in found.members] == [b"A"]
    assert [n.message for n in found.notes] == ["is a link, not a file: left out"]


def test_links_of_a_folder_are_followed_inside_only(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.gbr").write_bytes(b"S")
    folder = tmp_path / "handoff"
    folder.mkdir()
    (folder / "a.gbr").write_bytes(b"A")
    (folder / "b.gbr").symlink_to("a.gbr")
    (folder / "s.gbr").symlink_to(tmp_path / "secret" / "s.gbr")
    (folder / "all").symlink_to(tmp_path / "secret")
    (folder / "me").symlink_to(folder)
    (folder / "dead").symlink_to(folder / "nothing")
    found = contents(folder)
    assert [(Path(m.path).name, m.data) for m in found.members] == [("a.gbr", b"A"), ("b.gbr", b"A")]
    assert [Path(n.path).name for n in found.notes] == ["all", "s.gbr"]


def flagged_encrypted() -> bytes:
    data = bytearray(packed(("a.gbr", b"secret"), method=zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def test_encrypted_members_need_a_zip_without_a_password(tmp_path: Path) -> None:
    path = tmp_path / "locked.zip"
    path.write_bytes(flagged_encrypted())
    with pytest.raises(DfmError, match=r"holds a\.gbr encrypted; give a zip without a password"):
        contents(path)


def test_bombs_are_refused_before_they_unpack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(packed(("a.gbr", b"0" * 20_000_000)))
    with pytest.raises(DfmError, match=r"a\.gbr would unpack to 20 MB of \d+ bytes"):
        contents(path)
    monkeypatch.setattr(archive, "FILES", 10)
    path.write_bytes(packed(*((f"{n}.gbr", b"x") for n in range(11))))
    with pytest.raises(DfmError, match="holds more than 10 files"):
        contents(path)
    path.write_bytes(packed(("in.zip", packed(*((f"{n}.gbr", b"x") for n in range(11))))))
    with pytest.raises(DfmError, match="holds more than 10 files"):
        contents(path)
    monkeypatch.setattr(archive, "TOTAL", 1000)
    path.write_bytes(packed(("a.gbr", b"x" * 600), ("b.gbr", b"y" * 600)))
    with pytest.raises(DfmError, match="holds more than 0 MB"):
        contents(path)
    for n in range(11):
        (tmp_path / f"{n}.gbr").write_bytes(b"")
    with pytest.raises(DfmError, match="holds more than 10 files"):
        contents(tmp_path)


def test_a_name_twice_is_read_twice_and_told(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    path.write_bytes(packed(("top.gbr", b"one"), ("top.gbr", b"two")))
    found = contents(path)
    assert [(Path(m.path).name, m.data) for m in found.members] == [("top.gbr", b"one"), ("top.gbr (2)", b"two")]
    assert "more than once" in found.notes[0].message


def test_a_damaged_member_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "crc.zip"
    path.write_bytes(packed(("a.gbr", b"first"), ("b.gbr", b"second"), method=zipfile.ZIP_STORED).replace(b"first", b"fir5t"))
    found = contents(path)
    assert [(m.data, m.problem[:26]) for m in found.members] == [(b"", "is damaged in its zip (bad"), (b"second", "")]
    assert [n.path for n in found.notes] == [f"{path}/a.gbr"]
    path.write_bytes(packed(("a.gbr", b"first" * 99), method=zipfile.ZIP_LZMA))
    assert contents(path).members[0].problem.startswith("is compressed by a rare method")


@pytest.mark.parametrize("cut", [10, 30, 60, -1, -10, -30])
def test_a_cut_zip_is_damaged(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.zip"
    path.write_bytes(packed(("a.gbr", b"first" * 20), ("b.gbr", b"second"))[:cut])
    with pytest.raises(DfmError, match="is a damaged zip archive"):
        contents(path)


def test_no_change_of_a_byte_gives_anything_but_files_notes_or_one_line(tmp_path: Path) -> None:
    whole = packed(("a.gbr", b"first" * 9), ("in.zip", packed(("c.gbr", b"third"))))
    path = tmp_path / "changed.zip"
    for at in range(len(whole)):
        for value in (0, 255, whole[at] ^ 1):
            path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
            with suppress(DfmError):
                assert all(m.data or m.problem for m in contents(path).members)


def test_a_damaged_zip_inside_is_told_and_listed(tmp_path: Path) -> None:
    (tmp_path / "a.gbr").write_bytes(b"A")
    (tmp_path / "bad.zip").write_bytes(packed(("x.gbr", b"X"))[:-9])
    (tmp_path / "slip.zip").write_bytes(packed(("ok.gbr", b"O"), ("../x.gbr", b"X")))
    found = contents(tmp_path)
    told = [(Path(m.path).name, bool(m.problem)) for m in found.members]
    assert told == [("a.gbr", False), ("bad.zip", True), ("slip.zip", True)]
    assert [n.message[:12] for n in found.notes] == ["is a damaged", "is unsafe: i"]


def test_zip64_is_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z, z.open("a.gbr", "w", force_zip64=True) as member:
        member.write(b"A")
    end = out.getvalue().rindex(b"PK\x05\x06")
    data, cd_size, cd_at = out.getvalue()[:end], *struct.unpack("<II", out.getvalue()[end + 12 : end + 20])
    data += struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, cd_size, cd_at)
    data += struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    data += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    (tmp_path / "big.zip").write_bytes(data)
    assert [m.data for m in contents(tmp_path / "big.zip").members] == [b"A"]


def test_other_archives_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.7z").write_bytes(b"7z\xbc\xaf\x27\x1crest")
    (tmp_path / "b.rar").write_bytes(b"Rar!\x1a\x07\x01rest")
    with tarfile.open(tmp_path / "c.tar", "w") as tar:
        tar.add(tmp_path / "a.7z", "a.7z")
    with tarfile.open(tmp_path / "d.tgz", "w:gz") as tar:
        tar.add(tmp_path / "a.7z", "a.7z")
    for name, kind in (("a.7z", "7-zip"), ("b.rar", "RAR"), ("c.tar", "tar"), ("d.tgz", "gzip")):
        with pytest.raises(DfmError, match=f"is a {kind} archive, which is not opened; unpack it and give the folder"):
            contents(tmp_path / name)
    assert [n.message.split(",")[0] for n in contents(tmp_path).notes] == [
        f"is a {kind} archive" for kind in ("7-zip", "RAR", "tar", "gzip")
    ]


def test_hidden_folders_backups_and_caches_are_passed_over(tmp_path: Path) -> None:
    passed = (".git/x.gbr", "node_modules/x.gbr", "board-backups/b.zip", "__MACOSX/._a.gbr", ".hidden")
    for name in (*passed, "gerbers/._a.gbr", "gerbers/a.gbr"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    names = [m.path.removeprefix(f"{tmp_path}/") for m in contents(tmp_path).members]
    assert names == ["gerbers/._a.gbr", "gerbers/a.gbr"]
    (tmp_path / "z.zip").write_bytes(packed((".git/x.gbr", b"x"), ("a/__MACOSX/._b", b"x"), ("a/b.gbr", b"x")))
    assert [m.path for m in contents(tmp_path / "z.zip").members] == [f"{tmp_path}/z.zip/a/b.gbr"]


def test_odd_names_are_shown_safely(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"\xff\xfe\n.gbr")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes no such name")
    (tmp_path / "z.zip").write_bytes(packed(("a\x1b[31m\u202eb.gbr", b"x")))
    found = [m.path.removeprefix(f"{tmp_path}/") for m in contents(tmp_path).members]
    assert sorted(found) == ["\\udcff\\udcfe\\n.gbr", "z.zip/a\\x1b[31m\\u202eb.gbr"]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(DfmError, match="cannot be read"):
        contents(tmp_path / "none.zip")
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    os.mkfifo(tmp_path / "pipe.gbr")
    (tmp_path / "a.gbr").write_bytes(b"A")
    assert [m.data for m in contents(tmp_path).members] == [b"A"]
