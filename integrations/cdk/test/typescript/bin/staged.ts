import { App, Validations } from 'aws-cdk-lib';
import { RecursionLint } from '../../../index';
import { Prod } from '../lib/staged';

const app = new App();
if (process.env.PLUGIN) {
  Validations.of(app).addPlugins(new RecursionLint());
}
const prod = new Prod(app, 'Prod');
if (process.env.ACKNOWLEDGED) {
  Validations.of(prod).acknowledge({ id: process.env.ACKNOWLEDGED, reason: 'the message counts its rounds' });
}
