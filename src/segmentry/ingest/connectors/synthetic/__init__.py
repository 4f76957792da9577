"""Made-up behaviour of the sample store's real customers: synthetic, and named so.

The sample store's data are orders alone. What its customers might have done besides (visits,
searches, carts, checkouts, consent, e-mails and text messages) is drawn here at random from
one seed, over the real orders and inside their time. No order, refund or amount is made up
or changed, so money, RFM and stages of buyers are what they are without it.
"""

from segmentry.ingest.connectors.synthetic.overlay import SEED, SOURCE, WARNING, overlay

__all__ = ["SEED", "SOURCE", "WARNING", "overlay"]
