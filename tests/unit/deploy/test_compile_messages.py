import gettext
import os
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from deploy.compile_messages import compile_catalogue, is_stale

CATALOGUE = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "Save"
msgstr "保存"

msgctxt "verb"
msgid "Order"
msgstr "下单"

msgid "%(n)s box"
msgid_plural "%(n)s boxes"
msgstr[0] "%(n)s 箱"

#, fuzzy
msgid "Doubtful"
msgstr "存疑"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A catalogue at its place."""
    path = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE, encoding="utf-8")
    return path


def test_pythons_own_gettext_reads_what_was_compiled(source: Path) -> None:
    compile_catalogue(source)

    with source.with_suffix(".mo").open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert read.gettext("Save") == "保存"
    assert read.pgettext("verb", "Order") == "下单"
    assert read.ngettext("%(n)s box", "%(n)s boxes", 7) == "%(n)s 箱"
    assert read.gettext("Doubtful") == "Doubtful"
    assert sorted(path.name for path in source.parent.iterdir()) == ["django.mo", "django.po"]


def test_only_a_catalogue_that_changed_is_stale(source: Path) -> None:
    compiled = source.with_suffix(".mo")
    never = is_stale(source, compiled)
    compile_catalogue(source)
    now = is_stale(source, compiled)
    os.utime(source, ns=(0, compiled.stat().st_mtime_ns + 1))

    assert never
    assert not now
    assert is_stale(source, compiled)


def test_a_malformed_catalogue_is_refused(source: Path) -> None:
    source.write_text('msgid "Save"\nthis is no catalogue\n', encoding="utf-8")

    with pytest.raises(PoFileError):
        compile_catalogue(source)

    assert not source.with_suffix(".mo").exists()
