"""Amazon Cognito user pools: functions that the pool calls while a user signs up, in or on.

The pool waits for the answer, and says in ``triggerSource`` why it calls; such a function often serves other callers
too. So whether the call that would start it again is made in answer to the pool is the handler's to tell.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Accepts, Endpoint, Trigger
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Span
from recursion_lint.services.declaration import ArnForm, Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

_MESSAGES = frozenset({"CustomMessage", "CustomEmailSender", "CustomSMSSender"})
_TOKENS = frozenset({"PreTokenGeneration", "PostAuthentication"})
_CHALLENGES = frozenset({"DefineAuthChallenge", "CreateAuthChallenge", *_TOKENS})
_SIGN_IN = frozenset({"PreAuthentication", "UserMigration", *_CHALLENGES, *_MESSAGES})
_SIGN_UP = frozenset({"PreSignUp", *_MESSAGES})
_CONFIRM = frozenset({"PostConfirmation"})

# The triggers that an API call fires, by IAM action.
_WRITES = {
    "AdminCreateUser": _SIGN_UP,
    "SignUp": _SIGN_UP | _CONFIRM,  # a PreSignUp trigger may confirm the user at once
    "AdminConfirmSignUp": _CONFIRM,
    "ConfirmSignUp": _CONFIRM,
    "ConfirmForgotPassword": _CONFIRM,
    "AdminInitiateAuth": _SIGN_IN,
    "InitiateAuth": _SIGN_IN,
    "AdminRespondToAuthChallenge": _CHALLENGES | {"VerifyAuthChallengeResponse"},
    "RespondToAuthChallenge": _CHALLENGES | {"VerifyAuthChallengeResponse"},
    "ForgotPassword": _MESSAGES | {"UserMigration"},
    "AdminResetUserPassword": _MESSAGES,
    "ResendConfirmationCode": _MESSAGES,
    "AdminUpdateUserAttributes": _MESSAGES,
    "UpdateUserAttributes": _MESSAGES,
    "GetUserAttributeVerificationCode": _MESSAGES,
}


def read_pool(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Cognito::UserPool``: ``LambdaConfig`` names a function, or a map that holds it, for each trigger."""
    resolver = reading.resolver
    pool, needed = reading.endpoint(resource), resolver.resource_requires(resource)
    yield reading.declared(resource, pool)
    for config, more in resolver.branches(resource.get("LambdaConfig"), needed):
        for name, span, node in config.entries():
            function = node.get("LambdaArn") if node.intrinsic is None and node.kind == "map" else node
            trigger = name.removesuffix("Config")
            yield from _triggers(reading, pool, frozenset({trigger}), function, span, more)


def read_event(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """A ``Cognito`` event of a SAM function: ``Trigger`` is one name or a list of them."""
    resolver = reading.resolver
    needed = resolver.resource_requires(resource)
    names = frozenset(resolver.literal(item) or "" for item in resolver.elements(resource.get("Trigger")))
    for pool, more in reading.endpoints(resource.get("UserPool"), "cognito-idp", needed):
        yield from _triggers(reading, pool, names, resource.get("Target"), resource.span, more)


def _triggers(
    reading: Reading, pool: Endpoint, names: frozenset[str], node: Node | None, span: Span, requires: Requires
) -> Iterator[Trigger]:
    undecided = "whether the handler makes that call when the pool calls it (triggerSource), and not for other callers"
    reason = f"{{source}} calls {{target}} ({', '.join(sorted(names))})"
    for function, more in reading.endpoints(node, "lambda", requires):
        accepts = Accepts(names, undecided=undecided)
        yield Trigger(pool, function, reason, span, accepts=accepts, delivery="sync", requires=more)


_POOL = {"Arn": "arn", "UserPoolId": "name"}

SERVICE = Service(
    name="cognito-idp",
    rule="other-loop",
    kinds=(
        ResourceKind(
            "AWS::Cognito::UserPool", "cognito-idp", "cognito-idp:@:userpool/{}", None, "name", _POOL
        ),
    ),
    writes=_WRITES,
    readers={"AWS::Cognito::UserPool": read_pool, "AWS::Serverless::CognitoEvent": read_event},
    arn=ArnForm("userpool/", "/"),
    verb="change users of",
)
