"""Nothing that a person reads is left in English on a Chinese screen."""

from deploy.check_messages import problems


def test_every_text_of_ours_is_translated_into_chinese() -> None:
    found = problems()

    assert not found, f"{len(found)} texts would be read untranslated:\n" + "\n".join(found)
