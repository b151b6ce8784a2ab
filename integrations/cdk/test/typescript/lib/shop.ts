// Five stacks. Three loops are planted, at the lines marked with "loop"; Reports and Archive have none.
import * as path from 'node:path';
import { Stack, StackProps } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { LambdaDestination } from 'aws-cdk-lib/aws-s3-notifications';
import * as sns from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

function handler(scope: Construct, id: string, folder: string, environment: Record<string, string>) {
  return new lambda.Function(scope, id, {
    runtime: lambda.Runtime.PYTHON_3_13,
    handler: 'app.handler',
    code: lambda.Code.fromAsset(path.join(__dirname, '../../handlers', folder)),
    environment,
  });
}

export class Photos extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const uploads = new s3.Bucket(this, 'Uploads');
    const resize = handler(this, 'Resize', 'resize', { BUCKET: uploads.bucketName });
    uploads.grantReadWrite(resize);
    uploads.addEventNotification(s3.EventType.OBJECT_CREATED, new LambdaDestination(resize)); // loop: s3-loop
  }
}

export class Orders extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const jobs = new sqs.Queue(this, 'Jobs');
    const worker = handler(this, 'Worker', 'worker', { QUEUE: jobs.queueUrl });
    jobs.grantSendMessages(worker);
    worker.addEventSource(new SqsEventSource(jobs)); // loop: sqs-loop
  }
}

export class Alarms extends Stack {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.topic = new sns.Topic(this, 'Alarms');
  }
}

// The third loop passes two stacks: the topic is in Alarms, the function and its subscription are here.
export class Reports extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { alarms: sns.Topic; archive: s3.Bucket }) {
    super(scope, id, props);
    const escalate = handler(this, 'Escalate', 'escalate', { TOPIC: props.alarms.topicArn });
    props.alarms.grantPublish(escalate);
    props.alarms.addSubscription(new LambdaSubscription(escalate)); // loop: sns-loop

    const orders = new sqs.Queue(this, 'Finished');
    const report = handler(this, 'Report', 'report', { ARCHIVE: props.archive.bucketName });
    props.archive.grantPut(report);
    report.addEventSource(new SqsEventSource(orders));
  }
}

export class Archive extends Stack {
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.bucket = new s3.Bucket(this, 'Archive');
  }
}
