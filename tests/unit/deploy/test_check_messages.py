from pathlib import Path

import pytest

from deploy.check_messages import placeholders, problems, used_messages

HEADER = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a Python file, a template and an empty catalogue."""
    write(tmp_path / "marketplace" / "shop" / "views.py", "")
    write(tmp_path / "templates" / "shop" / "page.html", "")
    write(catalogue(tmp_path), HEADER)
    return tmp_path


def write(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def catalogue(project: Path) -> Path:
    """Where the project's Chinese lies."""
    return project / "marketplace" / "shop" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def test_a_missing_translation_is_reported_with_file_line_and_text(project: Path) -> None:
    write(project / "marketplace" / "shop" / "views.py", "from x import gettext as _\n\n_('Save')\n")
    write(project / "templates" / "shop" / "page.html", "{% load i18n %}\n\n<p>{% translate 'Ripe' %}</p>\n")

    assert problems(project) == [
        "marketplace/shop/views.py:3: 'Save': no Chinese translation",
        "templates/shop/page.html:3: 'Ripe': no Chinese translation",
    ]


def test_a_translated_text_is_no_problem(project: Path) -> None:
    write(project / "marketplace" / "shop" / "views.py", "_('Save')\n")
    write(catalogue(project), HEADER + 'msgid "Save"\nmsgstr "保存"\n')

    assert problems(project) == []


@pytest.mark.parametrize("entry", ['msgid "Save"\nmsgstr ""\n', '#, fuzzy\nmsgid "Save"\nmsgstr "保存"\n'])
def test_an_empty_or_doubtful_translation_is_none(project: Path, entry: str) -> None:
    write(project / "marketplace" / "shop" / "views.py", "_('Save')\n")
    write(catalogue(project), HEADER + entry)

    assert problems(project) == [
        "marketplace/shop/views.py:1: 'Save': its Chinese translation is empty or marked fuzzy"
    ]


def test_the_same_text_in_another_context_is_another_text(project: Path) -> None:
    write(project / "marketplace" / "shop" / "views.py", "pgettext('verb', 'Order')\n")
    write(catalogue(project), HEADER + 'msgctxt "noun"\nmsgid "Order"\nmsgstr "订单"\n')

    assert problems(project) == [
        "marketplace/shop/views.py:1: 'Order' (context 'verb'): no Chinese translation",
    ]


def test_block_texts_are_compared_as_django_would_look_them_up(project: Path) -> None:
    write(
        project / "templates" / "shop" / "page.html",
        "{% load i18n %}"
        "{% blocktranslate trimmed with name=p.name %}\n  Picked by\n  {{ name }}\n{% endblocktranslate %}"
        "{% blocktranslate count n=boxes context 'left' %}{{ n }} box{% plural %}{{ n }} boxes{% endblocktranslate %}",
    )

    found = [(message.context, message.singular, message.plural) for message in used_messages(project)]

    assert found == [(None, "Picked by %(name)s", None), ("left", "%(n)s box", "%(n)s boxes")]


def test_a_text_inside_a_filter_or_an_attribute_is_found(project: Path) -> None:
    write(
        project / "templates" / "shop" / "page.html",
        '{% load i18n %}{{ number|default:_("to be filed") }}<c-tag label="{% translate "Ripe (now)" %}" />',
    )

    assert [message.singular for message in used_messages(project)] == ["to be filed", "Ripe (now)"]


def test_a_plural_needs_a_plural_entry(project: Path) -> None:
    write(project / "marketplace" / "shop" / "views.py", "ngettext('%(n)s box', '%(n)s boxes', n)\n")
    write(catalogue(project), HEADER + 'msgid "%(n)s box"\nmsgstr "%(n)s 箱"\n')
    without = problems(project)
    write(catalogue(project), HEADER + 'msgid "%(n)s box"\nmsgid_plural "%(n)s boxes"\nmsgstr[0] "%(n)s 箱"\n')

    assert len(without) == 1
    assert "no plural form" in without[0]
    assert problems(project) == []


def test_placeholders_must_be_the_same_in_any_order(project: Path) -> None:
    write(project / "marketplace" / "shop" / "views.py", "_('%(a)s of %(b)s')\n_('{count} left')\n")
    write(
        catalogue(project),
        HEADER + 'msgid "%(a)s of %(b)s"\nmsgstr "%(b)s 的 %(a)s"\n\nmsgid "{count} left"\nmsgstr "还剩 {number}"\n',
    )

    assert problems(project) == [
        "marketplace/shop/views.py:2: '{count} left': "
        "placeholders differ: ['{count}'] here, ['{number}'] in '还剩 {number}'",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%(name)s and %(count)d", {"%(name)", "%(count)"}),
        ("%s of %s", {"2 x %"}),
        ("100% fresh", set()),
        ("100%% of %(a)s", {"%(a)"}),
        ("{a} and {b:.2f} and {}", {"{a}", "{b}", "{}"}),
    ],
)
def test_placeholders_are_told_from_text(text: str, expected: set[str]) -> None:
    assert placeholders(text) == expected
