"""The programs of the documentation run as they are written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import ROOT, event


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the examples read."""
    (tmp_path / "logs").mkdir()
    shutil.copy(ROOT / "samples" / "intrusion.xml", tmp_path / "logs" / "intrusion.xml")
    (tmp_path / "detections").mkdir()
    shutil.copy(ROOT / "rules" / "lsass_dump.yml", tmp_path / "detections")
    (tmp_path / "powershell.json").write_text(event("Enable-PSRemoting -Force"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", ["README.md", "docs/python.md", "crates/python/README.md"])
def test_programs_run(page: str, here: Path) -> None:
    for module in ("polars", "pandas", "duckdb", "pyarrow"):
        pytest.importorskip(module)
    text = (ROOT / page).read_text()
    programs = [block.split("```")[0] for block in text.split("```python\n")[1:]]
    assert programs
    names: dict[str, object] = {}
    for program in programs:
        exec(compile(program, page, "exec"), names)


def test_the_notebook_runs(here: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(ROOT / "docs" / "python.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "the notebook is kept without outputs"
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(here)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = [output["data"].get("text/html", "") for output in outputs if "data" in output]
    assert any("WS117" in html and "<table" in html for html in shown)
