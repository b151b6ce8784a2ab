"""Handler sketches, in the current SDK of the function's runtime."""

from __future__ import annotations

from recursion_lint.model.facts import Endpoint
from recursion_lint.remedies.case import Case
from recursion_lint.remedies.sketches import Language

RECORDER = """\
import os, time
from urllib.parse import unquote_plus
import boto3
from botocore.exceptions import ClientError

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])

def handler(event, context):
    for record in event["Records"]:
        item = {
            "ID": unquote_plus(record["s3"]["object"]["key"]),
            "Bucket": record["s3"]["bucket"]["name"],
            "ExpiresAt": int(time.time()) + 24 * 3600,  # TTL is in seconds
        }
        try:
            table.put_item(Item=item, ConditionExpression="attribute_not_exists(ID)")
        except ClientError as problem:
            if problem.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
"""
_IMAGE_PYTHON = """\
def handler(event, context):
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        bucket, key = image["Bucket"]["S"], image["ID"]["S"]
        ...  # work; write the result back under the same key
"""
_IMAGE_NODE = """\
export const handler = async (event) => {
  for (const record of event.Records) {
    const { Bucket, ID } = record.dynamodb.NewImage;
    // work on Bucket.S and ID.S; write the result back under the same key
  }
};
"""


def language(case: Case, actor: Endpoint) -> Language:
    """What a function's handler is written in, by its runtime; Python where that is another one."""
    return "javascript" if _is_node(case, actor) else "python"


def from_stream(case: Case, actor: Endpoint) -> str:
    """A handler that reads the key from a record of the table's stream."""
    return _IMAGE_NODE if _is_node(case, actor) else _IMAGE_PYTHON


def _is_node(case: Case, actor: Endpoint) -> bool:
    place = case.place(actor)
    if place is None:
        return False
    found = place.body.get("Properties", "Runtime") or place.editor.root.get("Globals", "Function", "Runtime")
    return found is not None and (found.text or "").startswith("nodejs")
