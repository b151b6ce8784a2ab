"""A company in parts that no loop leaves, from the tables alone: questions in SQL that Spark and DuckDB both answer.

Points stand between those who write to a name and those who hear it, so that a hub of thousands takes no step for each
pair. What neither leads on nor is led to passes no loop, and is left out round by round; what is left is little.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import networkx

from recursion_lint.assessment.assess import in_order
from recursion_lint.assessment.evidence.hub_steps import is_hub
from recursion_lint.fleet import judge
from recursion_lint.fleet.judge import Judged, Whole, judged
from recursion_lint.fleet.repository import Repository
from recursion_lint.model.findings import Finding
from recursion_lint.model.report import Summary

EDGES = """
SELECT 'at ' || repository || ' ' || part AS here, 'written ' || name || ' in ' || source AS there
  FROM names WHERE kind = 'writes'
UNION SELECT 'heard ' || name || ' in ' || source, 'at ' || repository || ' ' || part FROM names WHERE kind = 'hears'
UNION SELECT 'written ' || name || ' in ' || source, 'heard ' || name || ' in ' || source
  FROM names WHERE kind = 'hears'
UNION SELECT 'written ' || name || ' in ', 'heard ' || name || ' in ' || source FROM names WHERE kind = 'hears'
UNION SELECT 'written ' || name || ' in ' || source, 'heard ' || name || ' in ' FROM names WHERE kind = 'writes'
UNION SELECT 'at ' || repository || ' ' || part, kind || ' ' || name
  FROM names WHERE kind IN ('uses', 'declares') AND name LIKE 'iam %'
UNION SELECT 'uses ' || name, 'at ' || repository || ' ' || part
  FROM names WHERE kind = 'declares' AND name LIKE 'iam %'
UNION SELECT 'declares ' || name, 'at ' || repository || ' ' || part
  FROM names WHERE kind = 'uses' AND name LIKE 'iam %'
"""
"""The steps between the parts of repositories and the names that they share, from the table ``names``.

Where a write or a trigger tells no source it may be any. A role that one uses and another declares joins both.
"""
PEELED = """
SELECT here, there FROM edges
WHERE there IN (SELECT here FROM edges) AND here IN (SELECT there FROM edges)
"""
"""Those of the steps in the table ``edges`` that something follows and that follow something."""
SUPPORT = """
SELECT DISTINCT g.number, d.repository FROM members g JOIN names m ON m.repository = g.repository
JOIN names d ON d.name = m.name AND d.kind IN ('declares', 'uses')
"""
"""What is judged with each of the groups in ``members``: what declares their names, or says something of them."""
ENDS = """
SELECT name, count(DISTINCT CASE WHEN kind = 'hears' THEN repository || ' ' || part END) AS listeners,
  count(DISTINCT CASE WHEN kind = 'writes' THEN repository || ' ' || part END) AS writers
FROM names WHERE kind IN ('hears', 'writes') GROUP BY name
"""
"""How many parts hear each name and write to it: ``is_hub`` tells whether that makes a hub of it."""
STACKS = "SELECT sum(stacks) FROM repositories"
ROUNDS = 12
"""So often is peeled: chains are seldom longer, and what is left of them costs no more than a look."""
FEW = 100_000
"""So few steps are looked at as they are."""


def hubs(ends: Iterable[tuple[str, int, int]]) -> frozenset[str]:
    """The names of hubs, by the answer to ``ENDS``."""
    return frozenset(name for name, listeners, writers in ends if is_hub(listeners, writers))


class Group(NamedTuple):
    """Repositories that loops may pass together, by their number."""

    number: int
    repositories: tuple[str, ...]


def groups(edges: Iterable[tuple[str, str]], repositories: Iterable[str], stacks: int) -> list[Group]:
    """The repositories in groups that no loop leaves, from the steps that are left; each one is in one group.

    A company of few ``stacks`` is one group: there ways out are weighed among all of them.
    """
    if stacks <= judge.MAX_WEIGHED:
        return [Group(0, tuple(sorted(repositories)))]
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_edges_from(edges)
    together: networkx.Graph[str] = networkx.Graph()
    together.add_nodes_from(sorted(repositories))
    for part in networkx.strongly_connected_components(graph):
        met = sorted({node.split(" ")[1] for node in part if node.startswith("at ")})
        networkx.add_path(together, met)
    found = sorted(tuple(sorted(one)) for one in networkx.connected_components(together))
    return [Group(number, one) for number, one in enumerate(found)]


def judge_group(members: Iterable[str], loaded: Iterable[Repository], whole: Whole) -> tuple[Finding, ...]:
    """The findings of a group; ``loaded`` are its repositories and those that say something of their names.

    A finding is of the group in which it stands: what else it passes may only be declared by others.
    """
    inside = frozenset(members)
    results = judged(sorted(loaded, key=lambda one: one.origin.repository), whole)
    return tuple(one for one in results.findings if one.repositories and one.repositories[0].name in inside)


def together(findings: Sequence[Finding], counts: Sequence[int]) -> Judged:
    """What all groups come to, in the order of one run. ``counts``: templates, resources, triggers and writes."""
    return Judged(tuple(sorted(findings, key=in_order)), (), Summary(*counts))
