// A server in a child process, to be killed: started on the same data again and again. The next process is loaded while the present one
// works, so that a start costs no more than the server's own.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bytes } from '../../src/base/bytes.ts';
import type { SettingTexts } from '../../src/server/settings.ts';

export type ToChild =
  | { readonly kind: 'start'; readonly settings: SettingTexts; readonly clockAheadMs: number }
  | { readonly kind: 'leaves'; readonly from: number };

export type FromChild =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'started'; readonly url: string; readonly startMs: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'leaves'; readonly leaves: readonly Bytes[]; readonly head: Bytes | undefined };

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

/** What the server answered to the order to start. `undefined` when it was killed before it could. */
export type Start = { readonly url: string; readonly startMs: number } | undefined;

export class ChildServer {
  readonly #process: ChildProcess;
  readonly #waiting: { readonly kind: FromChild['kind']; settle(message: FromChild | undefined): void }[] =
    [];
  #alive = true;

  /** A process that has loaded the server and waits. */
  static async load(): Promise<ChildServer> {
    const child = new ChildServer();
    await child.#next('loaded');
    return child;
  }

  private constructor() {
    const program = fileURLToPath(new URL('./child-server-main.ts', import.meta.url));
    this.#process = fork(program, {
      serialization: 'advanced',
      execArgv: [],
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache() },
    });
    this.#process.on('message', (message: FromChild) => this.#settle(message));
    this.#process.once('exit', () => {
      this.#alive = false;
      for (const { settle } of this.#waiting.splice(0)) settle(undefined);
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Throws when the server refuses to start. */
  async start(settings: SettingTexts, clockAheadMs = 0): Promise<Start> {
    this.#send({ kind: 'start', settings, clockAheadMs });
    const answer = await this.#next('started');
    return answer?.kind === 'started' ? answer : undefined;
  }

  /** Entries of the log from the index on, a page of them, and the head of the tree as it is stored. */
  async leaves(
    from: number,
  ): Promise<{ readonly leaves: readonly Bytes[]; readonly head: Bytes | undefined }> {
    this.#send({ kind: 'leaves', from });
    const answer = await this.#next('leaves');
    if (answer?.kind !== 'leaves') throw new Error('the server died while its log was read');
    return answer;
  }

  /** SIGKILL: no handler runs, nothing is flushed. Fulfils when the process is gone. */
  async kill(): Promise<void> {
    if (!this.#alive) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  #send(message: ToChild): void {
    // A process that dies meanwhile ends the waiting.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  #next(kind: FromChild['kind']): Promise<FromChild | undefined> {
    if (!this.#alive) return Promise.resolve(undefined);
    const { promise, resolve, reject } = Promise.withResolvers<FromChild | undefined>();
    this.#waiting.push({
      kind,
      settle: message => (message?.kind === 'failed' ? reject(new Error(message.message)) : resolve(message)),
    });
    return promise;
  }

  #settle(message: FromChild): void {
    const at = this.#waiting.findIndex(({ kind }) => kind === message.kind || message.kind === 'failed');
    const [waiter] = at === -1 ? [] : this.#waiting.splice(at, 1);
    waiter?.settle(message);
  }
}
