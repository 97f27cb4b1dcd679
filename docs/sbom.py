"""The software bill of materials, as CycloneDX 1.6, from the lock file: names, versions, digests and licences of what is installed."""

from __future__ import annotations

import json
import re
import uuid
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, Final

TREE: Final = Path(__file__).resolve().parent.parent
LOCK: Final = TREE / "requirements.lock"
_PIN: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s\\;]+)", re.MULTILINE)
_VIA: Final = re.compile(r"^\s+# (?:via\s+)?(.*)$", re.MULTILINE)
_NAMESPACE: Final = uuid.UUID("6f2d3c1e-5d0a-4c51-9a6b-0e9f4a7d2b11")


def sbom() -> str:
    """Write the bill. Nothing in it depends on the time or the machine, so that a drift is a change of the lock."""
    text = LOCK.read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    components = [_component(block) for block in blocks if _PIN.match(block)]
    bill: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, text)}",
        "version": 1,
        "metadata": {"component": _vidimus()},
        "components": components,
        "dependencies": _dependencies(blocks),
    }
    return json.dumps(bill, ensure_ascii=False, indent=1) + "\n"


def _vidimus() -> dict[str, Any]:
    text = (TREE / "pyproject.toml").read_text(encoding="utf-8")
    (version,) = re.findall(r'^version = "([^"]+)"$', text, re.MULTILINE)
    return {
        "type": "application",
        "bom-ref": "vidimus",
        "name": "vidimus",
        "version": version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }


def _component(block: str) -> dict[str, Any]:
    found = _PIN.match(block)
    if found is None:
        raise ValueError("a block of the lock names no package")
    name, version = found.groups()
    digests = sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": f"pkg:pypi/{name}@{version}",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{version}",
        # One digest for each file that the lock accepts; which of them a machine takes depends on the machine.
        "properties": [{"name": "vidimus:lock:sha256", "value": digest} for digest in digests],
    }
    if licence := _licence(name):
        component["licenses"] = [{"license": {"name": licence}}]
    return component


def _licence(name: str) -> str:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        # Locked for another system (colorama on Windows, for example) and not installed here.
        return ""
    expression = _first(told.get_all("License-Expression"))
    if expression:
        return str(expression)
    classified = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if one.startswith("License ::")]
    short = _first(told.get_all("License")).strip().splitlines()
    return ", ".join(classified) or (short[0][:80] if short else "")


def _first(found: list[str] | None) -> str:
    return found[0] if found else ""


def _dependencies(blocks: list[str]) -> list[dict[str, Any]]:
    """Turn the lock's "via" remarks around: who needs whom."""
    refs = {found[1]: f"pkg:pypi/{found[1]}@{found[2]}" for block in blocks if (found := _PIN.match(block))}
    needs: dict[str, set[str]] = {"vidimus": set(), **{ref: set() for ref in refs.values()}}
    for block in blocks:
        found = _PIN.match(block)
        if found is None:
            continue
        for word in _VIA.findall(block):
            needer = word.split()[0] if word.split() else ""
            if needer == "vidimus" or needer.startswith(("-r", "pyproject")):
                needs["vidimus"].add(refs[found[1]])
            elif needer in refs:
                needs[refs[needer]].add(refs[found[1]])
    return [{"ref": ref, "dependsOn": sorted(wanted)} for ref, wanted in sorted(needs.items())]
