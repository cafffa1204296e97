// The main thread's side of one worker thread that holds a session: requests go there in their order, and answers come back in it. A thread
// whose call does not come back stands aside: nobody waits for it, and it ends when the call does.

import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { wipe } from '../../base/bytes.ts';
import { TokenSilent } from './fault.ts';
import { movedOf, outputOf, type Reply, type Request, type ThreadSettings } from './messages.ts';

export interface SessionThreadOptions extends ThreadSettings {
  /** How long one call of the library may take; one that makes keys takes {@link KEY_MAKING} times as long. */
  readonly callMsMax: number;
  /** It takes no requests any more: it has ended, or stands aside because this one does not come back. */
  readonly onLeave: (silentAt: Request | undefined) => void;
}

/** A look finds out whether the thread has got on since the last one. */
const LOOKS = 4;
/** A token makes an RSA key of 4096 bits in a minute or two, where it signs in a fraction of a second. */
const KEY_MAKING = 12;

interface Asked extends PromiseWithResolvers<Reply> {
  readonly request: Request;
}

export class SessionThread {
  /** Whether it has a session. */
  isOpen = false;
  readonly #options: SessionThreadOptions;
  readonly #worker: Worker;
  readonly #asked: Asked[] = [];
  /** Counts what the thread begins and ends to do. */
  readonly #pulse = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #watch: NodeJS.Timeout;
  #seen = 0;
  #looksWithout = 0;
  #isAside = false;
  #hasEnded = false;
  readonly #ending = Promise.withResolvers<void>();

  constructor(options: SessionThreadOptions) {
    this.#options = options;
    const { library, selector, callMsMax } = options;
    const workerData = { library, selector, pulse: this.#pulse };
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData });
    this.#worker.unref();
    this.#worker
      .on('message', (reply: Reply) => this.#answer(reply))
      .on('error', () => this.#end())
      .on('exit', () => this.#end());
    this.#watch = setInterval(() => this.#look(), callMsMax / LOOKS).unref();
    endProcessWithout(this);
  }

  get ended(): Promise<void> {
    return this.#ending.promise;
  }

  /** Whether the end of the process would wait for it. */
  get isAtWork(): boolean {
    return !this.#hasEnded && (this.#isAside || this.#asked.length > 0);
  }

  /** Throws what the request throws there, and TokenSilent. While it waits for an answer the thread keeps the process alive. */
  async ask(request: Request): Promise<unknown> {
    if (this.#isAside || this.#hasEnded) throw endedTooEarly();
    const asked: Asked = { ...Promise.withResolvers<Reply>(), request };
    if (this.#asked.push(asked) === 1) this.#worker.ref();
    this.#worker.postMessage(request, movedOf(request));
    const reply = await asked.promise;
    if (this.#asked.length === 0) this.#worker.unref();
    return outputOf(reply);
  }

  /** Closes the session and ends. Fulfils when what was asked before has come back, and keeps no process alive until then. */
  async end(): Promise<void> {
    if (!this.#isAside) this.#worker.postMessage({ step: 'leave' } satisfies Request);
    this.#worker.unref();
    await this.#ending.promise;
  }

  #answer(reply: Reply): void {
    const asked = this.#asked.shift();
    if (asked !== undefined) asked.resolve(reply);
    // Of somebody who waits no more.
    else if ('output' in reply && reply.output instanceof Uint8Array) wipe(reply.output);
  }

  #look(): void {
    const [first] = this.#asked;
    const pulse = Atomics.load(this.#pulse, 0);
    const getsOn = first === undefined || pulse !== this.#seen;
    this.#seen = pulse;
    this.#looksWithout = getsOn ? 0 : this.#looksWithout + 1;
    const patience = first !== undefined && makesKeys(first.request) ? KEY_MAKING : 1;
    if (first !== undefined && this.#looksWithout >= LOOKS * patience) this.#standAside(first.request);
  }

  #standAside(at: Request): void {
    this.#isAside = true;
    clearInterval(this.#watch);
    this.#worker.unref();
    // What was asked already is done when the call comes back: nothing of it changes a token, since who makes keys has a thread alone.
    this.#worker.postMessage({ step: 'leave' } satisfies Request);
    const silent = new TokenSilent(this.#options.callMsMax);
    for (const { reject } of this.#asked.splice(0)) reject(silent);
    this.#options.onLeave(at);
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearInterval(this.#watch);
    for (const { reject } of this.#asked.splice(0)) reject(endedTooEarly());
    THREADS.delete(this);
    if (!this.#isAside) this.#options.onLeave(undefined);
    this.#ending.resolve();
  }
}

function makesKeys(request: Request): boolean {
  return request.step === 'run' && (request.command === 'generateKey' || request.command === 'generatePair');
}

function endedTooEarly(): Error {
  return new Error('a worker thread ended before it answered');
}

const THREADS = new Set<SessionThread>();
let isAwaited = false;

/** Node waits for its threads before a process ends. One that a library does not let go of would keep it for ever. */
function endProcessWithout(thread: SessionThread): void {
  THREADS.add(thread);
  if (isAwaited) return;
  isAwaited = true;
  process.on('exit', code => {
    if (![...THREADS].some(({ isAtWork }) => isAtWork)) return;
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi').default;
    koffi.load(null).func('_exit', 'void', ['int'])(code);
  });
}
