-- The made-up store, laid out for segment queries. $now and $midnight are moments.
-- A customer's number is the place of their id among all ids.

CREATE TABLE customers AS
WITH email AS (
    SELECT customer_id, arg_max(state, acted_at) AS state, max(acted_at) AS since
    FROM raw_consents WHERE channel = 'EMAIL' GROUP BY ALL
), sms AS (
    SELECT customer_id, arg_max(state, acted_at) AS state
    FROM raw_consents WHERE channel = 'SMS' GROUP BY ALL
)
SELECT
    CAST(row_number() OVER (ORDER BY c.customer_id) - 1 AS INTEGER) AS customer,
    c.customer_id,
    c.created_at AS created_at,
    c.language, c.account_status, c.birth_date, c.income, c.gender, c.internal,
    coalesce(email.state, 'NOT_SUBSCRIBED') AS email_status,
    CASE WHEN email.state = 'SUBSCRIBED' THEN email.since END AS email_since,
    coalesce(sms.state, 'NOT_SUBSCRIBED') AS sms_status
FROM raw_customers c LEFT JOIN email USING (customer_id) LEFT JOIN sms USING (customer_id)
ORDER BY customer;

CREATE TABLE addresses AS
SELECT customer, country, region, city
FROM raw_addresses JOIN customers USING (customer_id);

CREATE TABLE customer_tags AS
SELECT customer, tag FROM raw_customer_tags JOIN customers USING (customer_id);

CREATE TABLE companies AS
SELECT customer, company_id FROM raw_companies JOIN customers USING (customer_id);

CREATE TABLE interests AS
SELECT customer, unnest(CAST(CAST(value AS JSON) AS VARCHAR[])) AS interest
FROM raw_attributes JOIN customers USING (customer_id)
WHERE namespace = 'profile' AND key = 'interests';

CREATE TABLE products AS
SELECT CAST(split_part(product_id, ':', 2) AS BIGINT) AS product, category, vendor, type
FROM raw_products;

CREATE TABLE product_tags AS
SELECT CAST(split_part(product_id, ':', 2) AS BIGINT) AS product, tag FROM raw_product_tags;

-- All orders that were placed, with what is known of cancelling and refunding them.
CREATE TEMP TABLE placed AS
WITH back AS (
    SELECT order_id,
           sum(amount) AS refunded,
           sum(amount) FILTER (WHERE refunded_at < $midnight) AS refunded_then
    FROM raw_refunds GROUP BY ALL
)
SELECT
    order_id,
    CAST(split_part(order_id, ':', 2) AS BIGINT) AS number,
    customer,
    ordered_at AS ordered_at,
    state, cancelled_at, refunded_at, paid, channel, shipping_country,
    coalesce(back.refunded, 0) AS refunded,
    coalesce(back.refunded_then, 0) AS refunded_then,
    discount > 0 OR order_id IN (SELECT order_id FROM raw_order_discounts) AS discounted
FROM raw_orders JOIN customers USING (customer_id) LEFT JOIN back USING (order_id)
WHERE raw_orders.placed;

-- Orders that count now; paid and net are missing where the amount is not known.
CREATE TABLE orders AS
SELECT
    number, customer, ordered_at, day, channel, shipping_country, discounted, paid,
    CASE WHEN paid IS NOT NULL THEN greatest(0, paid - refunded) END AS net
FROM placed ASOF JOIN days ON placed.ordered_at >= days.begins
WHERE state <> 'VOIDED' AND cancelled_at IS NULL AND refunded_at IS NULL
ORDER BY customer, ordered_at;

-- The same as they stood just before the last midnight, for what is measured against the store.
CREATE TABLE orders_then AS
SELECT number, customer, ordered_at, day, discounted, 
    CASE WHEN paid IS NOT NULL THEN greatest(0, paid - refunded_then) END AS net
FROM placed ASOF JOIN days ON placed.ordered_at >= days.begins
WHERE ordered_at < $midnight AND state <> 'VOIDED'
  AND coalesce(cancelled_at >= $midnight, true) AND coalesce(refunded_at >= $midnight, true)
ORDER BY customer, ordered_at;

CREATE TABLE order_codes AS
SELECT CAST(split_part(order_id, ':', 2) AS BIGINT) AS number, code FROM raw_order_discounts;

-- One product in one order that counts, its lines added, less what was given back.
CREATE TABLE purchases AS
WITH back AS (
    SELECT order_id, line_number, sum(quantity) AS quantity, sum(amount) AS amount
    FROM raw_refunds WHERE line_number IS NOT NULL GROUP BY ALL
), bought AS (
    SELECT
        CAST(split_part(l.order_id, ':', 2) AS BIGINT) AS number,
        CAST(split_part(l.product_id, ':', 2) AS BIGINT) AS product,
        CAST(sum(l.quantity - coalesce(back.quantity, 0)) AS BIGINT) AS quantity,
        CAST(sum(l.amount) AS BIGINT) AS sold,
        CAST(sum(coalesce(back.amount, 0)) AS BIGINT) AS back
    FROM raw_order_lines l LEFT JOIN back USING (order_id, line_number)
    GROUP BY ALL
)
SELECT
    customer, ordered_at, number, bought.product, bought.quantity,
    greatest(0, bought.sold - bought.back) AS amount
FROM bought JOIN orders USING (number)
WHERE bought.quantity > 0
ORDER BY customer, ordered_at;

CREATE TABLE refunds AS
SELECT customer, r.refunded_at AS refunded_at, r.amount
FROM raw_refunds r JOIN placed USING (order_id);

-- Checkouts, and events that are signs of life.
CREATE TABLE checkouts AS
SELECT customer, last_active_at AS moment
FROM raw_checkouts JOIN customers USING (customer_id)
ORDER BY customer;

CREATE TABLE activity AS
SELECT customer, moment FROM checkouts
UNION ALL
SELECT customer, occurred_at
FROM raw_events JOIN customers USING (customer_id)
WHERE name NOT IN ('email.delivered')
ORDER BY customer;

DROP TABLE placed;
