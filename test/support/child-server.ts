// Servers in a child process, to be killed: started on the same data again and again. The next process is loaded while the present one
// works, and one process may run the servers of several installations, so that a kill costs little more than what it tests.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bytes } from '../../src/base/bytes.ts';
import type { SettingTexts } from '../../src/server/settings.ts';

/** What the child is asked; each question has one answer, unless the process dies. */
export type Question =
  | { readonly ask: 'loaded' }
  | { readonly ask: 'start'; readonly settings: SettingTexts; readonly clockAheadMs: number }
  | { readonly ask: 'leaves'; readonly dataDir: string; readonly from: number };

export interface Started {
  readonly url: string;
  readonly startMs: number;
}

export interface Leaves {
  readonly leaves: readonly Bytes[];
  /** The head of the tree as it is stored. */
  readonly head: Bytes | undefined;
}

export type ToChild = Question & { readonly id: number };
export type FromChild = { readonly id: number } & (
  | { readonly answer: Started | Leaves | undefined }
  | { readonly error: string }
);

let cacheDirectory: string | undefined;

/** Compiled code of the server, for the many processes of one test run. */
function compileCache(): string {
  if (cacheDirectory === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'keyhold-code-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    cacheDirectory = made;
  }
  return cacheDirectory;
}

export class ChildServer {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #questions = 0;
  #alive = true;

  /** A process that has loaded the server and waits. */
  static async load(): Promise<ChildServer> {
    const child = new ChildServer();
    await child.#ask({ ask: 'loaded' });
    return child;
  }

  private constructor() {
    const program = fileURLToPath(new URL('./child-server-main.ts', import.meta.url));
    this.#process = fork(program, {
      serialization: 'advanced',
      execArgv: [],
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: compileCache(),
        SOFTHSM2_CONF: process.env.SOFTHSM2_CONF,
      },
    });
    this.#process.on('message', (message: FromChild) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if ('error' in message) waiting?.reject(new Error(message.error));
      else waiting?.resolve(message.answer);
    });
    this.#process.once('exit', () => {
      this.#alive = false;
      for (const { resolve } of this.#waiting.values()) resolve(undefined);
      this.#waiting.clear();
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Undefined when the process died before the server had started. Throws when the server refuses to start. */
  async start(settings: SettingTexts, clockAheadMs = 0): Promise<Started | undefined> {
    return (await this.#ask({ ask: 'start', settings, clockAheadMs })) as Started | undefined;
  }

  /** Entries of the log of one server from the index on, a page of them. */
  async leaves(dataDir: string, from: number): Promise<Leaves> {
    const answer = await this.#ask({ ask: 'leaves', dataDir, from });
    if (answer === undefined) throw new Error('the server died while its log was read');
    return answer as Leaves;
  }

  /** SIGKILL: no handler runs, nothing is flushed. Fulfils when the process is gone. */
  async kill(): Promise<void> {
    if (!this.#alive) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  /** SIGSTOP: the process stands still, as on a machine that sleeps, and its connections stay open. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  #ask(question: Question): Promise<unknown> {
    if (!this.#alive) return Promise.resolve(undefined);
    this.#questions += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#questions, waiting);
    // A process that dies meanwhile ends the waiting.
    if (this.#process.connected) this.#process.send({ ...question, id: this.#questions }, () => {});
    return waiting.promise;
  }
}
