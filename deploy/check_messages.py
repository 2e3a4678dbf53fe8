"""
Report texts that a person would read untranslated: ``python -m deploy.check_messages``.

Every message that our Python and our templates mark for translation must stand in one of our Chinese catalogues,
finished, with the same placeholders. Messages that Django, Oscar or Wagtail bring are their own business.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

from deploy.catalogues import ROOMS, catalogue_files, language_of, read_catalogue
from deploy.paths import PROJECT

LANGUAGE = "zh_Hans"

#: Function name to the places of its context, its message and its plural.
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    name + suffix: places
    for suffix in ("", "_lazy")
    for name, places in {
        "gettext": (None, 0, None),
        "gettext_noop": (None, 0, None),
        "ngettext": (None, 0, 1),
        "pgettext": (0, 1, None),
        "npgettext": (0, 1, 2),
    }.items()
} | {"_": (None, 0, None)}

CALL = re.compile(r"\b(gettext|ngettext|pgettext|npgettext|_)\(")
NAMED = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?[diouxXeEfFgGcrs]")
#: Without the space flag, so that "100% fresh" is a text.
POSITIONAL = re.compile(r"%[#0\-+]*\d*(?:\.\d+)?[diouxXeEfFgGcrs](?![a-zA-Z])")
BRACES = re.compile(r"{(\w*)(?:![rsa])?(?::[^{}]*)?}")


@dataclass(frozen=True)
class Message:
    """A text marked for translation, and where."""

    place: str
    context: str | None
    singular: str
    plural: str | None

    def __str__(self) -> str:
        context = f" (context {self.context!r})" if self.context else ""
        return f"{self.place}: {self.singular!r}{context}"


def problems(project: Path = PROJECT) -> list[str]:
    """What is wrong, one line each, in the order of the files; empty when every text is translated."""
    catalogues = [read_catalogue(path) for path in catalogue_files(project) if language_of(path) == LANGUAGE]
    found = []
    for message in used_messages(project):
        complaint = judge(message, catalogues)
        if complaint:
            found.append(f"{message}: {complaint}")
    return found


def judge(message: Message, catalogues: Iterable[Catalog]) -> str | None:
    """What is wrong with the translation of ``message``; None when nothing is."""
    entries = [
        entry for catalogue in catalogues if (entry := catalogue.get(message.singular, message.context)) is not None
    ]
    if not entries:
        return "no Chinese translation"
    finished = [entry for entry in entries if not entry.fuzzy and is_filled(entry.string)]
    if not finished:
        return "its Chinese translation is empty or marked fuzzy"
    if message.plural is not None and not any(entry.pluralizable for entry in finished):
        return "its Chinese translation has no plural form (msgid_plural, msgstr[0])"
    wanted = placeholders(message.plural or message.singular)
    for entry in finished:
        for text in forms_of(entry.string):
            if placeholders(text) != wanted:
                return f"placeholders differ: {sorted(wanted)} here, {sorted(placeholders(text))} in {text!r}"
    return None


def forms_of(string: str | Iterable[str] | None) -> list[str]:
    """The forms of a translation: one, or one for each plural."""
    if string is None:
        return []
    return [string] if isinstance(string, str) else list(string)


def is_filled(string: str | Iterable[str] | None) -> bool:
    """Whether every form of a translation says something."""
    forms = forms_of(string)
    return bool(forms) and all(form.strip() for form in forms)


def placeholders(text: str) -> set[str]:
    """What gets filled into ``text``: names, and how many nameless ones."""
    plain = text.replace("%%", "")
    found = {f"%({name})" for name in NAMED.findall(plain)}
    nameless = len(POSITIONAL.findall(NAMED.sub("", plain)))
    if nameless:
        found.add(f"{nameless} x %")
    return found | {f"{{{name}}}" for name in BRACES.findall(NAMED.sub("", plain))}


def used_messages(project: Path = PROJECT) -> Iterator[Message]:
    """Every message of the project's own Python and templates, file by file."""
    for path in source_files(project):
        name = str(path.relative_to(project))
        if path.suffix == ".py":
            yield from messages_of_python(path, name)
        else:
            yield from messages_of_template(path.read_text(encoding="utf-8"), name)


def source_files(project: Path) -> list[Path]:
    """The files that may hold messages. Migrations repeat what the models say."""
    found = []
    for room in ROOMS:
        for path in sorted((project / room).rglob("*")):
            if (
                path.suffix in {".py", ".html", ".txt"}
                and "migrations" not in path.parts
                and "static" not in path.parts
            ):
                found.append(path)
    return found


def messages_of_python(path: Path, name: str) -> Iterator[Message]:
    """The messages of a Python file."""
    with path.open("rb") as file:
        for line, function, arguments, _ in extract_python(file, dict.fromkeys(FUNCTIONS), [], {}):
            given = (arguments,) if isinstance(arguments, str) else tuple(arguments or ())
            message = _message(str(function), given, f"{name}:{line}")
            if message is not None:
                yield message


def messages_of_template(text: str, name: str) -> Iterator[Message]:
    """The messages of a Django template, as Django's own makemessages would find them."""
    # Django turns a template into something whose gettext calls are Python and whose rest is blanked out.
    code = templatize(text, origin=name)
    for found in CALL.finditer(code):
        line = code.count("\n", 0, found.start()) + 1
        message = _message(found.group(1), _arguments(code, found.end()), f"{name}:{line}")
        if message is not None:
            yield message


def _arguments(code: str, start: int) -> tuple[str | None, ...]:
    """The arguments of the call whose bracket opens just before ``start``; None for what is not a plain text."""
    end = code.find(")", start)
    while end != -1:
        try:
            call = ast.parse(f"f({code[start:end].strip()})", mode="eval").body
        except SyntaxError:
            end = code.find(")", end + 1)
            continue
        assert isinstance(call, ast.Call)
        values = [argument.value if isinstance(argument, ast.Constant) else None for argument in call.args]
        return tuple(value if isinstance(value, str) else None for value in values)
    return ()


def _message(function: str, given: tuple[str | None, ...], place: str) -> Message | None:
    where_context, where_singular, where_plural = FUNCTIONS[function]
    if len(given) <= max(where_context or 0, where_singular, where_plural or 0):
        return None
    singular = given[where_singular]
    if not singular:
        return None
    return Message(
        place=place,
        context=None if where_context is None else given[where_context],
        singular=singular,
        plural=None if where_plural is None else given[where_plural],
    )


def main() -> int:
    """Print the problems; 1 when there are any."""
    found = problems()
    for line in found:
        sys.stdout.write(line + "\n")
    if found:
        sys.stdout.write(f"{len(found)} texts would be read untranslated.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
