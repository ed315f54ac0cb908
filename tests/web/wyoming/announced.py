"""Announces a port, and looks for it as Home Assistant does; run in a network of its own, where nobody else is."""

import asyncio
import fcntl
import socket
import struct

from zeroconf import ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from voice_stack.web.wyoming.discovery import SERVICE_TYPE, announced

PORT = 10_300
_SIOCGIFFLAGS, _SIOCSIFFLAGS = 0x8913, 0x8914
_UP, _MULTICAST = 0x1, 0x1000


def open_loopback() -> None:
    """Bring the loopback interface of a new network up, for multicast too."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack("16xh14x", fcntl.ioctl(control, _SIOCGIFFLAGS, request))
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _UP | _MULTICAST))


async def main() -> None:
    """Print the port that is found, and that it is gone afterwards."""
    states: asyncio.Queue[tuple[ServiceStateChange, str]] = asyncio.Queue()

    def note(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        states.put_nowait((state_change, name))

    async with AsyncZeroconf(interfaces=["127.0.0.1"]) as looking:
        browser = AsyncServiceBrowser(looking.zeroconf, SERVICE_TYPE, handlers=[note])
        async with announced("asr", "127.0.0.1", PORT):
            state, name = await asyncio.wait_for(states.get(), 20)
            info = AsyncServiceInfo(SERVICE_TYPE, name)
            assert await info.async_request(looking.zeroconf, 5000)
            print(state.name, name.split(".")[0][:15], info.port, info.parsed_addresses())
        while (await asyncio.wait_for(states.get(), 20))[0] is not ServiceStateChange.Removed:
            pass
        print("Removed")
        await browser.async_cancel()


if __name__ == "__main__":
    open_loopback()
    asyncio.run(main())
