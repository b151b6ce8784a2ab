// The rules of recursion-lint as a validation plugin of the CDK. It calls the command, and reads its JSON.
// https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { version } = require('./package.json');

// Between a `grant…` of an app and the policy that it makes lie more frames than the ten that Node.js keeps.
const FRAMES = 50;
const MAX_OUTPUT = 256 * 1024 * 1024;
const RANK = { error: 0, warning: 1, info: 2 };
const CLEAN = 0;
const FINDINGS = 1;

class RecursionLint {
  constructor(props = {}) {
    this.name = 'recursion-lint';
    this.version = version;
    this.command = props.command ?? [process.env.RECURSION_LINT || 'recursion-lint'];
    this.options = props.options ?? [];
    this.timeout = props.timeout ?? 60_000;
    if (this.command.length === 0) {
      throw new TypeError('the command is empty');
    }
    Error.stackTraceLimit = Math.max(Error.stackTraceLimit ?? 0, FRAMES);
  }

  validate(context) {
    const [program, ...first] = this.command;
    const words = [...first, 'check', ...this.options, '--format', 'json', '--', ...context.templatePaths];
    const done = spawnSync(program, words, {
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT,
      shell: false,
      timeout: this.timeout,
      windowsHide: true,
    });
    if (done.error) {
      const hint = done.error.code === 'ENOENT' ? ' (pip install recursion-lint, or name it in `command`)' : '';
      throw new Error(`${program} cannot be run: ${done.error.message}${hint}`);
    }
    if (done.status !== CLEAN && done.status !== FINDINGS) {
      throw new Error(`${program} failed: ${done.stderr.trim() || `exit status ${done.status}`}`);
    }
    const findings = JSON.parse(done.stdout).findings.sort((one, other) => RANK[one.severity] - RANK[other.severity]);
    const success = done.status === CLEAN;
    const told = findings.filter((finding) => finding.severity !== 'info');
    // A failure says why.
    const violations = (success || told.length > 0 ? told : findings).map(violation);
    return { success, pluginVersion: version, violations };
  }
}

function violation(finding) {
  const place = finding.template ?? { file: finding.file, resource: finding.cycle[0].resource };
  const best = finding.remedies[0];
  return {
    ruleName: finding.rule,
    description: described(finding),
    severity: finding.severity,
    violatingResources: [
      { resourceLogicalId: place.resource, templatePath: path.resolve(place.file), locations: [] },
    ],
    ...(best ? { fix: best.steps ? `${best.title}: ${best.steps.split('\n\n')[0]}` : best.title } : {}),
    ruleMetadata: { place: `${finding.file}:${finding.line}:${finding.column}` },
  };
}

// The message, and the loop by the names of its constructs. What is in a nested stack is told with that: Part/Worker.
function described(finding) {
  const constructs = new Map(finding.cycle.map((node) => [node.resource, node.construct]));
  const named = (resource) => constructs.get(resource) ?? constructs.get(resource.split('/').pop()) ?? resource;
  const [first] = finding.hops;
  const passed = first ? [first.from, ...finding.hops.map((hop) => hop.to)].map(named).join(' → ') : '';
  return passed ? `${finding.message}: ${passed}` : finding.message;
}

module.exports = { RecursionLint };
