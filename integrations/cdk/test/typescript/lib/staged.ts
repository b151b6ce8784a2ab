// A stage of two stacks, one of them with a nested stack. The loop passes all three: the topic is in Topics, the function
// in the nested stack, and the queue that it sends to and that forwards to the topic in Parts.
import * as path from 'node:path';
import { NestedStack, Stack, Stage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sns from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

class Topics extends Stack {
  readonly topic = new sns.Topic(this, 'Topic');
}

class Part extends NestedStack {
  constructor(scope: Construct, id: string, queue: sqs.Queue, topic: sns.Topic) {
    super(scope, id);
    const worker = new lambda.Function(this, 'Worker', {
      runtime: lambda.Runtime.PYTHON_3_13,
      handler: 'app.handler',
      code: lambda.Code.fromAsset(path.join(__dirname, '../../handlers/forward')),
      environment: { TOPIC: topic.topicArn },
    });
    topic.grantPublish(worker);
    worker.addEventSource(new SqsEventSource(queue));
  }
}

class Parts extends Stack {
  constructor(scope: Construct, id: string, topic: sns.Topic) {
    super(scope, id);
    const queue = new sqs.Queue(this, 'Queue');
    topic.addSubscription(new SqsSubscription(queue)); // loop: sns-loop
    new Part(this, 'Part', queue, topic);
  }
}

export class Prod extends Stage {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const topics = new Topics(this, 'Topics');
    new Parts(this, 'Parts', topics.topic);
  }
}
