// The plugin by itself: a program that prints what it was called with stands for the command.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { RecursionLint } = require('../index');

const finding = {
  rule: 'sqs-loop',
  severity: 'error',
  message: 'Worker1A2B may re-trigger itself through Jobs3C4D',
  file: 'lib/shop.ts',
  line: 38,
  column: 12,
  cycle: [
    { resource: 'Jobs3C4D', construct: 'Orders/Jobs' },
    { resource: 'Worker1A2B', construct: 'Orders/Part/Worker' },
  ],
  hops: [
    { from: 'Jobs3C4D', to: 'Part/Worker1A2B' },
    { from: 'Part/Worker1A2B', to: 'Jobs3C4D' },
  ],
  remedies: [{ title: 'Remove the permission', steps: 'in the CDK app, take it away\n\nmore' }],
  template: { file: 'cdk.out/Orders.template.json', line: 130, resource: 'Mapping5E6F', construct: 'Orders/Worker/Mapping' },
};

// A command that ends with `status`, prints `out` and `err`, and writes its arguments to a file.
function command(out, status = 0, err = '') {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'recursion lint '));
  const [program, words] = [path.join(folder, 'program.js'), path.join(folder, 'words.json')];
  const said = [JSON.stringify(out), JSON.stringify(err), JSON.stringify(words)];
  fs.writeFileSync(
    program,
    `require('fs').writeFileSync(${said[2]}, JSON.stringify(process.argv.slice(2)));
     process.stderr.write(${said[1]}); process.stdout.write(${said[0]}); process.exitCode = ${status};`,
  );
  return { command: [process.execPath, program], words: () => JSON.parse(fs.readFileSync(words, 'utf8')) };
}

const validated = (made, ...templatePaths) => new RecursionLint({ command: made.command }).validate({ templatePaths });

test('a finding is a violation of its rule, at the resource of the template, by the names of constructs', () => {
  const report = validated(command(JSON.stringify({ findings: [finding] }), 1), 'cdk.out/Orders.template.json');
  assert.equal(report.success, false);
  assert.deepEqual(report.violations, [
    {
      ruleName: 'sqs-loop',
      description:
        'Worker1A2B may re-trigger itself through Jobs3C4D: Orders/Jobs → Orders/Part/Worker → Orders/Jobs',
      severity: 'error',
      violatingResources: [
        {
          resourceLogicalId: 'Mapping5E6F',
          templatePath: path.resolve('cdk.out/Orders.template.json'),
          locations: [],
        },
      ],
      fix: 'Remove the permission: in the CDK app, take it away',
      ruleMetadata: { place: 'lib/shop.ts:38:12' },
    },
  ]);
});

test('the exit status decides, and an info is not told', () => {
  const findings = [{ ...finding, severity: 'info' }, { ...finding, severity: 'warning' }];
  const report = validated(command(JSON.stringify({ findings })), 'a');
  assert.equal(report.success, true);
  assert.deepEqual(report.violations.map((one) => one.severity), ['warning']);
  const failed = validated(command(JSON.stringify({ findings: findings.slice(0, 1) }), 1), 'a');
  assert.deepEqual(failed.violations.map((one) => one.severity), ['info']);
});

test('paths and options go through no shell', () => {
  const made = command('{"findings": []}');
  const odd = ['$(touch x); a b.json', '--fix', '"`'];
  const plugin = new RecursionLint({ command: made.command, options: ['--ignore', 'sqs-loop'] });
  assert.deepEqual(plugin.validate({ templatePaths: odd }).violations, []);
  assert.deepEqual(made.words(), ['check', '--ignore', 'sqs-loop', '--format', 'json', '--', ...odd]);
});

test('what fails is not taken for a clean run', () => {
  assert.throws(() => validated(command('', 2, 'no such option\n'), 'a'), /failed: no such option$/);
  assert.throws(() => validated(command('', 3), 'a'), /failed: exit status 3$/);
  assert.throws(() => validated(command('no JSON'), 'a'), SyntaxError);
  const missing = { command: [path.join(os.tmpdir(), 'no such program')] };
  assert.throws(() => validated(missing, 'a'), /cannot be run: .*pip install recursion-lint/);
  assert.throws(() => new RecursionLint({ command: [] }), TypeError);
});

test('the lines of grants are recorded, and a higher limit stays', () => {
  const before = Error.stackTraceLimit;
  try {
    for (const [limit, wanted] of [[10, 50], [100, 100]]) {
      Error.stackTraceLimit = limit;
      assert.equal(new RecursionLint().name, 'recursion-lint');
      assert.equal(Error.stackTraceLimit, wanted);
    }
  } finally {
    Error.stackTraceLimit = before;
  }
});
