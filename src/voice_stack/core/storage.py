"""Folders of a service."""

from pathlib import Path
from typing import Final

from voice_stack.core.settings import SettingsGroup, setting

SPEAKERS_FOLDER: Final = "speakers"
"""Folder in DATA_DIR of the people who are enrolled by their voices."""


class StorageOptions(SettingsGroup):
    """Folders of the services."""

    model_dir: Path = setting(
        Path("models"),
        shapes=False,
        description="Folder that models are downloaded to and looked for in; created when needed.",
    )
    data_dir: Path = setting(Path("data"), shapes=False, description="Folder for what the services compute and keep.")
