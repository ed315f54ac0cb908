"""What the package costs at the start."""

import subprocess
import sys


def test_a_service_that_sends_no_callbacks_loads_no_client() -> None:
    program = "import sys, voice_stack.web.jobs.routes; print({'httpx2', 'psycopg'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
