"""The story that every SDK's program tells, in Python. Prints the ids of its events as JSON."""

import json
import sys

import sentry_sdk
from sentry_sdk.crons import capture_checkin


class VoucherError(Exception):
    pass


def apply_voucher(code):
    try:
        return {}["value"]
    except KeyError as missing:
        raise VoucherError(f"voucher {code} cannot be applied") from missing


# DSN, release and environment come from the environment.
sentry_sdk.init(server_name="orders-1")
with sentry_sdk.sessions.track_session(sentry_sdk.get_isolation_scope(), session_mode="application"):
    sentry_sdk.set_user({"id": "u-7", "email": "ada@example.com", "username": "ada"})
    sentry_sdk.set_tag("region", "eu-north")
    sentry_sdk.set_context("order", {"number": 4711, "express": True})
    sentry_sdk.get_isolation_scope().add_attachment(
        bytes=b"one line\nanother", filename="order.txt", content_type="text/plain"
    )
    sentry_sdk.add_breadcrumb(
        category="cart", message="shipping quote is late", level="warning", data={"ms": 310}
    )
    try:
        apply_voucher("HARBOR10")
    except VoucherError as error:
        thrown = sentry_sdk.capture_exception(error)
    message = sentry_sdk.capture_message("stock is low", level="warning")
    capture_checkin(monitor_slug="nightly", status="ok", duration=12)
sentry_sdk.flush(timeout=20)
json.dump({"thrown": thrown, "message": message}, sys.stdout)
