import pytest

from deploy.memory import Row, name_of, parse_pss, table

ROLLUP = """\
55a0c0a00000-7ffd1d5f2000 ---p 00000000 00:00 0                          [rollup]
Rss:              106000 kB
Pss:               61700 kB
Pss_Anon:          50000 kB
SwapPss:               0 kB
"""


def test_the_share_is_read_and_not_the_lines_that_look_like_it() -> None:
    assert parse_pss(ROLLUP) == 61_700
    assert parse_pss("Rss: 1 kB\nPss_Anon: 2 kB\n") == 0


@pytest.mark.parametrize(
    ("command_line", "name"),
    [
        (".venv/bin/python -u -m deploy.demo", "supervisor"),
        ("python -m gunicorn -c deploy/gunicorn_conf.py marketplace.wsgi:application", "web"),
        ("python -m celery -A deploy.beat_app beat --schedule x", "beat"),
        ("python -m celery -A marketplace worker --pool prefork", "worker"),
        ("python -m granian --interface asgi marketplace.payment.sandbox.app:app", "sandbox"),
        ("postgres: checkpointer ", "PostgreSQL"),
        ("/usr/bin/sleep 5", "/usr/bin/sleep"),
    ],
)
def test_processes_are_known_by_their_command_line(command_line: str, name: str) -> None:
    assert name_of(command_line) == name


def test_the_table_sums_by_kind_with_the_largest_first() -> None:
    rows = [Row("beat", 1, 10_240), Row("web", 2, 51_200), Row("web", 3, 51_200)]

    assert table(rows).splitlines() == [
        "web           2 processes    100.0 MB",
        "beat          1 processes     10.0 MB",
        "together      3 processes    110.0 MB",
    ]
