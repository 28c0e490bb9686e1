"""An application that uses sentry-sdk and fails: a chained exception and an
error through logging. SENTRY_DSN says where to."""

import logging

import sentry_sdk

sentry_sdk.init(release="billing@0.9.0", environment="test", send_default_pii=True)
sentry_sdk.set_user({"id": "99", "email": "barbara@example.org"})
sentry_sdk.set_tag("region", "asia")


class InvoiceError(Exception):
    pass


def load_rates(currency):
    return {"EUR": 1.0}[currency]


def invoice(number, currency):
    try:
        return load_rates(currency)
    except KeyError as err:
        raise InvoiceError(f"invoice {number} has no rate for {currency}") from err


for number in (501, 502):
    try:
        invoice(number, "XXX")
    except InvoiceError as err:
        sentry_sdk.capture_exception(err)

logging.getLogger("billing").error("could not send invoice %s to %s", 501, "print queue")
sentry_sdk.flush(timeout=5)
