"""The loader: finds modules in the house and in plug-ins, and builds the catalogue of them.

A house module is a folder `modules/<category>/<module>/` whose package holds `MODULE`; a
plug-in is a distribution with the entry point group `ait.modules` (or `ait.tools` for loose
tools). Nobody lists them. Each goes through the lifecycle that `ait modules list` shows; one
that fails stays where it failed, with its reason, and the others load.
"""

import gc
import importlib
import inspect
import json
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any, Final

from core.errors import Conflict, NotFound
from core.i18n import N_
from core.records import Record
from modules.manifest import Module
from modules.plugins import pinned
from tools import panels
from tools.catalogue import Catalogue
from tools.tool import MARK, Declaration, Tool, declared

HOME: Final = Path(__file__).parent


class State(StrEnum):
    """Where a module stands in its life."""

    DISCOVERED = "discovered"
    VALIDATED = "validated"
    LOADED = "loaded"
    REGISTERED = "registered"
    HEALTHY = "healthy"
    RUNNING = "running"
    RELOADING = "reloading"
    UNLOADED = "unloaded"


@dataclass(frozen=True)
class Found:
    """A module that was found: where, and how far it has come."""

    package: str
    state: State = State.DISCOVERED
    manifest: Module | None = None
    plugin: str | None = None
    error: str | None = None
    tools: tuple[Tool, ...] = ()
    records: tuple[type[Record], ...] = ()
    panels: tuple[tuple[str, Callable[..., Any]], ...] = ()
    paths: tuple[Path, ...] = field(default=(), repr=False)

    @property
    def id(self) -> str:
        """The manifest's id, or the package's name while there is none."""
        return self.manifest.id if self.manifest else self.package


class Modules:
    """All modules of an installation, and the catalogue of those that run."""

    def __init__(self, data_dir: Path, *, plugins: bool = True) -> None:
        """Prepare; `load` does the work.

        Args:
            data_dir: holds `modules.json`, which says what is disabled and pinned.
            plugins: whether plug-ins may load.
        """
        self.choices = data_dir / "modules.json"
        self.plugins = plugins
        self.found: dict[str, Found] = {}
        self._catalogue = Catalogue.of(())
        self._lock = RLock()
        self._read_at = 0.0

    def load(self) -> None:
        """Find and load all, and swap the catalogue."""
        with self._lock, _without_collecting():
            loaded = [self._load(found) for found in self._discover()]
            self.found = {found.id: found for found in self._validated(loaded)}
            self._register()

    def catalogue(self) -> Catalogue:
        """The current snapshot; follows what another process enabled or disabled."""
        if self._changed_at() != self._read_at:
            with self._lock:
                self._register()
        return self._catalogue

    def disabled(self) -> set[str]:
        """Ids of the modules that an administrator has switched off."""
        return set(self._choices().get("disabled", ()))

    def enable(self, id: str, *, on: bool) -> Found:
        """Switch a module on or off; data stays.

        Raises:
            NotFound: there is no such module.
            Conflict: a module that runs depends on it.
        """
        found = self.get(id)
        needed = [
            f.id for f in self.found.values() if f.state is State.RUNNING and f.manifest and id in f.manifest.depends
        ]
        if not on and needed:
            raise Conflict(N_("No se puede desactivar: lo necesitan {modules}."), modules=", ".join(needed))
        choices = self._choices()
        left = set(choices.get("disabled", ())) - {id}
        self._choose({**choices, "disabled": sorted(left if on else left | {id})})
        with self._lock:
            self._register()
        return self.found[found.id]

    def pin(self, distribution: str, digest: str) -> None:
        """Trust a plug-in's code as it is now, by its digest."""
        choices = self._choices()
        self._choose({**choices, "pinned": {**choices.get("pinned", {}), distribution: digest}})

    def reload(self, id: str) -> Found:
        """Read a module's code again and swap the catalogue. Files that declare records stay as they are.

        Raises:
            Conflict: all of the module is in one file with its records: a table can't be
                declared twice in one process.
        """
        found = self.get(id)
        with_records = {record.__module__ for record in found.records}
        if found.package in with_records:
            raise Conflict(N_("Para recargarlo sin reiniciar, sus registros deben estar en records.py."))
        names = [n for n in sys.modules if n == found.package or n.startswith(f"{found.package}.")]
        with self._lock:
            self.found[id] = replace(found, state=State.RELOADING)
            former = {name: sys.modules.pop(name) for name in names if name not in with_records}
            fresh = self._load(replace(found, state=State.DISCOVERED))
            if fresh.error:
                sys.modules.update(former)
                self.found[id] = found
                raise Conflict(N_("La recarga ha fallado y sigue lo anterior: {error}"), error=fresh.error)
            self.found[id] = fresh
            self._register()
            return self.found[id]

    def get(self, id: str) -> Found:
        """The module of that id.

        Raises:
            NotFound: there is none.
        """
        if id not in self.found:
            raise NotFound(what=N_("el módulo"), ref=id)
        return self.found[id]

    def migrations(self) -> list[Path]:
        """The version folders of all modules, loaded or not switched on: data outlives a switch."""
        folders = [path / "migrations" for found in self.found.values() for path in found.paths]
        return [folder for folder in folders if folder.is_dir()]

    def _discover(self) -> Iterator[Found]:
        for category in sorted(p for p in HOME.iterdir() if (p / "__init__.py").exists()):
            for folder in sorted(p for p in category.iterdir() if (p / "__init__.py").exists()):
                yield Found(f"modules.{category.name}.{folder.name}")
        if self.plugins:
            for point in (*entry_points(group="ait.modules"), *entry_points(group="ait.tools")):
                yield self._plugin(point)

    def _plugin(self, point: EntryPoint) -> Found:
        name = point.dist.name if point.dist else point.name
        refused = pinned(point.dist, self._choices().get("pinned", {})) if point.dist else None
        return Found(point.value.partition(":")[0], plugin=name, error=refused)

    def _load(self, found: Found) -> Found:
        if found.error:
            return found
        try:
            package = importlib.import_module(found.package)
            parts = [package, *_submodules(package)]
        except Exception as error:  # noqa: BLE001 — a broken plug-in must not stop the house
            return replace(found, error=f"{type(error).__name__}: {error}")
        manifest = getattr(package, "MODULE", None) or _loose(found)
        return replace(
            found,
            state=State.LOADED,
            manifest=manifest,
            tools=tuple(_tool(manifest, f) for part in parts for f in declared(part)),
            records=tuple(_records(parts)),
            panels=tuple(_panels(parts)),
            paths=tuple(Path(p) for p in getattr(package, "__path__", ())),
        )

    def _validated(self, loaded: list[Found]) -> list[Found]:
        ids = {found.id for found in loaded if found.manifest}
        checked = []
        for found in loaded:
            missing = [d for d in (found.manifest.depends if found.manifest else ()) if d not in ids]
            checked.append(
                replace(found, state=State.DISCOVERED, error=f"needs {', '.join(missing)}") if missing else found
            )
        return checked

    def _register(self) -> None:
        self._read_at = self._changed_at()
        off = self.disabled()
        running = []
        for id, found in self.found.items():
            if found.error:
                continue
            state = State.UNLOADED if id in off else State.RUNNING
            self.found[id] = replace(found, state=state)
            if state is State.RUNNING:
                running.append(found)
        gathered: dict[str, list[Callable[..., Any]]] = defaultdict(list)
        for found in running:
            for kind, function in found.panels:
                gathered[kind].append(function)
        self._catalogue = Catalogue.of(
            (tool for found in running for tool in found.tools), {k: tuple(v) for k, v in gathered.items()}
        )

    def _changed_at(self) -> float:
        try:
            return self.choices.stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def _choices(self) -> dict[str, Any]:
        if not self.choices.exists():
            return {}
        found: dict[str, Any] = json.loads(self.choices.read_text(encoding="utf-8"))
        return found

    def _choose(self, choices: dict[str, Any]) -> None:
        fresh = self.choices.with_suffix(".new")
        fresh.write_text(json.dumps(choices, indent=2), encoding="utf-8")
        fresh.replace(self.choices)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Nothing that is imported becomes garbage, and looking for it takes a quarter of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _submodules(package: ModuleType) -> Iterable[ModuleType]:
    for part in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{package.__name__}."):
        if "migrations" not in part.name.split("."):
            yield importlib.import_module(part.name)


def _loose(found: Found) -> Module:
    """The manifest of loose tools (`ait.tools`): the distribution's name."""
    return Module(
        id=found.plugin or found.package,
        category="integration_automation",
        version="0",
        summary=found.plugin or found.package,
    )


def _tool(manifest: Module, function: Callable[..., Any]) -> Tool:
    said: Declaration = getattr(function, MARK)
    name = f"{said.engine or manifest.short}_{function.__name__}"
    return Tool(name, manifest.id, said.risk, said.permission, said.examples, said.title, function)


def _records(parts: Iterable[ModuleType]) -> Iterator[type[Record]]:
    for part in parts:
        for kind in vars(part).values():
            own = inspect.isclass(kind) and kind.__module__ == part.__name__
            if own and issubclass(kind, Record) and hasattr(kind, "__table__"):
                yield kind


def _panels(parts: Iterable[ModuleType]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for part in parts:
        for function in vars(part).values():
            if inspect.isfunction(function) and function.__module__ == part.__name__ and hasattr(function, panels.MARK):
                yield getattr(function, panels.MARK), function
