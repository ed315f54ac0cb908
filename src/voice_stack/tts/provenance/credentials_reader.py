"""The process that reads C2PA manifests: strangers' files meet the parser here and not in the service.

It is run as a file, by `credentials.py`, and imports nothing of ours. Arguments: number of the inherited descriptor,
media type. One line of JSON goes to standard output. It fetches nothing from anywhere.
"""

import json
import os
import sys
from typing import Any


def main() -> None:
    """Read one file."""
    descriptor, media_type = int(sys.argv[1]), sys.argv[2]
    import c2pa

    rules = c2pa.Settings.from_dict({"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}})
    # Opened anew, so that it starts at 0.
    with open(f"/dev/fd/{descriptor}", "rb") as file:  # noqa: PTH123
        try:
            reader = c2pa.Reader(media_type, file, context=c2pa.Context(rules))
        except c2pa.C2paError.ManifestNotFound:
            told: dict[str, Any] = {"state": "not_present"}
        except c2pa.C2paError as error:
            # What is there and cannot be read proves nothing.
            told = {"state": "invalid", "problem": str(error)[:200]}
        else:
            told = _told(reader)
    os.write(1, json.dumps(told).encode() + b"\n")


def _told(reader: Any) -> dict[str, Any]:
    manifest = reader.get_active_manifest() or {}
    signature = manifest.get("signature_info") or {}
    told = {"state": str(reader.get_validation_state() or "invalid").lower(), "issuer": signature.get("issuer")}
    for assertion in manifest.get("assertions") or []:
        if not str(assertion.get("label", "")).startswith("c2pa.actions"):
            continue
        for action in (assertion.get("data") or {}).get("actions") or []:
            if action.get("digitalSourceType") and "source" not in told:
                told["source"] = action["digitalSourceType"]
                told["when"] = action.get("when")
                told["model"] = (action.get("parameters") or {}).get("voice-stack.model")
    return told


if __name__ == "__main__":
    main()
