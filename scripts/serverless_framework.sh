#!/usr/bin/env bash
# An application packed by the real Serverless Framework, version 3, and by osls, its fork: the loop in it is found, at
# the line of the handler. Both come from npm into .cache/; packing needs no account.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
lint=${RECURSION_LINT:-$PWD/.venv/bin/recursion-lint}
cache=$PWD/.cache/serverless
if ! command -v npm > /dev/null; then
    echo "skipped: npm is not installed, and the Serverless Framework comes from there"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
cat > "$work/serverless.yml" << 'YAML'
service: orders
provider:
  name: aws
  runtime: nodejs20.x
  region: eu-central-1
  environment:
    QUEUE_URL: !Ref Jobs
  iam:
    role:
      statements:
        - Effect: Allow
          Action: sqs:SendMessage
          Resource: !GetAtt Jobs.Arn
functions:
  worker:
    handler: src/worker.handler
    events:
      - sqs:
          arn: !GetAtt Jobs.Arn
resources:
  Resources:
    Jobs:
      Type: AWS::SQS::Queue
YAML
cat > "$work/src/worker.js" << 'JS'
const { SQSClient, SendMessageCommand } = require("@aws-sdk/client-sqs");
const client = new SQSClient({});
exports.handler = async (event) => {
  await client.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: event.Records[0].body }));
};
JS
export SLS_TELEMETRY_DISABLED=1 SLS_NOTIFICATIONS_MODE=off AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none
for package in serverless@3.40.0 osls@4.3.1; do
    name=${package%@*}
    program=$cache/$name/node_modules/.bin/$name
    if ! [ -x "$program" ] &&
        ! timeout 240 npm install --silent --no-audit --no-fund --fetch-retries 1 --prefix "$cache/$name" "$package"; then
        rm -rf "${cache:?}/$name"
        echo "skipped: $package could not be had from npm"
        continue
    fi
    rm -rf "$work/.serverless"
    (cd "$work" && timeout 120 "$program" package > packed 2>&1) || {
        cat "$work/packed"
        exit 1
    }
    status=0
    (cd "$work" && "$lint" check --strict .serverless > told) || status=$?
    if [ "$status" != 1 ] || ! grep -q 'error\[sqs-loop\]' "$work/told" || ! grep -q 'src/worker.js:4' "$work/told"; then
        cat "$work/told"
        echo "failed: $package: the loop is not told"
        exit 1
    fi
    echo "$package: the loop is told, at src/worker.js:4"
done
