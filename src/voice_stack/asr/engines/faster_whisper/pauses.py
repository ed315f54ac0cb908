"""Choice of when batch work stands still for urgent work: pure, without threads and without a clock."""

import math

# Between two computations of one request, such as encoding and decoding, nothing is to be gained by going on.
_LULL_S = 0.05
# Batch work that stood still for so long has a turn, whoever comes: of all time it gets a fifth at least.
_PATIENCE_S = 20.0
_SHARE = 0.2


class Pauses:
    """Batch work stands still while urgent work is computed, and shortly after. Not thread-safe.

    All times are seconds of one clock that never goes back.

    Attributes:
        paused: whether batch work stands still, as of the last `decide`.
    """

    def __init__(self) -> None:
        self.paused = False
        self._urgent = 0
        self._quiet_at = -math.inf
        # Seconds that batch work has stood still, less four for each that it has run.
        self._debt = 0.0
        self._in_relief = False
        self._seen_at = 0.0

    def begin(self) -> None:
        """An urgent computation begins."""
        self._urgent += 1

    def end(self, now: float) -> None:
        """An urgent computation has ended."""
        self._urgent -= 1
        self._quiet_at = now + _LULL_S

    def decide(self, now: float) -> float | None:
        """Bring `paused` up to date.

        Returns:
            Seconds after which to ask again, unless something begins or ends before; None: no need to.
        """
        passed, self._seen_at = now - self._seen_at, now
        self._debt = max(0.0, self._debt + (passed if self.paused else -passed * (1 - _SHARE) / _SHARE))
        if self._debt >= _PATIENCE_S:
            self._in_relief = True
        elif not self._debt:
            self._in_relief = False
        wanted = self._urgent > 0 or now < self._quiet_at
        self.paused = wanted and not self._in_relief
        if not wanted:
            return None
        looks = [_PATIENCE_S - self._debt if self.paused else self._debt * _SHARE / (1 - _SHARE)]
        if not self._urgent:
            looks.append(self._quiet_at - now)
        return max(0.001, min(looks))
