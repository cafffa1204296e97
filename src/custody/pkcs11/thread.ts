// The worker thread that holds one session with a token: every call blocks, so none is made in the main thread. It takes one request at a
// time and answers it.

import { parentPort, workerData } from 'node:worker_threads';
import { must } from '../../base/assert.ts';
import { wipe } from '../../base/bytes.ts';
import type { CommandName, Gives, Takes } from './commands.ts';
import { Library } from './library.ts';
import { movedOf, type Reply, type Request, replyOfError, type ThreadSettings } from './messages.ts';
import { Session } from './session.ts';

const port = must(parentPort, 'this file runs as a worker thread');
const { pulse, ...settings } = workerData as ThreadSettings & { readonly pulse: Int32Array };

/** Tells the main thread that this one gets on. */
const beat = (): void => {
  Atomics.add(pulse, 0, 1);
};

let library: Library | undefined;
let session: Session | undefined;

function loadedLibrary(): Library {
  library ??= Library.load(settings.library, beat);
  return library;
}

type Runs = { readonly [Name in CommandName]: (open: Session, takes: Takes<Name>) => Gives<Name> };

/** Each wipes the secrets that it was given. */
const RUNS: Runs = {
  facts: open => open.facts(),
  find: (open, { template }) => open.find(template),
  read: (open, { object, names }) => open.read(object, names),
  generateKey(open, { mechanism, template }) {
    open.generateKey(mechanism, template);
  },
  generatePair(open, { mechanism, publicTemplate, privateTemplate }) {
    open.generatePair(mechanism, publicTemplate, privateTemplate);
  },
  destroy(open, { object }) {
    open.destroy(object);
  },
  use: (open, { use, mechanism, object, data }) => wiping(data, () => open.use(use, mechanism, object, data)),
  wrap: (open, { mechanism, object, material }) =>
    wiping(material, () => open.wrap(mechanism, object, material)),
  unwrap: (open, { mechanism, object, wrapped }) => open.unwrap(mechanism, object, wrapped),
  agree: (open, { object, publicPoint, bytes }) => open.agree(object, publicPoint, bytes),
  random: (open, { bytes }) => open.random(bytes),
};

function wiping<T>(secret: Uint8Array, act: () => T): T {
  try {
    return act();
  } finally {
    wipe(secret);
  }
}

function perform(request: Request): Gives<CommandName> | undefined {
  switch (request.step) {
    case 'open': {
      const { pin } = request;
      const loaded = loadedLibrary();
      session ??= wiping(pin, () => Session.open(loaded, settings.selector, pin));
      return undefined;
    }
    case 'run': {
      const run: (open: Session, takes: never) => Gives<CommandName> = RUNS[request.command];
      return run(must(session, 'a session is open before it is used'), request.takes as never);
    }
    case 'close':
      session?.close();
      session = undefined;
      return undefined;
    case 'restart':
      session = undefined;
      loadedLibrary().restart();
      return undefined;
    case 'leave':
      session?.close();
      port.close();
      return undefined;
  }
}

beat();
port.on('message', (request: Request) => {
  beat();
  let reply: Reply;
  try {
    reply = { output: perform(request) };
  } catch (thrown) {
    reply = replyOfError(thrown);
  }
  port.postMessage(reply, movedOf(reply));
});
