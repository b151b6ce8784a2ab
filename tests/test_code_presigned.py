"""Presigned URLs: what the function itself sends to one is a write; what it hands on is none."""

from __future__ import annotations

import pytest
from handler_code import javascript, python, writes

PUT = "url = s3.generate_presigned_url('put_object', Params={'Bucket': os.environ['OUT'], 'Key': 'k'})\n    "
PYTHON = """
import boto3, http.client, httpx, json, os, requests, subprocess, urllib.parse, urllib.request, urllib3
s3 = boto3.client("s3")
def send(address):
    requests.put(address, data=b"x")
def handler(event, context):
    %s
"""
JAVASCRIPT = """
const {S3Client, PutObjectCommand, GetObjectCommand} = require("@aws-sdk/client-s3");
const {getSignedUrl} = require("@aws-sdk/s3-request-presigner");
const {createPresignedPost} = require("@aws-sdk/s3-presigned-post");
const AWS = require("aws-sdk"), axios = require("axios"), https = require("https");
const s3 = new S3Client({}), old = new AWS.S3();
const place = {Bucket: process.env.OUT, Key: "k"};
exports.handler = async (event) => {
  const url = await getSignedUrl(s3, new PutObjectCommand(place));
  %s;
};
"""
WRITTEN = ["s3.PutObject env:OUT 'k'"]


@pytest.mark.parametrize(
    "use",
    [
        "requests.put(url, data=b'x')",
        "requests.put(url=url, data=b'x')",
        "requests.request('PUT', url, data=b'x')",
        "requests.Session().put(url, data=b'x')",
        "httpx.put(url, content=b'x')",
        "urllib3.PoolManager().request('PUT', url, body=b'x')",
        "urllib.request.urlopen(urllib.request.Request(url, data=b'x', method='PUT'))",
        "send(url)",
        "send({'address': url}['address'])",
    ],
)
def test_python_that_sends_to_it(use: str) -> None:
    found = python(PYTHON % (PUT + use))
    assert (writes(found), found.gaps) == (WRITTEN, ())
    assert found.calls[0].reached


def test_a_form_of_python_is_posted() -> None:
    use = "post = s3.generate_presigned_post(os.environ['OUT'], 'k')\n    requests.post(post['url'], data=post['fields'])"
    assert writes(python(PYTHON % use)) == WRITTEN


@pytest.mark.parametrize(
    "use",
    [
        "subprocess.run(['curl', '-T', '/tmp/x', url])",
        "http.client.HTTPSConnection(urllib.parse.urlparse(url).netloc)",
    ],
)
def test_what_is_done_with_it_elsewhere_may_be_a_write(use: str) -> None:
    found = python(PYTHON % (PUT + use))
    assert (writes(found), [site.reached for site in found.calls]) == (WRITTEN, [False])


@pytest.mark.parametrize(
    "use",
    [
        "return {'statusCode': 200, 'body': json.dumps({'url': url})}",
        "print(url)",
        "requests.post('https://example.com/hook', json={'url': url})",
        "requests.get(url)",
        "boto3.client('secretsmanager').put_secret_value(SecretId='x', SecretString=url)",
    ],
)
def test_python_that_hands_it_on(use: str) -> None:
    assert not python(PYTHON % (PUT + use)).calls


def test_what_is_signed_for_reading_writes_nothing() -> None:
    use = "url = s3.generate_presigned_url('get_object', Params={'Bucket': 'b', 'Key': 'k'})\n    requests.put(url)"
    assert not python(PYTHON % use).calls


@pytest.mark.parametrize(
    "use",
    [
        "await fetch(url, {method: 'PUT', body: 'x'})",
        "await axios.put(url, 'x')",
        "await axios({url, method: 'put', data: 'x'})",
        "await axios.request({url, method: 'put', data: 'x'})",
        "https.request(url, {method: 'PUT'}, () => {}).end('x')",
        "const u = new URL(url); https.request({host: u.host, path: u.pathname, method: 'PUT'}).end('x')",
        "await axios.put(old.getSignedUrl('putObject', place), 'x')",
        "await axios.put(await old.getSignedUrlPromise('putObject', place), 'x')",
        "old.getSignedUrl('putObject', place, (error, address) => axios.put(address, 'x'))",
        "const form = await createPresignedPost(s3, place); await axios.post(form.url, 'x')",
    ],
)
def test_javascript_that_sends_to_it(use: str) -> None:
    found = javascript(JAVASCRIPT % use)
    assert (writes(found), found.gaps) == (WRITTEN, ())


@pytest.mark.parametrize(
    "use",
    [
        "return {statusCode: 200, body: JSON.stringify({url})}",
        "await fetch(url)",
        "await axios.get(url)",
        "await axios.post('https://example.com/hook', {url})",
        "await fetch(await getSignedUrl(s3, new GetObjectCommand(place)), {method: 'PUT'})",
    ],
)
def test_javascript_that_hands_it_on(use: str) -> None:
    assert not javascript(JAVASCRIPT % use).calls
