"""The classes that describe the content of events: what a codec of facts must know beside the annotations."""

from recursion_lint.patterns.events import Doc, Glob, Items, OneOf, Unknown
from recursion_lint.patterns.operators import Pattern, Words
from recursion_lint.patterns.strings import Among

DOCUMENTS: tuple[type, ...] = (Doc, Glob, Items, OneOf, Unknown, Among, Words, Pattern)
