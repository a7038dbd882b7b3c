import Mocha from 'mocha';

/** What the runner is told at the end, to print its last line. */
export interface Outcome {
  passed: number;
  failed: number;
}

/** Mocha's own "spec", which also tells the runner how many passed and failed. */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures } = this.stats;
      process.send?.({ passed: passes, failed: failures } satisfies Outcome);
    });
  }
}
