import type { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from 'aws-cdk-lib';

export interface RecursionLintProps {
  /**
   * The command and its first arguments, as a list: it goes through no shell.
   *
   * @default - `RECURSION_LINT`, the path of the program, or else `recursion-lint` of the PATH
   */
  readonly command?: readonly string[];

  /**
   * Further options of `recursion-lint check`, such as `['--min-confidence', 'likely']`.
   *
   * @default - none
   */
  readonly options?: readonly string[];

  /**
   * After so many milliseconds the check is given up, and the synthesis fails.
   *
   * @default 60000
   */
  readonly timeout?: number;
}

/**
 * The rules of recursion-lint as a validation plugin. Make it before the stacks: the CDK then records more of the lines
 * that make constructs (`Error.stackTraceLimit` is raised to 50), those of `grant…` calls among them.
 */
export declare class RecursionLint implements IPolicyValidationPlugin {
  readonly name: string;
  readonly version: string;
  constructor(props?: RecursionLintProps);
  validate(context: IPolicyValidationContext): PolicyValidationPluginReport;
}
