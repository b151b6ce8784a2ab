"""Which actors are told of a channel by an environment variable of one name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recursion_lint.model.arns import set_apart
from recursion_lint.model.facts import Endpoint, Mention
from recursion_lint.model.text import strip_prefix, text
from recursion_lint.services.naming import endpoint_of, kind_told

_Told = dict[Endpoint, dict[Endpoint, None]]


class Addressed:
    """The actors by the variables that they have and the channels that these name; worked out when first asked for."""

    def __init__(self, mentions: Mapping[Endpoint, tuple[Mention, ...]]) -> None:
        self._mentions = mentions
        self._named: dict[str, list[tuple[Endpoint, Mention]]] | None = None
        self._known: dict[tuple[str, str], _Told] = {}

    def actors(self, variable: str, channel: Endpoint) -> Iterator[Endpoint]:
        """The actors that a ``variable`` tells the name, the ARN or the URL of ``channel``."""
        told = self._told(variable, channel.service)
        yield from told.get(channel, ())
        kind = kind_told(channel)
        plain = strip_prefix(channel.name, kind) if kind else None
        if plain is not None:
            yield from told.get(channel._replace(name=plain), ())

    def _told(self, variable: str, service: str) -> _Told:
        asked = variable, service
        if asked not in self._known:
            found: _Told = {}
            for actor, mention in self._of(variable):
                if mention.value and not set_apart(mention.value):
                    named = endpoint_of(mention.value, service)
                    found.setdefault(named._replace(name=text(named.name)), {})[actor] = None
            self._known[asked] = found
        return self._known[asked]

    def _of(self, variable: str) -> list[tuple[Endpoint, Mention]]:
        if self._named is None:
            self._named = {}
            for actor, told in self._mentions.items():
                for mention in told:
                    self._named.setdefault(mention.name, []).append((actor, mention))
        return self._named.get(variable, [])
