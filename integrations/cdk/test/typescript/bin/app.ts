// The app; with the variable PLUGIN it is checked while it is synthesised.
import { App, Validations } from 'aws-cdk-lib';
import { RecursionLint } from '../../../index';
import { Alarms, Archive, Orders, Photos, Reports } from '../lib/shop';

const app = new App();
if (process.env.PLUGIN) {
  Validations.of(app).addPlugins(new RecursionLint());
}
const archive = new Archive(app, 'Archive');
const alarms = new Alarms(app, 'Alarms');
new Photos(app, 'Photos');
new Orders(app, 'Orders');
new Reports(app, 'Reports', { alarms: alarms.topic, archive: archive.bucket });
