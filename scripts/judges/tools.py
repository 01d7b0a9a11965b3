"""Judges that are programs: the Nu checker, lychee, the types of schema.org, Lighthouse, and our own gates."""

import json
import os
import re
import statistics
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scripts.judges.base import Sample, Verdict
from scripts.judges.server import SiteServer, lay_out
from sites.gates import run_gates

LIGHTHOUSE_BARS = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
LCP_LIMIT, BLOCKING_LIMIT = 1_500, 0  # ms
# A proposal asks not to be indexed, which is a finding only for a site that is its owner's.
LIGHTHOUSE = ["--quiet", "--output=json", "--no-enable-error-reporting", "--skip-audits=is-crawlable"]
_JSON_LD = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_TYPE = re.compile(r"[A-Z][A-Za-z]+")
_ERROR = re.compile(r"data\.ts\((\d+),\d+\): error TS\d+: (.*)")
_TOO_LATE = "25:00"  # what is no time of day at all


def judge_gates(samples: Iterable[Sample]) -> Verdict:
    """The product's own gates, which every site passes before it is published."""
    verdict = Verdict("own gates", 0)
    for sample in samples:
        verdict.judged += 1
        for result in run_gates(sample.files, sample.spec, sample.facts):
            verdict.findings += [f"{sample.name}: {result.gate}: {finding}" for finding in result.findings]
    return verdict


def judge_markup(samples: Iterable[Sample], jar: Path) -> Verdict:
    """Every page of every site through the Nu checker at once; warnings count."""
    verdict = Verdict("Nu checker", 0)
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for sample in samples:
            for path, content in sample.html.items():
                file = Path(folder) / f"{sample.slug}-{path}"
                file.write_bytes(content)
                names[str(file)] = f"{sample.name} {path}"
        command = ["java", "-jar", str(jar), "--format", "json", "--exit-zero-always", *names]
        done = _run(command)
        messages = json.loads(done.stderr)["messages"]
    # What is wrong in a sheet is wrong on every page that has it: told once a theme.
    found: dict[tuple[str, str], str] = {}
    for message in messages:
        name = names.get(message["url"].removeprefix("file:"), message["url"])
        text = f"{message['message']} {message.get('extract', '')[:120]!r}"
        found.setdefault((name.partition(".")[0], text), f"{name}: {text}")
    verdict.judged, verdict.findings = len(names), list(found.values())
    return verdict


def judge_links(server: SiteServer, samples: Iterable[Sample], lychee: Path) -> Verdict:
    """Every address and fragment of every page, absolute ones of the own host among them; no other host is asked."""
    verdict = Verdict("lychee", 0)
    with tempfile.TemporaryDirectory() as folder:
        samples = list(samples)
        lay_out(samples, Path(folder))
        names = {
            f"{folder}/s/{sample.slug}/{path}": f"{sample.name} {path}"
            for sample in samples
            for path in sample.html
        }
        # Sitemap and 404 page are met at their addresses, which end in their names.
        command = [str(lychee), "--offline", "--include-fragments=anchor-only", "--index-files=index.html"]
        command += [f"--root-dir={folder}", "--remap", f"^{re.escape(server.origin)} file://{quote(folder)}"]
        report = json.loads(_run([*command, "--format=json", "--no-progress", *names], good=(0, 2)).stdout)
    for file, errors in report["error_map"].items():
        for error in errors:
            address = error["url"].removeprefix(f"file://{folder}")
            verdict.findings.append(f"{names.get(file, file)}: {address}: {error['status']['text']}")
    verdict.judged = len(names)
    verdict.worst = f"{report['unique']} addresses"
    return verdict


def judge_structured_data(samples: Iterable[Sample], compiler: Path, types: Path) -> Verdict:
    """Each site's JSON-LD as a value of its type in schema-dts, Google's TypeScript types of schema.org.

    The types say which terms a type has and of which kind each value is; that a time is one is asked beside it.
    """
    verdict = Verdict("schema.org", 0)
    names: list[str] = []
    lines: list[str] = []
    used = set()
    for sample in samples:
        script = _JSON_LD.search(sample.files["index.html"].decode())
        if script is None:
            verdict.findings.append(f"{sample.name}: there is no structured data")
            continue
        text = " ".join(script[1].split())
        kind = json.loads(text).get("@type", "")
        kind = kind if _TYPE.fullmatch(kind) else "Thing"
        used.add(kind)
        lines.append(f"export const site{len(lines)}: WithContext<{kind}> = {text};")
        names.append(sample.name)
        verdict.findings += [f"{sample.name}: {finding}" for finding in _odd_values(json.loads(text))]
    head = f'import type {{ WithContext, {", ".join(sorted(used))} }} from "schema-dts";'
    with tempfile.TemporaryDirectory() as folder:
        # The types lean on another package, which lies beside them.
        (Path(folder) / "node_modules").symlink_to(types.parent.parent, target_is_directory=True)
        (Path(folder) / "data.ts").write_text("\n".join([head, *lines]) + "\n")
        options = [
            "--noEmit",
            "--strict",
            "--skipLibCheck",
            "--preserveSymlinks",
            "--target",
            "es2022",
            "--moduleResolution",
            "node",
        ]
        done = _run(["node", str(compiler), *options, "data.ts"], cwd=folder, good=(0, 1, 2))
    for line in done.stdout.splitlines():
        if match := _ERROR.match(line):
            at = int(match[1]) - 2
            verdict.findings.append(f"{names[at] if at >= 0 else 'all'}: {match[2][:300]}")
    if done.returncode and not verdict.findings:
        verdict.findings.append(done.stdout[:500] or done.stderr[:500])
    verdict.judged = len(names)
    return verdict


def _odd_values(data: dict[str, Any]) -> list[str]:
    hours, geo = data.get("openingHoursSpecification", []), data.get("geo", {})
    times = [str(entry.get(key, _TOO_LATE)) for entry in hours for key in ("opens", "closes")]
    findings = [f"{time!r} is no time of day" for time in times if not _CLOCK.fullmatch(time)]
    for axis, limit in (("latitude", 90), ("longitude", 180)):
        value = geo.get(axis, 0)
        if not isinstance(value, int | float) or abs(value) > limit:
            findings.append(f"{value!r} is no {axis}")
    return findings


def judge_by_lighthouse(
    server: SiteServer, samples: Iterable[Sample], program: Path, chromium: str
) -> Verdict:
    """Lighthouse for phones with its simulated line and processor; each page takes about 12 s."""
    verdict = Verdict("Lighthouse", 0)
    scores: dict[str, list[int]] = defaultdict(list)
    worst: dict[str, float] = {"lcp": 0, "cls": 0, "tbt": 0}
    for sample in samples:
        report = _lighthouse(server.address(sample.slug), program, chromium)
        verdict.judged += 1
        for category, bar in LIGHTHOUSE_BARS.items():
            score = round(100 * (report["categories"][category]["score"] or 0))
            scores[category].append(score)
            if score < bar:
                why = ", ".join(_failed_audits(report, category))
                verdict.findings.append(f"{sample.name}: {category} {score}, less than {bar}: {why}")
        figures = {
            "lcp": _figure(report, "largest-contentful-paint"),
            "cls": _figure(report, "cumulative-layout-shift"),
            "tbt": _figure(report, "total-blocking-time"),
        }
        worst = {key: max(worst[key], value) for key, value in figures.items()}
        if figures["lcp"] > LCP_LIMIT:
            verdict.findings.append(f"{sample.name}: LCP {figures['lcp']:.0f} ms, more than {LCP_LIMIT}")
        if figures["cls"] > 0:
            verdict.findings.append(f"{sample.name}: layout shift {figures['cls']:.4f}")
    each = [f"{name} {min(of)}/{statistics.median(of):.0f}" for name, of in scores.items()]
    verdict.worst = (
        f"{', '.join(each)} (least/median), LCP {worst['lcp'] / 1000:.2f} s, CLS {worst['cls']:.3f}, "
        f"TBT {worst['tbt']:.0f} ms, load {os.getloadavg()[0]:.1f}"
    )
    return verdict


def _lighthouse(address: str, program: Path, chromium: str) -> dict[str, Any]:
    command = ["node", str(program), address, *LIGHTHOUSE, "--chrome-flags=--headless=new --no-sandbox"]
    done = _run(command, env={**os.environ, "CHROME_PATH": chromium})
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _failed_audits(report: dict[str, Any], category: str) -> list[str]:
    audits = [
        report["audits"][one["id"]] for one in report["categories"][category]["auditRefs"] if one["weight"]
    ]
    return [
        f"{audit['id']} {audit.get('displayValue', '')}".strip()
        for audit in audits
        if (audit["score"] or 0) < 0.9
    ]


def _figure(report: dict[str, Any], audit: str) -> float:
    return float(report["audits"][audit].get("numericValue", 0))


def _run(
    command: list[str], good: tuple[int, ...] = (0,), **options: Any
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, check=False, capture_output=True, text=True, **options)
    if done.returncode not in good:
        raise SystemExit(f"{command[0]} {command[1]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done
