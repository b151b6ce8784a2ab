"""What a call does to the item that the event is about, and to one that must not be there: no second round of inserts."""

from __future__ import annotations

import pytest
from handler_code import javascript, python

from recursion_lint.code.calls import Interpreted
from recursion_lint.code.item_changes import may_be_deletion, with_change
from recursion_lint.code.replay import replay

PYTHON = """
import boto3
from boto3.dynamodb.types import TypeDeserializer
table = boto3.resource("dynamodb").Table("orders")
def handler(event, context):
    for record in event["Records"]:
        change = record["dynamodb"]
        TEST
        CALL
"""
JAVASCRIPT = """
const { DynamoDBClient, UpdateItemCommand, PutItemCommand } = require("@aws-sdk/client-dynamodb");
const client = new DynamoDBClient({});
exports.handler = async (event) => {
  for (const record of event.Records) {
    TEST
    await client.send(new CALL);
  }
};
"""
NEW = 'if record["eventName"] != "INSERT": continue'
UPDATE = (
    'table.update_item(Key=KEY, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": 1}MORE)'
)
OWN = '{"id": change["Keys"]["id"]["S"]}'


def _outcome(
    found: Interpreted,
    accepted: frozenset[str] | None = None,
    names: tuple[str, ...] = ("id",),
    itself: bool = True,
) -> str:
    assert found.calls
    assert not found.gaps
    sites = [with_change(site, names, itself, may_be_deletion(accepted)) for site in found.calls]
    return replay(sites, "dynamodb", accepted, names).outcome


def _in_python(test: str, key: str = OWN, more: str = "") -> Interpreted:
    call = UPDATE.replace("KEY", key).replace("MORE", more)
    return python(PYTHON.replace("TEST", test).replace("CALL", call))


@pytest.mark.parametrize(
    "test",
    [
        NEW,
        'if not record["eventName"] == "INSERT": continue',
        'if record["eventName"] not in ["INSERT"]: continue',
        'if record.get("eventName").lower() != "insert": continue',
        'kind = record["eventName"]\n        if kind in ("MODIFY", "REMOVE"): continue',
        'if record["eventName"] == "MODIFY" or record["eventName"] == "REMOVE": continue',
    ],
)
def test_new_items_are_changed_once(test: str) -> None:
    assert _outcome(_in_python(test)) == "stops-itself"
    # The near misses: another item, and code that takes changes as well.
    assert _outcome(_in_python(test, '{"id": change["NewImage"]["parent"]["S"]}')) == "undecided"
    assert _outcome(_in_python('if record["eventName"] == "REMOVE": continue')) == "loops"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ('{"id": change["NewImage"]["id"]["S"]}', "stops-itself"),
        ('{"id": change["OldImage"]["id"]["S"]}', "undecided"),
        ('{"id": change["Keys"]["id"]["S"] + "-total"}', "undecided"),
        ('{"id": change["Keys"]["id"]["S"], "part": "total"}', "undecided"),
        ('{"name": change["Keys"]["id"]["S"]}', "undecided"),
        ('{"id": record["id"]["S"]}', "undecided"),
        # Always the same one is there from the second round on.
        ('{"id": "total"}', "stops-itself"),
        ('{"name": "total"}', "undecided"),
    ],
)
def test_only_the_key_of_the_event_tells_that_its_item_is_written(key: str, expected: str) -> None:
    assert _outcome(_in_python(NEW, key)) == expected


def test_the_key_is_that_of_the_table() -> None:
    code = _in_python(NEW)
    assert _outcome(code, names=()) == "undecided"
    assert _outcome(code, names=("id", "part")) == "undecided"
    assert _outcome(code, itself=False) == "undecided"


def test_what_is_removed_is_there_no_more() -> None:
    """A deletion starts it, and the item comes back: only where the trigger or the code leaves that out it is there."""
    always, new = _in_python("pass"), frozenset({"INSERT"})
    assert _outcome(always, new) == "stops-itself"
    assert _outcome(always, new | {"REMOVE"}) != "stops-itself"
    assert _outcome(always, new | {"MODIFY"}) == "loops"
    by_image = _in_python("pass", '{"id": change["NewImage"]["id"]["S"]}')
    assert _outcome(by_image, new | {"REMOVE"}) == "stops-itself"


@pytest.mark.parametrize(
    ("condition", "key", "expected"),
    [
        ("attribute_not_exists(id)", OWN, "stops-itself"),
        ("attribute_not_exists(id) AND attribute_not_exists(gone)", OWN, "stops-itself"),
        ("attribute_not_exists(id)", '{"id": "total"}', "stops-itself"),
        ("attribute_not_exists(gone)", OWN, "undecided"),
        ("attribute_not_exists(id) OR expires < :now", OWN, "undecided"),
        ("attribute_not_exists(id) AND n > :zero OR expires < :now", OWN, "undecided"),
        ("attribute_exists(id)", OWN, "undecided"),
        ("attribute_not_exists(id)", '{"id": change["NewImage"]["next"]["S"]}', "undecided"),
    ],
)
def test_what_is_there_is_not_made_once_more(condition: str, key: str, expected: str) -> None:
    code = _in_python("pass", key, f', ConditionExpression="{condition}"')
    assert _outcome(code) == expected
    put = f'table.put_item(Item={{**{key}, "n": 1}}, ConditionExpression="{condition}")'
    assert _outcome(python(PYTHON.replace("TEST", "pass").replace("CALL", put))) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("record.dynamodb.Keys", "stops-itself"),
        ("{ id: record.dynamodb.Keys.id }", "stops-itself"),
        ("{ id: { S: record.dynamodb.NewImage.id.S } }", "stops-itself"),
        ("{ id: record.dynamodb.NewImage.parent }", "undecided"),
    ],
)
def test_in_javascript(key: str, expected: str) -> None:
    call = f'UpdateItemCommand({{ TableName: "orders", Key: {key}, UpdateExpression: "ADD n :one" }})'
    for test in (
        'if (record.eventName !== "INSERT") { continue; }',
        'switch (record.eventName) { case "MODIFY": case "REMOVE": continue; }',
    ):
        assert _outcome(javascript(JAVASCRIPT.replace("TEST", test).replace("CALL", call))) == expected


@pytest.mark.parametrize(("image", "expected"), [("NewImage.id.S", "stops-itself"), ("eventID", "undecided")])
def test_what_is_there_is_not_made_once_more_in_javascript(image: str, expected: str) -> None:
    item = f"{{ id: {{ S: record.dynamodb.{image} }}, n: {{ N: '1' }} }}"
    put = (
        f'PutItemCommand({{ TableName: "t", Item: {item}, ConditionExpression: "attribute_not_exists(id)" }})'
    )
    assert _outcome(javascript(JAVASCRIPT.replace("TEST", "").replace("CALL", put))) == expected
