"""What the command ``link`` does: facts from files, folders or a store → a report, and the store brought up to date."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from datetime import date
from typing import NamedTuple

from recursion_lint.config import Config
from recursion_lint.fleet.deployments import Deployments, deployments_in
from recursion_lint.fleet.inventory import Inventory
from recursion_lint.fleet.known_loops import Event
from recursion_lint.fleet.link import Reading, report_on
from recursion_lint.fleet.repository import Repository
from recursion_lint.fleet.store import Store, StoreError, is_store
from recursion_lint.fleet.tables import NoArrow, Tables
from recursion_lint.fleet.taking_in import Update
from recursion_lint.model.report import Report
from recursion_lint.report.graph import backstage, graphml


class CompanyError(Exception):
    """What was asked for cannot be done; the message is for the user."""


class Asked(NamedTuple):
    """What to link: files, folders or a store at ``paths``; a ``store`` with what comes into it and what leaves it.

    ``account`` and ``region`` are those of repositories of which neither their facts nor ``deployments`` tell.
    ``drawn``: the report is for a format that draws, ``everything``: all that is declared and not only what the loops
    pass. ``tables`` is a folder to write the tables of all of it to.
    """

    paths: Sequence[str]
    store: str = ""
    updates: Sequence[str] = ()
    removals: Sequence[str] = ()
    account: str = ""
    region: str = ""
    deployments: str = ""
    only_across: bool = False
    drawn: bool = False
    everything: bool = False
    tables: str = ""


def link(asked: Asked, config: Config) -> Report:
    """The report that was asked for, and the tables. Raises ``CompanyError`` and ``ConfigError``."""
    try:
        with Tables(asked.tables, "part-0") if asked.tables else nullcontext() as tables:
            return _linked(asked, config, tables)
    except (NoArrow, OSError) as problem:
        raise CompanyError(f"{asked.tables}: cannot write it: {problem}") from None


def _linked(asked: Asked, config: Config, tables: Tables | None) -> Report:
    told = deployments_in(asked.deployments) if asked.deployments else Deployments(())
    told = told.otherwise(asked.account, asked.region)
    stores = [path for path in asked.paths if is_store(path)]
    if asked.store or stores:
        return _of_store(asked._replace(store=asked.store or stores[0]), stores, told, config, tables)
    if asked.updates or asked.removals:
        raise CompanyError("--update and --remove change a store: --store names it")
    reading = Reading(told.of)
    found: list[Repository] = []
    for lines, one in reading(asked.paths):
        found.append(one)
        if tables is not None:
            tables.put(Update(lines, one))
    found.sort(key=lambda one: one.origin)
    if not found and not reading.problems:
        raise CompanyError("there is nothing to link: name files of facts, or folders of them")
    report = report_on(found, config, asked.only_across, reading.problems, everything=asked.everything)
    if tables is not None:
        tables.loops(report.findings, date.today().isoformat())
    return report


def _of_store(
    asked: Asked, stores: Sequence[str], told: Deployments, config: Config, tables: Tables | None
) -> Report:
    """The report over a store: as it is, brought up to date, or as it would be with the files at ``paths``."""
    trial = [path for path in asked.paths if path not in stores]
    if len({asked.store, *stores}) > 1:
        raise CompanyError("one store at a time can be linked")
    if trial and (asked.updates or asked.removals):
        raise CompanyError("files beside a store are tried, not kept: --update or PATH, not both")
    reading = Reading(told.of)
    tried: dict[str, Repository] = {}

    def updates() -> Iterator[Update]:
        for lines, one in reading([*asked.updates, *trial]):
            if trial:
                tried[one.origin.repository] = one
            yield Update(lines, one)

    if not os.path.exists(asked.store) and (trial or not asked.updates):
        raise CompanyError(f"{asked.store}: there is no such store: --update makes it")
    try:
        store = Store(asked.store)
        try:
            results = None
            if trial or asked.updates or asked.removals:
                today = date.today().isoformat()
                results = store.update(updates(), asked.removals, today, keep=not trial)
            results = store.results() if results is None else results
            known = {one.origin.repository: one for one in store.repositories()}
            repositories = tuple(one for _, one in sorted({**known, **tried}.items()))

            def whole(names: Iterable[str]) -> tuple[Repository, ...]:
                wanted = set(names)
                return (
                    *store.whole(wanted - tried.keys()),
                    *(tried[one] for one in sorted(wanted & tried.keys())),
                )

            report = report_on(
                repositories, config, asked.only_across, reading.problems, results, whole, asked.everything
            )
            if tables is not None:
                for each in store.updates():
                    tables.put(each)
                tables.loops(report.findings, date.today().isoformat())
            # A drawing asks the store for facts.
            return report._replace(pictured=_now(report)) if asked.drawn else report
        finally:
            store.close()
    except StoreError as error:
        raise CompanyError(str(error)) from None


def _now(report: Report) -> Callable[[], object] | None:
    picture = report.pictured() if report.pictured is not None else None
    return lambda: picture


def history(path: str) -> tuple[Event, ...]:
    """All loops that a store has known. Raises ``CompanyError``."""
    if not is_store(path):
        raise CompanyError(f"{path}: there is no such store")
    try:
        store = Store(path)
        try:
            return store.history()
        finally:
            store.close()
    except StoreError as error:
        raise CompanyError(str(error)) from None


def as_entities(report: Report, owner: str, lifecycle: str, source_url: str) -> str:
    """All that the repositories of a report declare, as entities of Backstage. Raises ``CompanyError``."""
    told = report.pictured() if report.pictured is not None else None
    if not isinstance(told, Inventory):
        return ""
    try:
        return backstage.draw(told.scenes, backstage.Catalogue(told.known, owner, lifecycle, source_url))
    except backstage.NoOwner as problem:
        raise CompanyError(str(problem)) from None


def as_graphml(report: Report) -> str:
    """The repositories that the loops of a report pass, as GraphML."""
    scene = getattr(report.pictured(), "scene", None) if report.pictured is not None else None
    return graphml.draw(scene) if scene is not None else ""
