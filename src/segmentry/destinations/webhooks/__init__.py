"""Messages to programs of others about what happened, signed the Standard Webhooks way.

Messages are made of the sequence of membership changes and of imports, kept, and sent until
they are taken. Each is sent at least once, in no promised order; one that comes twice has the
same `webhook-id`.
"""

from segmentry.destinations.webhooks.endpoints import Endpoint
from segmentry.destinations.webhooks.messages import KINDS
from segmentry.destinations.webhooks.webhooks import Webhooks

__all__ = ["KINDS", "Endpoint", "Webhooks"]
