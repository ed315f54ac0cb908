"""Checks of settings before Wyoming is spoken; its package is not needed for them."""

import importlib.util
from ipaddress import ip_address

from voice_stack.core.errors import SettingsError
from voice_stack.web.settings import ServiceSettings, WyomingDoor


def check_wyoming(settings: ServiceSettings, door: WyomingDoor, host: str) -> None:
    """See that Wyoming can be spoken, and may be.

    Args:
        door: where it is to be spoken.
        host: address that HTTP listens on, which counts where the door has none of its own.

    Raises:
        SettingsError: a package is missing, or API_KEY is set and other machines reach the port.
    """
    host = door.host or host
    wanted = {"wyoming": "WYOMING_ENABLED"} | ({"zeroconf": "WYOMING_ZEROCONF"} if settings.wyoming.zeroconf else {})
    for package, setting in wanted.items():
        if importlib.util.find_spec(package) is None:
            raise SettingsError(
                f"{setting}=true needs the package {package}. Install it: pip install 'voice-stack[{package}]'"
            )
    if settings.web.api_key and not settings.wyoming.keyless and not is_loopback(host):
        variable = door.variables()["host"]
        raise SettingsError(
            f"API_KEY is set, but Wyoming carries no key: on {host} whoever reaches port {door.port} would be served. "
            f"Set {variable}=127.0.0.1 for this machine alone, or WYOMING_KEYLESS=true when the network is trusted."
        )


def is_loopback(host: str) -> bool:
    """True for an address that only this machine reaches."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
