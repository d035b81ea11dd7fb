"""The nouns, as frozen values: one word per thing, the same here, in tables, commands and logs.

Knows only the standard library. Times are aware UTC; `start` and `end` are offsets in
characters (code points) into `Article.text`, half open, so `text[start:end] == quote` always
holds for a citation of the revision it names.
"""

from bot.types.answers import (
    Answer,
    Citation,
    Length,
    Sentence,
    Summary,
)
from bot.types.articles import (
    Article,
    Draft,
    Hit,
    Passage,
    PutStatus,
    Signature,
    Story,
)
from bot.types.chats import (
    Address,
    Chat,
    Message,
    Role,
)
from bot.types.deliveries import (
    PRIORITY,
    Claim,
    Delivery,
    DeliveryKind,
    DeliveryState,
    NewDelivery,
    Part,
    Receipt,
)
from bot.types.generation import (
    Completion,
    Turn,
    Urgency,
)
from bot.types.replies import (
    Block,
    BlockKind,
    Button,
    Reply,
    Span,
)
from bot.types.sources import (
    HubLease,
    NewSource,
    Push,
    RouteHealth,
    Source,
    SourceKind,
    SourceSettings,
    SourceState,
)
from bot.types.subscriptions import (
    NO_OPTIONS,
    ORIGINAL,
    Cadence,
    Options,
    Outcome,
    Subscription,
    SubscriptionKind,
    Verdict,
)

__all__ = [
    "NO_OPTIONS",
    "ORIGINAL",
    "PRIORITY",
    "Address",
    "Answer",
    "Article",
    "Block",
    "BlockKind",
    "Button",
    "Cadence",
    "Chat",
    "Citation",
    "Claim",
    "Completion",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Draft",
    "Hit",
    "HubLease",
    "Length",
    "Message",
    "NewDelivery",
    "NewSource",
    "Options",
    "Outcome",
    "Part",
    "Passage",
    "Push",
    "PutStatus",
    "Receipt",
    "Reply",
    "Role",
    "RouteHealth",
    "Sentence",
    "Signature",
    "Source",
    "SourceKind",
    "SourceSettings",
    "SourceState",
    "Span",
    "Story",
    "Subscription",
    "SubscriptionKind",
    "Summary",
    "Turn",
    "Urgency",
    "Verdict",
]
