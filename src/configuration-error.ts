/** The configuration is wrong, a path too, or a permission is missing. Ends the process with exit code 78. */
export class ConfigurationError extends Error {
  /** One line per fault: key, value and remedy. */
  readonly faults: readonly string[];

  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(`the configuration is wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`, options);
    this.name = 'ConfigurationError';
    this.faults = faults;
  }
}
