"""`make audit`: known flaws and licences of the packages that Segmentry runs on.

    python -m tests.audit

Licences are read from what is installed, and have to be among those below. Flaws are asked for
with pip-audit, in an environment of its own, by the versions that `requirements/run.txt` pins;
where nobody can be asked this is said, and is no failure. Ends with 1 where something was found.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "requirements" / "run.txt"

ALLOWED = {
    "MIT": r"mit(-0|-cmu)?( license)?|the mit license",
    "BSD": r"(new |modified )?bsd( license)?|0bsd|(bsd-)?[23]-clause( bsd)?( license)?",
    "Apache-2.0": r"apache([ -]software)?( license)?,?([ -]version)?([ -]?2(\.0)?)?( license)?",
    "ISC": r"isc( license)?( \(iscl\))?",
    "PSF": r"psf(-2\.0)?|python software foundation( license)?|python-2\.0(\.1)?|cnri-python",
    "Zlib": r"zlib( license)?",
    "MPL-2.0": r"mpl[ -]2\.0|mozilla public license 2\.0( \(mpl 2\.0\))?",
    "public domain": r"unlicense|public[ -]domain|cc0-1\.0",
}
_ANY = re.compile("|".join(f"(?:{each})" for each in ALLOWED.values()), re.IGNORECASE)
_CLASSIFIER = "License :: OSI Approved"

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)


def pinned(requirements: str) -> list[str]:
    """The names of what a lock pins."""
    return _PINNED.findall(requirements)


def licences(of: Distribution) -> list[str]:
    """The licences that a distribution names: all of them count, but those after `OR`."""
    told = of.metadata
    for expression in told.get_all("License-Expression") or ():
        return [each.split(" OR ")[0].strip("() ") for each in expression.split(" AND ")]
    classified = [
        each.rpartition(" :: ")[2]
        for each in told.get_all("Classifier") or ()
        if each.startswith(_CLASSIFIER) and each != _CLASSIFIER
    ]
    if classified:
        return classified
    return [each.strip().partition("\n")[0] for each in told.get_all("License") or ()]


def unwanted(names: Iterable[str]) -> Iterator[str]:
    """Those whose licence is not among the allowed ones, or not told. What is not installed here
    is for another system."""
    for name in names:
        try:
            found = licences(distribution(name))
        except PackageNotFoundError:
            continue
        if not found:
            yield f"{name} does not say what its licence is"
        for each in found:
            if not _ANY.fullmatch(each):
                yield f"{name} has the licence {each}"


def flaws() -> list[str] | None:
    """Known flaws of the versions that are pinned; None where they could not be asked for."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "flaws.json"
        uv = Path(sys.executable).with_name("uv")
        command = [str(uv), "tool", "run", "pip-audit", "--disable-pip", "--require-hashes"]
        command += ["--requirement", str(REQUIREMENTS), "--format", "json", "--output", str(out)]
        try:
            subprocess.run(command, capture_output=True, timeout=300, check=False)
            return told_flaws(out.read_text())
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None


def told_flaws(report: str) -> list[str]:
    """What a report of pip-audit names."""
    asked = [each for each in json.loads(report)["dependencies"] if "vulns" in each]
    if not asked:
        raise ValueError("nothing was asked for")
    return [
        f"{each['name']} {each['version']}: {flaw['id']}"
        for each in asked
        for flaw in each["vulns"]
    ]


def main() -> int:
    """Look, and tell; 1 where something was found."""
    names = pinned(REQUIREMENTS.read_text())
    wrong = [*unwanted(names)]
    print(f"{len(names)} packages, {len(wrong)} licences that are not wanted")
    found = flaws()
    if found is None:
        print("known flaws: could not be asked for, without network or of an index that tells none")
    else:
        print(f"known flaws: {len(found)}")
    for each in (*wrong, *(found or ())):
        print(f"  {each}")
    return int(bool(wrong or found))


if __name__ == "__main__":
    sys.exit(main())
