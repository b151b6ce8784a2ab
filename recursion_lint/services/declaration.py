"""How an AWS service declares itself: everything that the linter knows of one service is a field here.

Whoever needs to know something about one service asks its declaration (``registry.declared``).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from recursion_lint.model.facts import Endpoint, Produces, Seldom, Trigger, Write
from recursion_lint.model.text import Text
from recursion_lint.services.service_event import ServiceEvent
from recursion_lint.template.resource_types import ResourceKind

Reader = Callable[[Any, Any], Iterable[Any]]
"""Given a ``Reading`` and a resource, yields the facts of the resource."""

Shape = Literal["box", "function", "store", "queue", "topic", "bus"]
"""What a drawing makes of a channel or a consumer."""

FilterKind = Literal["", "filter-policy", "filter-criteria", "event-source"]
"""Which filter on the content of events keeps a writer apart from a trigger of the channel, if any."""


class ArnForm(NamedTuple):
    """How the resource part of an ARN holds a name, and what statements name of a channel.

    ``prefix`` stands before the name, ``end`` ends it (nothing: the rest is the name). Behind the prefixes ``also``
    the same name comes first in the ARNs of what belongs to it. ``within``: the name is the last part of a path.
    ``granted`` are the resources by which statements reach a channel, ``{}`` for its name; by default its ARN's.
    ``kind`` begins the names of another kind of resource that the service has beside the usual one.
    ``url``: the channel is named by the last part of a URL too. ``scheme`` begins URIs in which it comes first.
    ``qualified``: a bare name may be a partial ARN, or have a qualifier behind it. ``revised``: a bare name may have
    its revision behind ``end``. ``rooted``: it may begin with the slash that ``prefix`` ends in.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """

    prefix: str = ""
    end: str = ""
    also: tuple[str, ...] = ()
    within: bool = False
    granted: tuple[str, ...] = ()
    kind: str = ""
    url: bool = False
    scheme: str = ""
    qualified: bool = False
    revised: bool = False
    rooted: bool = False


class TaskTarget(NamedTuple):
    """Which arguments of a state machine's task name its target (the first that is there, or ``all``), and the verb.

    ``kind`` is what comes before the name where the service has channels of several kinds.

    https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
    """

    arguments: tuple[str, ...]
    verb: str
    all: bool = False
    kind: str = ""


class Output(NamedTuple):
    """Which arguments of a call say where its results go, or (``topic``) who is told of its end.

    Paths are dotted; a step ``*`` stands for every element of a list. ``bucket`` is a bucket, or an ``s3://`` URI where
    there is no ``prefix``. ``keys``: what the prefix is to the service. It is a ``folder`` (``default`` where none is
    given), in which ``inside`` begins and ``ending`` ends the keys; or it is what they begin with; or a ``file``, if it
    has the ``ending``, and else a folder; or the ``key`` itself.
    """

    bucket: str = ""
    prefix: str = ""
    topic: str = ""
    keys: Literal["folder", "prefix", "file", "key"] = "folder"
    default: str = ""
    inside: str = ""
    ending: str = ""


class SecondChannel(NamedTuple):
    """A second channel of a kind, as a remedy writes it into a template.

    ``ref`` is what ``Ref`` returns, ``name_attribute`` the attribute that holds its name (nothing where ``Ref`` does),
    ``variable`` an environment variable for it, ``suffix`` what its logical id ends in. ``price`` is what the remedy
    costs, in words. ``interchangeable``: any other channel of the kind will do (tables differ in their keys).
    ``first_in_first_out`` is the property that makes it one of that kind.
    ``properties`` are those that a new one needs.
    """

    type: str
    noun: str
    ref: Literal["name", "url", "arn"]
    name_attribute: str
    variable: str
    price: str
    suffix: str = "Output"
    remedy: str = ""
    interchangeable: bool = True
    first_in_first_out: str = ""
    properties: tuple[tuple[str, object], ...] = ()


class CdkGrants(NamedTuple):
    """The methods by which a channel's construct in the CDK grants writes, reads, and ``both`` in one.

    ``put`` grants no more than new contents, and takes a pattern of the names that it is for.

    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-construct-library.html
    """

    write: str
    read: str = ""
    both: str = ""
    put: str = ""


class WayOut(NamedTuple):
    """A remedy in words, where only a definition or code can end the loop; ``{actor}`` is who writes.

    ``of_trigger``: it breaks the trigger, not the write. ``narrowed``: title and steps where the code takes it already,
    and the grant alone is wider.
    """

    id: str
    title: str
    steps: str
    of_trigger: bool = False
    narrowed: tuple[str, str] | None = None


Range = tuple[float, float]
"""At least and at most, as a rule."""


class Price(NamedTuple):
    """What a loop through the service costs, and how fast it can go: list prices of us-east-1 in US dollars.

    ``event`` is the price of an event on its channel, from its being written to its being there; what is dealt with in
    one go costs ``run`` where it is a consumer, and ``gb_second`` for each second and gigabyte of memory that it runs.
    ``receipt`` is what a batch costs on its way out. ``waits``: the seconds that an event is under way. ``most`` events
    a second are let in by default; ``batch`` are handed over at once, in as many ``lanes`` side by side (0: as many as
    the consumer's concurrency lets). ``page`` says so. Free tiers are left out: a loop soon uses them up.
    """

    page: str
    event: Range = (0.0, 0.0)
    receipt: float = 0.0
    run: Range = (0.0, 0.0)
    gb_second: float = 0.0
    waits: Range = (0.1, 1.0)
    most: float | None = None
    batch: int = 1
    lanes: int = 0


class Service(NamedTuple):
    """One AWS service: how its resources are named, which IAM actions write to it, how its triggers are read.

    ``writes`` maps an IAM action (without the service prefix) to the event types that it puts on the channel;
    an empty set stands for the service's one and only event. ``seldom`` holds those that an action makes only by
    exception. ``readers`` maps a resource type to the function that reads its facts. ``rule`` is the rule that a loop
    through this channel belongs to.

    ``prefix`` is the prefix of the IAM actions where it is not the service's name in ARNs. A ``shared`` service has
    one channel in an account and region (an MQTT broker): a grant names a part of it, which ``topics`` reads from
    the resources and the actions of a statement. ``acts_on`` tells how the resources begin that an action is allowed
    on, where a channel has ARNs of several types. ``arn`` is how ARNs name its channels. A ``keyed`` channel holds
    objects, each under a key, which triggers and grants may name.

    Of its resources: ``runs``, they are started by being called, so their invocation is a channel of its own;
    ``runs_handler``, they run a handler that the user wrote; ``carries``, what reaches them goes on to their own
    consumers, so that a rule forwards to them and does not start them; ``polled_by_arn``, an event source mapping
    names the channel's own ARN; ``by_definition``, they do what their definition says, whatever their role allows;
    ``shape`` is how they are drawn. ``only_if_named``: nearly every role has the right to write to some of them, so a
    grant counts only for a handler, on a channel that a statement names and that is not its own.

    For judging: ``detected``, Lambda's recursive loop detection sees loops through it;
    ``address_is_for_sending``, who is given its address is to send there, for a consumer needs none; ``only_changes``,
    what is written a second time as it was makes no event; ``names_events``, its event types are words for a person.
    Of the channels on a loop the one of the lowest ``precedence`` gives the rule. ``itself`` is what a resource does
    that calls itself, surely and perhaps.

    ``events`` are those that it puts on the default bus about its own work. ``as_target`` is the call by which
    EventBridge starts the target of a rule, as an IAM action, by what its resources begin with (nothing: all).
    ``tasks`` are the calls by which a task of a state machine reaches a channel, as Step Functions spells them,
    ``outputs`` those whose arguments say where the results go.

    Of its events: ``filtered_by`` is what filters their content (filter criteria, the pattern of an EventBridge rule, a
    subscription's filter policy), ``content_filter`` which remedy writes such a filter; ``body`` is the key under which
    a filter looks for what a message holds. ``hands_on`` tells what a trigger of the channel hands on of what arrives;
    ``tells_of`` whose work the events of a channel are about; ``only_aws_puts`` which patterns nobody but AWS can
    meet; ``for_destination`` whether a grant is only what a declared destination needs.

    In words: ``label`` is what a channel of its own is called, by its name; of its writes a ``verb``, and the ``unit``
    that an invocation is counted by. ``reading`` are the actions that are left of ``service:*`` without its writes;
    ``read_too``: who has the channel for its work may well read it. ``second`` is another channel like it, ``way_out``
    the remedy where no grant closes the loop. ``cdk`` are the methods that grant its use in a CDK app.

    Of handlers' code: ``sender`` matches the path in an event that names the channel which sent it, ``event_key`` the
    one that names the object; ``unnamed`` is the channel of a call that names none. ``written`` makes the document that
    filters are compared with of a call (``CallSite``) and a reading of its values. ``published`` makes the topics of an
    operation and of what it may name, where all topics of an account are one channel. ``guarded_by`` is what a handler
    can tell its own work by: an attribute of the item, a counter in the message or in the payload.

    ``product`` is what AWS calls it, where its resource types do not say so. ``price``: what a loop costs, as far as it
    is known. Not where its events come as files of AWS's own making or where a round is a job of minutes: there the
    pace is unknown.
    """

    name: str
    rule: str
    kinds: tuple[ResourceKind, ...] = ()
    writes: Mapping[str, frozenset[str]] = {}
    readers: Mapping[str, Reader] = {}
    prefix: str = ""
    shared: bool = False
    topics: Callable[[tuple[Text, ...], frozenset[str]], tuple[Text, ...]] | None = None
    acts_on: Mapping[str, str] = {}
    seldom: Mapping[str, Seldom] = {}
    arn: ArnForm = ArnForm()
    keyed: bool = False
    events: tuple[ServiceEvent, ...] = ()
    as_target: Mapping[str, str] = {}
    tasks: Mapping[str, TaskTarget] = {}
    outputs: Mapping[str, tuple[Output, ...]] = {}
    runs: bool = False
    runs_handler: bool = False
    carries: bool = False
    by_definition: bool = False
    only_if_named: Callable[[Text], bool] | None = None
    detected: bool = False
    address_is_for_sending: bool = False
    only_changes: bool = False
    names_events: bool = True
    precedence: int = 99
    itself: tuple[str, str] = ("starts", "may start")
    shape: Shape = "box"
    filtered_by: Literal["criteria", "rule", "policy"] = "criteria"
    content_filter: FilterKind = ""
    body: str = ""
    tells_of: Callable[[Endpoint], str] | None = None
    hands_on: Callable[[Produces, Trigger], Iterator[Produces]] | None = None
    only_aws_puts: Callable[[Any], bool] | None = None
    for_destination: Callable[[Write, Trigger, Iterable[Write]], bool] | None = None
    label: Callable[[Text], str] | None = None
    verb: str = "write to"
    unit: str = "message"
    reading: tuple[str, ...] = ()
    read_too: bool = False
    polled_by_arn: bool = False
    second: SecondChannel | None = None
    way_out: WayOut | None = None
    cdk: CdkGrants | None = None
    sender: str = ""
    event_key: str = ""
    unnamed: str = ""
    written: Callable[[Any, Any], Any] | None = None
    published: Callable[[str, tuple[Text, ...]], tuple[Text, ...]] | None = None
    guarded_by: Literal["", "item", "queue", "topic", "call"] = ""
    product: str = ""
    price: Price | None = None
