"""Announcement of the port in the local network (mDNS), where Home Assistant finds it by itself."""

import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Final

from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

logger = logging.getLogger("voice_stack.web")

SERVICE_TYPE: Final = "_wyoming._tcp.local."
_LABEL_CHARS: Final = 60
_ANY: Final = ("", "0.0.0.0", "::")
# Nothing is sent there: connecting a datagram socket asks the system which of its addresses the network sees.
_ELSEWHERE: Final = ("224.0.0.251", 5353)


@contextlib.asynccontextmanager
async def announced(service: str, host: str, port: int) -> AsyncIterator[None]:
    """Announce the port inside the `with` block. Where that fails the log says so, and the service goes on without.

    Args:
        service: short name (`asr`).
        host: address that it listens on.
    """
    address = own_address() if host in _ANY else host
    name = f"voice-stack-{service}-{socket.gethostname()}"[:_LABEL_CHARS].replace(".", "-")
    zeroconf: AsyncZeroconf | None = None
    try:
        packed = ip_address(address).packed
        zeroconf = AsyncZeroconf(interfaces=[address], ip_version=IPVersion.All if ":" in address else IPVersion.V4Only)
        info = AsyncServiceInfo(
            SERVICE_TYPE, f"{name}.{SERVICE_TYPE}", addresses=[packed], port=port, server=f"{name}.local."
        )
        await zeroconf.async_register_service(info, allow_name_change=True)
        logger.info("announced by zeroconf as %s, %s port %d", name, address, port)
    except Exception as error:  # noqa: BLE001 - no network, no multicast, a name that is taken: of many kinds
        logger.warning("Wyoming could not be announced by zeroconf (%s): %s", type(error).__name__, error)
    try:
        yield
    finally:
        if zeroconf is not None:
            await zeroconf.async_close()


def own_address() -> str:
    """The address of this machine that its network sees; 127.0.0.1 where there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
