"""The hosted page's HTML. Everything that came from outside is escaped; nothing is loaded from anywhere."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from typing import Any

from marketplace.payment.sandbox.hosted_style import STYLE
from marketplace.payment.sandbox.hosted_texts import TEXTS, Language
from marketplace.payment.sandbox.methods import METHODS, Method

SHANGHAI = timezone(timedelta(hours=8))
GROUPS = (
    ("group_card", ("card", "card_declined", "card_insufficient_funds", "card_3ds")),
    ("group_wallet", ("alipay", "wechat_pay")),
    ("group_refund", ("card_refund_later", "card_refund_fails")),
)

# Few need it, and without it a phone shows the other ways nearly whole.
FOLDED_GROUP = "group_refund"


def money(amount: int, currency: str) -> str:
    sign = "¥" if currency == "cny" else currency.upper() + " "
    return f"{sign}{amount // 100:,}.{amount % 100:02d}"


def choice_page(
    session: dict[str, Any], items: Sequence[dict[str, Any]], merchant: str, language: Language, error: str
) -> str:
    """The page of an open session: what is paid, the ways to pay, and the way out."""
    texts = TEXTS[language]
    groups = "".join(
        _group(texts, title, [METHODS[name] for name in names], session["payment_method_types"])
        for title, names in GROUPS
    )
    problem = f'<p class="problem" role="alert">{escape(texts["error_" + error])}</p>' if error else ""
    amount = money(session["amount_total"], session["currency"])
    main = f"""
<form class="panel" method="post" action="/pay/{escape(session["id"])}?lang={language}">
  {problem}
  <h1>{escape(texts["choose"])}</h1>
  <p class="muted">{escape(texts["choose_more"])}</p>
  {groups}
  <button class="primary" type="submit">{escape(texts["pay"].format(amount=amount))}</button>
  {_leave(session, texts["leave"])}
</form>"""
    return _document(_summary(session, items, merchant, language) + main, language, session["id"])


def consent_page(
    session: dict[str, Any],
    items: Sequence[dict[str, Any]],
    merchant: str,
    language: Language,
    method: Method,
) -> str:
    """Where the bank or the wallet would ask the buyer."""
    texts = TEXTS[language]
    main = f"""
<form class="panel" method="post" action="/pay/{escape(session["id"])}/consent?lang={language}">
  <h1>{_mark(method)}{escape(texts["consent_" + method.type])}</h1>
  <p class="muted">{escape(texts["consent_" + method.type + "_more"])}</p>
  <button class="primary" type="submit" name="answer" value="accept">{escape(texts["accept"])}</button>
  <button class="outline" type="submit" name="answer" value="refuse">{escape(texts["refuse"])}</button>
  <a class="quiet" href="/pay/{escape(session["id"])}?lang={language}">{escape(texts["back"])}</a>
</form>"""
    return _document(_summary(session, items, merchant, language) + main, language, session["id"] + "/consent")


def end_page(language: Language, state: str, back_url: str | None, session_id: str) -> str:
    """A page that takes no money: ``state`` is ``paid``, ``expired`` or ``missing``."""
    texts = TEXTS[language]
    back = (
        f'<a class="primary" href="{escape(back_url, quote=True)}">{escape(texts["to_shop"])}</a>' if back_url else ""
    )
    main = f"""
<section class="panel end">
  <h1>{escape(texts[state])}</h1>
  <p class="muted">{escape(texts[state + "_more"])}</p>
  {back}
</section>"""
    return _document(main, language, session_id)


def _summary(session: dict[str, Any], items: Sequence[dict[str, Any]], merchant: str, language: Language) -> str:
    texts = TEXTS[language]
    until = datetime.fromtimestamp(session["expires_at"], tz=UTC).astimezone(SHANGHAI)
    deadline = texts["until"].format(
        month=until.month, day=until.day, month_name=until.strftime("%b"), time=until.strftime("%H:%M")
    )
    rows = "".join(_item(item, session["currency"], len(items) > 1) for item in items)
    reference = session["client_reference_id"]
    number = f"<dl><dt>{escape(texts['order'])}</dt><dd>{escape(reference)}</dd></dl>" if reference is not None else ""
    return f"""
<section class="summary">
  <p class="muted">{escape(texts["pay_to"])} <b>{escape(merchant)}</b></p>
  <p class="amount">{escape(money(session["amount_total"], session["currency"]))}</p>
  {number}
  <ul>{rows}</ul>
  <p class="deadline">{escape(deadline)}</p>
</section>"""


def _item(item: dict[str, Any], currency: str, with_amount: bool) -> str:
    name, _, details = item["description"].partition("\n")
    lines = "".join(f"<span>{escape(line.strip())}</span>" for line in details.split(";") if line.strip())
    times = f" × {item['quantity']}" if item["quantity"] > 1 else ""
    amount = f"<i>{escape(money(item['amount_total'], currency))}</i>" if with_amount else ""
    return f"<li><b>{escape(name)}{times}</b>{amount}{lines}</li>"


def _group(texts: dict[str, str], title: str, methods: list[Method], types: list[str]) -> str:
    offered = [method for method in methods if method.type in types]
    if not offered:
        return ""
    choices = "".join(_choice(texts, method) for method in offered)
    if title == FOLDED_GROUP:
        return f"<details><summary>{escape(texts[title])}</summary><fieldset>{choices}</fieldset></details>"
    return f"<fieldset><legend>{escape(texts[title])}</legend>{choices}</fieldset>"


def _choice(texts: dict[str, str], method: Method) -> str:
    checked = " checked" if method.name == "card" else ""
    number = method.card_number
    if number:
        head = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
        more = texts[method.name]
        head = f'<b class="number">{head}</b>'
    else:
        head, more = f"<b>{escape(texts[method.name])}</b>", texts[method.name + "_more"]
    return (
        f'<label class="choice"><input type="radio" name="method" value="{method.name}"{checked}>'
        f"{_mark(method)}<span>{head}<small>{escape(more)}</small></span></label>"
    )


def _mark(method: Method) -> str:
    letter = {"card": "▭", "alipay": "支", "wechat_pay": "微"}[method.type]
    return f'<span class="mark mark-{method.type}" aria-hidden="true">{letter}</span>'


def _leave(session: dict[str, Any], text: str) -> str:
    url = session["cancel_url"]
    return f'<a class="quiet" href="{escape(url, quote=True)}">{escape(text)}</a>' if url else ""


def _document(main: str, language: Language, path: str) -> str:
    texts = TEXTS[language]
    other: Language = "en" if language == "zh" else "zh"
    switch = (
        f'<a href="/pay/{escape(path)}?lang={other}" lang="{TEXTS[other]["html_lang"]}">'
        f"{escape(texts['other_language'])}</a>"
        if path
        else ""
    )
    return f"""<!doctype html>
<html lang="{texts["html_lang"]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(texts["title"])}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<header class="banner"><p><strong>{escape(texts["banner"])}</strong>
<span>{escape(texts["banner_more"])}</span></p>{switch}</header>
<main>{main}</main>
</body>
</html>"""
