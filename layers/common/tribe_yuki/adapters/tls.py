"""How both systems' certificates are checked: by the packaged authorities alone, whatever the environment says."""

import ssl
from functools import cache

import certifi  # comes with httpx and httpcore, which take their own default from it


@cache
def client_context() -> ssl.SSLContext:
    """Return the one context of the process: loading the authorities takes longer than a call.

    `ssl.create_default_context` would take further authorities from SSL_CERT_FILE, and write the keys of every
    connection to SSLKEYLOGFILE; this is what it does else.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    context.load_verify_locations(certifi.where())
    return context
