import re

from deploy.paths import PROJECT

READ = re.compile(r"""\benv\.(?:text|flag|words|number|database)\(\s*"([A-Z_]+)\"""")
READ_BY_DEPLOY = re.compile(r"""os\.environ(?:\.get\(|\[)["']([A-Z_]+)["']""")
LISTED = re.compile(r"^#?\s?([A-Z][A-Z_]+)=", re.MULTILINE)

#: Set by make, by our own processes for each other, or by the system: nobody writes them into a file.
NOT_FOR_PEOPLE = {"PLAYWRIGHT_BROWSERS_PATH"}


def test_the_example_lists_every_variable_that_is_read() -> None:
    settings = {
        name for path in (PROJECT / "marketplace" / "settings").glob("*.py") for name in READ.findall(path.read_text())
    }
    deploy = {name for path in (PROJECT / "deploy").rglob("*.py") for name in READ_BY_DEPLOY.findall(path.read_text())}

    listed = set(LISTED.findall((PROJECT / ".env.example").read_text(encoding="utf-8")))

    assert {"DATABASE_URL", "SECRET_KEY"} <= settings
    assert (settings | deploy) - NOT_FOR_PEOPLE - listed == set()


def test_the_example_sets_nothing_by_itself() -> None:
    lines = (PROJECT / ".env.example").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []
