"""What the hosted page says, in Chinese and English."""

from typing import Literal

Language = Literal["zh", "en"]

TEXTS: dict[Language, dict[str, str]] = {
    "zh": {
        "html_lang": "zh-Hans",
        "title": "演示支付",
        "banner": "演示支付",
        "banner_more": "不会真的扣款，也不用填真的卡号",
        "pay_to": "付给",
        "order": "订单号",
        "until": "请在{month}月{day}日 {time}（北京时间）前付款",
        "choose": "怎么付？",
        "choose_more": "每一项会走出一种结果，选一个试试。",
        "group_card": "测试银行卡",
        "group_wallet": "电子钱包",
        "group_refund": "试退款用的卡",
        "card": "支付成功",
        "card_declined": "银行拒绝",
        "card_insufficient_funds": "余额不足",
        "card_3ds": "要到银行验证，可以通过，也可以拒绝",
        "card_refund_later": "支付成功，退款几秒后才到账",
        "card_refund_fails": "支付成功，退款几秒后失败",
        "alipay": "支付宝",
        "alipay_more": "下一步可以同意，也可以拒绝",
        "wechat_pay": "微信支付",
        "wechat_pay_more": "下一步可以同意，也可以拒绝",
        "pay": "支付 {amount}",
        "leave": "先不付，返回商店",
        "other_language": "English",
        "error_card_declined": "银行拒绝了这张卡，没有扣款。请换一种方式。",
        "error_insufficient_funds": "卡里余额不足，没有扣款。请换一种方式。",
        "error_payment_intent_authentication_failure": "没有通过银行验证，没有扣款。请再试一次或换一种方式。",
        "error_payment_intent_payment_attempt_failed": "您在钱包里拒绝了付款，没有扣款。请再试一次或换一种方式。",
        "error_choice": "请先选一种付款方式。",
        "consent_card": "银行验证",
        "consent_card_more": "真的付款时，银行会在这里确认是您本人。",
        "consent_alipay": "支付宝",
        "consent_alipay_more": "真的付款时，这里会打开支付宝。",
        "consent_wechat_pay": "微信支付",
        "consent_wechat_pay_more": "真的付款时，这里会打开微信。",
        "accept": "同意付款",
        "refuse": "拒绝",
        "back": "换一种方式",
        "paid": "已经付好了",
        "paid_more": "这笔订单已经付过款，不会再收第二次。",
        "to_shop": "返回商店",
        "expired": "付款时间已过",
        "expired_more": "没有扣款。请回到商店看看这笔订单。",
        "missing": "没有这个付款页",
        "missing_more": "请从商店的订单页重新进入。",
    },
    "en": {
        "html_lang": "en",
        "title": "Demo payment",
        "banner": "Demo payment",
        "banner_more": "No money is taken. Never type a real card number",
        "pay_to": "Pay to",
        "order": "Order",
        "until": "Please pay before {time} on {day} {month_name} (Beijing time)",
        "choose": "How would you like to pay?",
        "choose_more": "Each choice leads to a different outcome. Pick one to try.",
        "group_card": "Test cards",
        "group_wallet": "Wallets",
        "group_refund": "Cards for trying refunds",
        "card": "Payment succeeds",
        "card_declined": "Declined by the bank",
        "card_insufficient_funds": "Insufficient funds",
        "card_3ds": "The bank asks first: accept or refuse",
        "card_refund_later": "Succeeds; a refund arrives some seconds later",
        "card_refund_fails": "Succeeds; a refund fails some seconds later",
        "alipay": "Alipay",
        "alipay_more": "Accept or refuse in the next step",
        "wechat_pay": "WeChat Pay",
        "wechat_pay_more": "Accept or refuse in the next step",
        "pay": "Pay {amount}",
        "leave": "Not now, back to the shop",
        "other_language": "中文",
        "error_card_declined": "The bank declined this card. Nothing was charged. Please choose another way.",
        "error_insufficient_funds": "The card has too little on it. Nothing was charged. Please choose another way.",
        "error_payment_intent_authentication_failure": "The bank's check did not succeed. Nothing was charged."
        " Try again or choose another way.",
        "error_payment_intent_payment_attempt_failed": "You refused the payment in the wallet. Nothing was charged."
        " Try again or choose another way.",
        "error_choice": "Please choose a way to pay first.",
        "consent_card": "Your bank's check",
        "consent_card_more": "With a real payment, your bank would make sure here that it is you.",
        "consent_alipay": "Alipay",
        "consent_alipay_more": "With a real payment, Alipay would open here.",
        "consent_wechat_pay": "WeChat Pay",
        "consent_wechat_pay_more": "With a real payment, WeChat would open here.",
        "accept": "Accept and pay",
        "refuse": "Refuse",
        "back": "Choose another way",
        "paid": "This is paid",
        "paid_more": "The order has been paid and will not be charged again.",
        "to_shop": "Back to the shop",
        "expired": "The time to pay has passed",
        "expired_more": "Nothing was charged. Please look at the order in the shop.",
        "missing": "There is no such payment page",
        "missing_more": "Please come in again from your order in the shop.",
    },
}


def language_of(chosen: str, session_locale: str | None, accepted: str) -> Language:
    """
    The language to show: the buyer's choice, else the session's, else the browser's; Chinese where nothing is said.
    """
    if chosen in ("zh", "en"):
        return "zh" if chosen == "zh" else "en"
    if session_locale and session_locale != "auto":
        return "zh" if session_locale.startswith("zh") else "en"
    first = accepted.strip().lower()[:2]
    return "zh" if first in ("", "zh", "*") else "en"
