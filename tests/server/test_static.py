"""What browsers get: tokens with enough contrast, vendored files unchanged, templates without loose ends."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "server"
CSS = (SERVER / "static" / "app.css").read_text()
PAIRS = [
    ("text", "bg", 4.5),
    ("text", "surface", 4.5),
    ("text", "surface-2", 4.5),
    ("muted", "bg", 4.5),
    ("muted", "surface", 4.5),
    ("muted", "surface-2", 4.5),
    ("on-accent", "accent", 4.5),
    ("accent", "accent-soft", 4.5),
    ("accent", "surface", 4.5),
    ("accent", "bg", 4.5),
    ("text", "accent-soft", 4.5),
    ("ok", "ok-soft", 4.5),
    ("warn", "warn-soft", 4.5),
    ("bad", "bad-soft", 4.5),
    ("bad", "surface", 4.5),
    ("line-strong", "surface", 3.0),
    ("line-strong", "bg", 3.0),
]


def token(name, theme):
    light, dark = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", CSS).groups()
    return light if theme == "light" else dark


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_tokens_have_enough_contrast(front, back, least, theme):
    a, b = luminance(token(front, theme)), luminance(token(back, theme))
    assert (max(a, b) + 0.05) / (min(a, b) + 0.05) >= least


def test_vendored_files_are_the_ones_in_the_manifest():
    vendor = SERVER / "static" / "vendor"
    manifest = json.loads((vendor / "manifest.json").read_text())
    for entry in manifest:
        digest = hashlib.sha384((vendor / entry["file"]).read_bytes()).digest()
        assert entry["integrity"] == "sha384-" + base64.b64encode(digest).decode(), entry["file"]
        assert (vendor / entry["licence_file"]).exists()
    named = {entry["file"] for entry in manifest} | {entry["licence_file"] for entry in manifest} | {"manifest.json"}
    assert {path.name for path in vendor.iterdir()} == named


def test_the_first_page_stays_within_its_budget():
    files = [path for path in (SERVER / "static").rglob("*") if path.is_file()]
    weight = {path.name: len(gzip.compress(path.read_bytes())) for path in files}
    assert sum(size for name, size in weight.items() if name.endswith(".js")) <= 60_000
    assert weight["app.css"] <= 12_000
    assert sum(size for name, size in weight.items() if name.endswith(".woff2")) <= 50_000


def test_templates_hold_no_script_style_or_handler():
    for path in (SERVER / "templates").glob("*.html"):
        source = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)", source), path.name
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:", source), path.name
        assert "|safe" not in source, path.name


def test_every_icon_that_a_template_uses_is_in_the_sprite():
    sprite = next((SERVER / "static" / "vendor").glob("lucide-*.svg")).read_text()
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    used = set()
    for path in [*(SERVER / "templates").glob("*.html"), *(SERVER / "pages").glob("*.py"), SERVER / "prompts.py"]:
        used |= set(re.findall(r'icon\("([a-z0-9-]+)"', path.read_text()))
    assert used <= known
