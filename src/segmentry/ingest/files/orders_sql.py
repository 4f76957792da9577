"""The queries of `orders`, in the order in which they run.

Times are UTC without saying so, money is ten-thousandths. Products of a price and a
quantity are worked out in 128 bits and checked before they are kept.
"""

from __future__ import annotations

# What a row is, unless it says so itself, follows from what it has.
ROWS = """
    CREATE VIEW keyed AS
    WITH present AS (
        SELECT *, coalesce(order_name, order_id) AS key,
            coalesce(sku, title, product_id, variant_id) IS NOT NULL
                OR coalesce(unit_price, line_amount, quantity) IS NOT NULL AS has_line,
            coalesce(refund_id, CAST(refund_amount AS VARCHAR), CAST(refund_quantity AS VARCHAR))
                IS NOT NULL AS has_refund
        FROM typed
    )
    SELECT * REPLACE (coalesce(line_kind, CASE
            WHEN has_line THEN 'PRODUCT' WHEN has_refund THEN 'REFUND' ELSE 'ORDER'
        END) AS line_kind),
        line_kind IS NULL OR line_kind NOT IN ('REFUND', 'CUSTOMER', 'CATALOGUE') AS of_order,
        coalesce(CAST(line_amount AS HUGEINT),
            CAST(coalesce(quantity, 1) AS HUGEINT) * unit_price - coalesce(line_discount, 0)
        ) AS amount
    FROM present
"""

_LINE = "line_kind IN ('PRODUCT', 'GIFT_CARD', 'SHIPPING', 'DISCOUNT')"

BAD_ROWS = (
    ("order_id", "title", "the row has no order id", "key IS NULL AND of_order"),
    (
        "quantity",
        "key",
        "the line has no quantity",
        f"{_LINE} AND quantity IS NULL AND f IN {{quantity}}",
    ),
    (
        "quantity",
        "quantity",
        "a quantity below zero; returned goods go in the refund columns",
        "line_kind IN ('PRODUCT', 'GIFT_CARD') AND quantity < 0",
    ),
    (
        "unit_price",
        "unit_price",
        "quantity times price is too large",
        f"{_LINE} AND abs(amount) > {{largest}}",
    ),
    (
        "refund_amount",
        "refund_id",
        "the refund has no amount",
        "has_refund AND refund_amount IS NULL AND unit_price IS NULL",
    ),
    ("refund_amount", "refund_amount", "a refund is a positive amount", "refund_amount < 0"),
    (
        "customer_id",
        "customer_name",
        "a row that is a customer needs an id",
        "line_kind = 'CUSTOMER' AND customer_id IS NULL",
    ),
    (
        "product_id",
        "title",
        "a row that is a product needs an id",
        "line_kind = 'CATALOGUE' AND product_id IS NULL",
    ),
)
"""Field, value to show, reason, and which rows have it."""

HEADS = f"""
    CREATE TABLE heads AS
    SELECT f, key, min(line) AS line, {{chosen}},
        abs(sum(amount) FILTER ({_LINE})) AS sold,
        CAST(sum(amount) FILTER ({_LINE}) AS HUGEINT) AS line_sum,
        sum(amount) FILTER (line_kind = 'SHIPPING') AS shipping_lines,
        sum(amount) FILTER (line_kind = 'DISCOUNT') AS discount_lines
    FROM keyed WHERE of_order AND key IS NOT NULL GROUP BY f, key
"""

SAME_ID = """
    FROM heads WHERE order_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY f, order_id ORDER BY line) > 1
"""

# Of an order in several files only the last file's copy that can be taken is kept.
AGAIN = """
    CREATE TABLE again AS
    SELECT f, key FROM (
        SELECT f, key, max(f) OVER (PARTITION BY key) AS last
        FROM heads WHERE (f, line) NOT IN (SELECT (f, line) FROM wrong)
    ) WHERE f < last
"""

# Rows without an order stand for themselves.
KEPT = """
    CREATE VIEW kept AS
    SELECT * FROM keyed
    WHERE (f, line) NOT IN (SELECT (f, line) FROM wrong)
        AND (key IS NULL OR (f, key) NOT IN (SELECT (f, key) FROM again))
"""

COUNT_AGAIN = "SELECT count(*) FROM again"

COUNT_NOBODY = """
    SELECT count(*) FROM heads_kept WHERE coalesce(customer_id, email_key, phone) IS NULL
"""

# What the file does not say of the money follows from its lines and the state.
HEADS_KEPT = """
    CREATE TABLE heads_kept AS
    WITH chosen AS (
        SELECT heads.* REPLACE (coalesce(heads.state, CASE
                WHEN heads.f IN {stated} THEN 'UNKNOWN' ELSE 'PAID'
            END) AS state),
            heads.currency IS NOT NULL AND heads.currency <> {currency} AS is_foreign,
            coalesce(heads.total,
                line_sum + coalesce(heads.shipping, 0) - coalesce(heads.discount, 0)) AS due,
            coalesce(heads.currency, {currency}) AS own_currency
        FROM heads
        WHERE (f, line) NOT IN (SELECT (f, line) FROM wrong)
            AND (f, key) NOT IN (SELECT (f, key) FROM again)
    )
    SELECT *,
        coalesce(order_id, key) AS id,
        row_number() OVER (ORDER BY f, line) - 1 AS place,
        coalesce(paid, CASE
            WHEN state IN ('PENDING', 'AUTHORIZED', 'VOIDED') THEN 0
            WHEN state = 'PARTIALLY_PAID' THEN due - outstanding
            ELSE due
        END) AS captured
    FROM chosen
"""

NUMBERS = f"""
    CREATE TABLE numbers AS
    SELECT f, line, row_number() OVER (PARTITION BY f, key ORDER BY line) AS n
    FROM kept WHERE {_LINE} AND key IN (SELECT key FROM kept WHERE {_LINE} AND line_number IS NULL)
"""

LINES = f"""
    CREATE VIEW lines AS
    SELECT kept.* REPLACE (coalesce(kept.line_number, numbers.n) AS line_number),
        heads_kept.id, heads_kept.place, heads_kept.is_foreign, heads_kept.ordered_at AS moment,
        heads_kept.customer_id AS buyer
    FROM kept
    JOIN heads_kept ON kept.f = heads_kept.f AND kept.key = heads_kept.key
    LEFT JOIN numbers ON kept.f = numbers.f AND kept.line = numbers.line
    WHERE {_LINE}
"""

_ORDERS = """
    SELECT q(id) AS order_id, q(customer_id) AS customer_id,
        CASE WHEN customer_id IS NULL AND coalesce(email_key, phone) IS NOT NULL THEN true END
            AS guest,
        email_key, phone, ordered_at, state, NOT coalesce(test, false) AS placed, cancelled_at,
        order_refunded_at AS refunded_at,
        CASE WHEN NOT is_foreign THEN captured END AS paid,
        CASE WHEN NOT is_foreign THEN due END AS total,
        CASE WHEN NOT is_foreign THEN coalesce(shipping, shipping_lines, 0) END AS shipping,
        CASE WHEN NOT is_foreign THEN tax END AS tax,
        CASE WHEN NOT is_foreign THEN coalesce(discount, -discount_lines, 0) END AS discount,
        own_currency AS currency, channel, q(location_id) AS location_id, q(app_id) AS app_id,
        q(company_id) AS company_id, renewal, shipping_country, payment_method
    FROM heads_kept ORDER BY f, line
"""

# The texts of the lines are added by `orders`: here they would be copied a few times over.
ORDER_LINES = """
    SELECT "at", place, line_number, coalesce(quantity, 1) AS quantity,
        CASE
            WHEN is_foreign THEN NULL
            WHEN unit_price IS NOT NULL AND coalesce(line_discount, 0) = 0 THEN unit_price
            WHEN coalesce(quantity, 1) > 0 THEN amount // coalesce(quantity, 1)
        END AS unit_price,
        CASE WHEN NOT is_foreign THEN amount END AS amount,
        line_kind
    FROM lines
"""

ORDER_IDS = "SELECT q(id) AS order_id FROM heads_kept ORDER BY place"

# A refund on an order's row is of that row's line; one of its own may name the line. The
# total an export gives stands for all of them, undated, if no row has one.
_REFUNDS = """
    WITH given AS (
        SELECT f, line, key, id AS order_id, coalesce(buyer, customer_id) AS customer_id,
            refunded_at, line_number, product_id, refund_quantity, refund_id,
            coalesce(refund_amount, refund_quantity * unit_price) AS amount, is_foreign
        FROM lines WHERE has_refund
        UNION ALL
        SELECT kept.f, kept.line, kept.key, coalesce(heads_kept.id, kept.key),
            coalesce(kept.customer_id, heads_kept.customer_id), kept.refunded_at,
            kept.line_number, kept.product_id, kept.refund_quantity, kept.refund_id,
            coalesce(kept.refund_amount, kept.refund_quantity * kept.unit_price),
            coalesce(heads_kept.is_foreign, false)
        FROM kept LEFT JOIN heads_kept ON kept.f = heads_kept.f AND kept.key = heads_kept.key
        WHERE kept.line_kind IN ('REFUND', 'ORDER') AND kept.has_refund
        UNION ALL
        SELECT f, line, key, id, customer_id, NULL, NULL, NULL, NULL, NULL, refunded, is_foreign
        FROM heads_kept WHERE refunded > 0
            AND (f, key) NOT IN (SELECT (f, key) FROM kept WHERE has_refund AND key IS NOT NULL)
    )
    SELECT q(coalesce(refund_id, 'refund of ' || coalesce(order_id, customer_id, '') || ' ' ||
            row_number() OVER (PARTITION BY order_id, customer_id, refund_id IS NULL
                ORDER BY f, line))) AS refund_id,
        q(order_id) AS order_id, q(customer_id) AS customer_id, refunded_at, line_number,
        q(product_id) AS product_id, refund_quantity AS quantity,
        CASE WHEN is_foreign THEN 0 ELSE amount END AS amount
    FROM given ORDER BY f, line
"""

TABLES = {"orders": _ORDERS, "refunds": _REFUNDS}

ORDER_TAGS = """
    SELECT q(id) AS order_id, unnest({tags}) AS tag FROM heads_kept ORDER BY f, line
"""

# The amount is known of each only where there is one.
ORDER_DISCOUNTS = """
    SELECT q(id) AS order_id, unnest(codes) AS code,
        CASE WHEN len(codes) = 1 AND NOT is_foreign THEN discount END AS amount
    FROM (SELECT *, {codes} AS codes FROM heads_kept) ORDER BY f, line
"""

OWN_ROWS = {
    "customers": """
        SELECT q(customer_id) AS customer_id, min(customer_created_at) AS created_at,
            first(email) AS email, first(email_key) AS email_key, first(phone) AS phone,
            first(customer_name) AS name
        FROM kept WHERE line_kind = 'CUSTOMER'
        GROUP BY kept.customer_id ORDER BY min(f), min(line)
    """,
    "addresses": """
        SELECT q(customer_id) AS customer_id, country,
            coalesce(bool_or(country_is_default), false) AS is_default
        FROM kept WHERE line_kind = 'CUSTOMER' AND country IS NOT NULL
        GROUP BY kept.customer_id, country ORDER BY min(f), min(line)
    """,
    "products": """
        SELECT q(product_id) AS product_id, first(title) AS title
        FROM kept WHERE line_kind = 'CATALOGUE'
        GROUP BY kept.product_id ORDER BY min(f), min(line)
    """,
}
"""Rows that are a customer or a product of their own."""

IF_NEW = {
    "customers": """
        SELECT q(customer_id) AS customer_id, min(customer_created_at) AS created_at,
            last(email ORDER BY ordered_at) FILTER (email_key IS NOT NULL) AS email,
            last(email_key ORDER BY ordered_at) FILTER (email_key IS NOT NULL) AS email_key,
            last(phone ORDER BY ordered_at) FILTER (phone IS NOT NULL) AS phone,
            last(customer_name ORDER BY ordered_at) FILTER (customer_name IS NOT NULL) AS name
        FROM heads_kept
        WHERE customer_id IS NOT NULL AND customer_id NOT IN (
            SELECT customer_id FROM kept WHERE line_kind = 'CUSTOMER')
        GROUP BY heads_kept.customer_id ORDER BY min(f), min(line)
    """,
    "addresses": """
        SELECT q(customer_id) AS customer_id, country,
            row_number() OVER (PARTITION BY heads_kept.customer_id ORDER BY max(ordered_at) DESC)
                = 1 AS is_default
        FROM heads_kept
        WHERE customer_id IS NOT NULL AND country IS NOT NULL AND customer_id NOT IN (
            SELECT customer_id FROM kept WHERE line_kind = 'CUSTOMER')
        GROUP BY heads_kept.customer_id, country ORDER BY min(f), min(line)
    """,
    "products": """
        SELECT q(product_id) AS product_id,
            last(title ORDER BY moment, f, line) FILTER (title IS NOT NULL) AS title
        FROM lines
        WHERE product_id IS NOT NULL AND product_id NOT IN (
            SELECT product_id FROM kept WHERE line_kind = 'CATALOGUE')
        GROUP BY lines.product_id ORDER BY min(f), min(line)
    """,
}
"""People and products that orders name: for those that nothing else tells of."""
