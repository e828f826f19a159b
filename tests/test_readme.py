"""The README tells the truth: its code runs, its table is that of OPS."""

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

from tools.readme_table import README, operations_table, table_in

TEXT = README.read_text(encoding="utf-8")
CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_code_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One reader types it all into one session, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    session: dict[str, Any] = {"__name__": "readme"}
    blocks = list(CODE.finditer(TEXT))
    assert blocks, "the README shows no code"
    for block in blocks:
        line = TEXT[: block.start(1)].count("\n")
        run(block[1], session, line)


def run(code: str, session: dict[str, Any], line: int) -> None:
    """Run a block: a session with prompts as a doctest, anything else as it is."""
    if ">>>" not in code:
        # Blank lines before it, so that a traceback names the README's own line.
        exec(compile("\n" * line + code, str(README), "exec"), session)
        return
    example = doctest.DocTestParser().get_doctest(code, {}, "README", str(README), line)
    example.globs = session
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    report: list[str] = []
    runner.run(example, out=report.append, clear_globs=False)
    assert not runner.summarize(verbose=False).failed, "".join(report)


def test_the_table_of_operations_is_that_of_the_code() -> None:
    assert table_in(TEXT) == operations_table(), "run make readme"


def test_links_into_the_repository_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", TEXT) + re.findall(r'src="([^"]+)"', TEXT)
    local = [target for target in targets if "://" not in target]
    missing = [name for name in local if not (README.parent / name).exists()]
    assert not missing
