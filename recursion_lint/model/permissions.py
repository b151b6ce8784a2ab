"""What one template says about permissions: roles, who may have them, their policies and the statements in these.

They are facts like the others, and part of ``facts.Facts``.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from recursion_lint.model.path_conditions import ALWAYS, Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import Text


class Allowed(NamedTuple):
    """What a statement of a permissions boundary allows; no resources are all."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[Text, ...]


class Through(NamedTuple):
    """How a statement of another role serves an actor: in words (``by assuming Publisher``), and how surely.

    ``holder`` is the role's logical id. ``broad``: what lets it use that role does not name the role. ``passed``: a
    service acts by the role, not the actor.
    """

    words: str
    holder: str = ""
    broad: bool = False
    passed: bool = False


class Statement(NamedTuple):
    """An IAM statement on a role. ``resources`` and ``not_resources`` are patterns with wildcards read.

    ``spans`` are those of ``actions``, where they stand one by one in the template. ``within`` is what the
    role's permissions boundary allows, where it has one that is known: nothing else is allowed.
    ``through`` is set where the role is not the actor's own. ``unseen``: no template of the run shows the role, so it
    may allow anything or nothing.
    """

    role: Text
    effect: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[tuple[Text, Requires], ...]
    not_resources: tuple[Text, ...]
    condition: Mapping[str, Mapping[str, tuple[Text, ...]]]
    span: Span
    label: str
    requires: Requires = ALWAYS
    managed: bool = False
    spans: tuple[Span, ...] = ()
    within: tuple[Allowed, ...] | None = None
    through: Through | None = None
    unseen: bool = False


class Policy(NamedTuple):
    """A managed policy that a template declares, by name; its statements are on no role yet.

    ``complete``: all that it says was understood. A resource policy for everybody is one with the name ``*``.
    """

    name: Text
    statements: tuple[Statement, ...]
    complete: bool = True


class Attachment(NamedTuple):
    """A managed policy on a role, by name. ``given`` is how the role names it."""

    role: Text
    policy: Text
    given: Text
    span: Span
    requires: Requires = ALWAYS


class Boundary(NamedTuple):
    """One of the policies that a role's permissions boundary may be, by name or by what AWS's own policy says.

    Without a name and without statements it is not known, or there is none.
    """

    role: Text
    policy: Text = ()
    statements: tuple[Statement, ...] | None = None
    requires: Requires = ALWAYS


class Trust(NamedTuple):
    """Whom a trust policy lets have a role: all of an account, a role, a service, by its name.

    ``sure``: that it is the account of the stack, and none that a parameter names.
    """

    kind: Literal["account", "role", "service"]
    name: Text
    condition: Mapping[str, Mapping[str, tuple[Text, ...]]] = {}
    requires: Requires = ALWAYS
    sure: bool = True


class Role(NamedTuple):
    """A declared role. ``path`` stands before the name in its ARN; ``trusts`` are those who may have it.

    ``tags`` are those whose values the template shows.
    """

    name: Text
    id: str
    path: Text
    trusts: tuple[Trust, ...] = ()
    requires: Requires = ALWAYS
    tags: tuple[tuple[str, Text], ...] = ()
