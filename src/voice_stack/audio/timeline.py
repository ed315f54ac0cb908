"""The container's clock: silence where a track starts late, or where sound is missing from it."""

import logging
import re
from collections.abc import Iterator
from typing import Final

logger = logging.getLogger("voice_stack.audio")

# Shorter ones are left: timestamps are rounded, and codecs start with a delay of up to a tenth of a second.
_SHORTEST_S: Final = 0.1
# A longer one is a clock that is wrong or was set anew, and no silence.
_LONGEST_S: Final = 3600.0
# Sound that runs ahead of its clock by less is early, late or drifting; by more, the clock was set back.
_SET_BACK_S: Final = 2.0

_PACKET = re.compile(rb"0, *-?\d+, *(-?\d+), *(\d+), *(\d+), ")
_LONGEST_LINE: Final = 4096


class Timeline:
    """Positions of packets in what is handed on.

    No sound is dropped: where packets overlap, the next silence gets shorter by as much.

    Args:
        sample_rate: Hz of the samples, and unit of the timestamps.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._position = 0
        self._offset = 0

    def silence_before(self, timestamp: int, samples: int) -> int:
        """Samples of silence to put before the next packet.

        Args:
            timestamp: of the packet, from the start of the file.
            samples: in the packet.
        """
        missing = timestamp - self._offset - self._position
        if missing > _LONGEST_S * self._rate or missing < -_SET_BACK_S * self._rate:
            logger.info("The clock of an upload jumps by %.1f s, which is passed over", missing / self._rate)
            self._offset += missing
            missing = 0
        silence = missing if missing > _SHORTEST_S * self._rate else 0
        self._position += silence + samples
        return silence


class PacketReader:
    """Packets of s16le out of FFmpeg's tee: before each, a line of the framecrc muxer that tells of it."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Take in a piece of the stream: timestamp, samples and s16le of the packets that are whole now.

        Raises:
            ValueError: the stream is none.
        """
        data = self._data + data
        at = 0
        while (end := data.find(b"\n", at)) >= 0:
            packet = _PACKET.match(data, at, end)
            if packet is None:
                if data[at : at + 1] != b"#":
                    raise ValueError(f"no line of a packet: {data[at : min(end, at + 80)]!r}")
                at = end + 1
                continue
            first, size = end + 1, int(packet[3])
            if len(data) < first + size:
                break
            yield int(packet[1]), int(packet[2]), data[first : first + size]
            at = first + size
        self._data = data[at:]
        if len(self._data) > _LONGEST_LINE and b"\n" not in self._data[:_LONGEST_LINE]:
            raise ValueError("a line without an end")
