"""Functions over what became of e-mails and text messages."""

from __future__ import annotations

from segmentry.facts.events import EMAIL, SMS
from segmentry.facts.field import Field, Function
from segmentry.facts.functions.parameters import COUNT, DATE, boolean, identifier

_MEANINGS = {
    "email.opened": "E-mails the customer opened; opens by machines only where `machine` is asked.",
    "email.clicked": "Clicks in e-mails, those of machines that look into links left out.",
    "email.delivered": "E-mails that arrived and did not bounce.",
    "email.bounced": "E-mails that could not be delivered.",
    "email.marked_as_spam": "E-mails the customer complained about.",
    "email.unsubscribed": "E-mails by which the customer unsubscribed.",
    "sms.delivered": "Text messages that arrived.",
    "sms.clicked": "Clicks in text messages, those of machines that look into links left out.",
    "sms.failed": "Text messages that could not be delivered.",
    "sms.unsubscribed": "Text messages by which the customer unsubscribed.",
}
_NOUNS = {
    "email.opened": ("e-mail open", "e-mail opens"),
    "email.clicked": ("e-mail click", "e-mail clicks"),
    "email.delivered": ("delivered e-mail", "delivered e-mails"),
    "email.bounced": ("bounced e-mail", "bounced e-mails"),
    "email.marked_as_spam": ("spam complaint", "spam complaints"),
    "email.unsubscribed": ("unsubscription by e-mail", "unsubscriptions by e-mail"),
    "sms.delivered": ("delivered text message", "delivered text messages"),
    "sms.clicked": ("text message click", "text message clicks"),
    "sms.failed": ("failed text message", "failed text messages"),
    "sms.unsubscribed": ("unsubscription by text message", "unsubscriptions by text message"),
}


def _message(channel: str, kind: str) -> Function:
    event = f"{channel}.{kind}"
    machine: tuple[Field, ...] = ()
    if event == "email.opened":
        machine = (
            boolean(
                "machine",
                "being opened by a machine",
                "Whether a machine opened it, as mail programs do to protect their users.",
            ),
        )
    return Function(
        name=event,
        meaning=_MEANINGS[event],
        example=f"{event} MATCHES (date >= -30d, count >= 2)",
        noun=_NOUNS[event],
        verb="had",
        parameters=(
            identifier("activity_id", "campaign", "The campaign that the message belongs to."),
            DATE,
            *machine,
        ),
        aggregates=(COUNT,),
        needs=("events",),
        shopify=channel == "email",
        shopify_takes=("activity_id", "date", "count") if channel == "email" else (),
        also_called=(f"shopify_{event}",) if channel == "email" else (),
        event=event,
    )


FUNCTIONS = (
    *(_message("email", kind) for kind in EMAIL),
    *(_message("sms", kind) for kind in SMS),
)
