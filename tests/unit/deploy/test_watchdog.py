import signal

from deploy.watchdog import watch


def test_what_is_left_when_the_pipe_breaks_is_what_must_end() -> None:
    lines = ["+ 10 15\n", "+ 11 2\n", "- 10\n", "+ 12 15\n"]

    assert watch(lines) == {11: signal.SIGINT, 12: signal.SIGTERM}


def test_after_an_orderly_end_nothing_is_left_to_do() -> None:
    assert watch(["+ 10 15\n", "bye\n"]) is None


def test_a_line_that_was_cut_in_the_middle_of_a_forgotten_group_does_no_harm() -> None:
    assert watch(["+ 10 15\n", "- 99\n", "\n"]) == {10: signal.SIGTERM}
