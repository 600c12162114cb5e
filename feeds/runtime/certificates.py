"""When the certificate of a host ends, also of one that nobody believes. Nothing is asked of such a host, its certificate is only read."""

import asyncio
import ssl
from datetime import datetime

from cryptography import x509


async def unproven_certificate_end(host: str, port: int, *, timeout_s: float) -> datetime | None:
    """When the certificate that ``host`` shows ends, in UTC, whoever signed it; ``None`` when it shows none in time.

    Goes straight to the host: not for hosts behind a proxy.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
            tls: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
            shown = tls.getpeercert(binary_form=True) if tls is not None else None
            return x509.load_der_x509_certificate(shown).not_valid_after_utc if shown else None
    except (OSError, ValueError, TimeoutError):
        return None
    finally:
        if writer is not None:
            writer.transport.abort()
