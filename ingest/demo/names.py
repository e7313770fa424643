"""Names of the demonstration 演示名称: the bureau, its units, and what its cases are called between programs.

Apart from what makes the cases, so that a command line that only names them loads no drawing and no typesetting.
"""

from __future__ import annotations

BUREAU = "示例市城市管理综合执法局"
UNIT = "一中队"
OTHER_UNIT = "二中队"
STORY_NAMES = ("ad", "market", "secret", "old", "broken")
"""The cases that the story speaks of; the last is refused."""
FURTHER_NAMES = ("hearing", "seizure", "left", "inspection", "scanned", "removal", "trade", "minor", "volumes")
"""The cases that come in behind."""
UNIT_OF = {name: OTHER_UNIT if name in ("left", "inspection") else UNIT for name in FURTHER_NAMES}
