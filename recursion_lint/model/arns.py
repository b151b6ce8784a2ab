"""ARNs as symbolic text, taken apart.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from functools import lru_cache
from typing import NamedTuple

from recursion_lint.model.text import ANY, Symbol, Text, split_text

_OWN_PLACE = frozenset(
    {"region", "regionname", "regionid", "account", "accountid", "accountnumber", "accountno"}
)


class Arn(NamedTuple):
    """The parts of an ARN that tell resources apart; ``resource`` is all after the account."""

    service: Text
    region: Text
    account: Text
    resource: Text


@lru_cache(maxsize=16_384)
def split_arn(value: Text) -> Arn | None:
    """Take an ARN (or an IAM pattern of one, wildcards read) apart; ``None`` for what does not begin as an ARN.

    A wildcard that ends the text may reach across colons, so missing fields are wildcards then.
    """
    if value and value[0] == ANY and len(value) == 1:
        return Arn((ANY,), (ANY,), (ANY,), (ANY,))
    fields = split_text(value, ":", 5)
    if fields[0] not in (("arn",), (ANY,)) or len(fields) < 3:
        return None
    if len(fields) < 6:
        if not fields[-1] or fields[-1][-1] != ANY:
            return None
        fields += [(ANY,)] * (6 - len(fields))
    return Arn(fields[2], fields[3], fields[4], fields[5])


def set_apart(value: Text) -> Text:
    """The account or the region of an ARN that a parameter (a mapping, an import) gives; empty where there is none.

    It may well be another than the stack's own: what else would the parameter be for? One that is called ``Region``
    or ``AccountId`` and no more is taken for the stack's own, by somebody who did not know the pseudo parameter.
    """
    arn = split_arn(value)
    for field in (arn.account, arn.region) if arn is not None else ():
        if any(isinstance(part, Symbol) and _sets_apart(part) for part in field):
            return field
    return ()


def _sets_apart(symbol: Symbol) -> bool:
    plain = symbol.name.lower().replace("_", "").replace("-", "").removeprefix("aws")
    own = symbol.kind == "parameter" and plain in _OWN_PLACE
    return not symbol.wild and symbol.kind != "pseudo" and not own
