// A progress bar for long work: on standard error, and only where somebody is looking.

const BAR_CHARACTERS = 30;

export class Progress {
  readonly #label: string;
  #shown = '';

  constructor(label: string) {
    this.#label = label;
  }

  /** `total` undefined: how far it is cannot be said. */
  show(done: number, total?: number): void {
    if (!process.stderr.isTTY) return;
    const text =
      total === undefined || total === 0
        ? `${this.#label} ${done}`
        : `${this.#label} ${barOf(done / total)} ${Math.floor((100 * done) / total)}% (${done} of ${total})`;
    if (text === this.#shown) return;
    process.stderr.write(`\r\u001b[K${text}`);
    this.#shown = text;
  }

  /** Leaves the line clean for what follows. */
  clear(): void {
    if (this.#shown !== '') process.stderr.write('\r\u001b[K');
    this.#shown = '';
  }
}

function barOf(share: number): string {
  const full = Math.min(BAR_CHARACTERS, Math.round(BAR_CHARACTERS * share));
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CHARACTERS - full)}]`;
}
