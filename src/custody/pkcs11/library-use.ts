// What this process does with a library, whichever of its tokens it is for: to begin a library anew ends the sessions of all of them, and may
// happen only while nobody is in a call of it (PKCS #11 v2.40 section 5.4).

import { Mutex } from '../../base/mutex.ts';

export interface LibraryUse {
  /** Commands under way. */
  running: number;
  /** Threads in calls that nobody waits for any more. */
  silent: number;
  /** Those of them that begin the library or a session. */
  silentBeginnings: number;
  /** How often it was begun anew: sessions of before are none any more. */
  restarts: number;
  /** Of one thread at a time: a library that another one is just beginning has no tokens yet. */
  readonly opening: Mutex;
  /** While it is begun anew. */
  restarting: Promise<void> | undefined;
}

const USES = new Map<string, LibraryUse>();

export function useOfLibrary(path: string): LibraryUse {
  const known = USES.get(path);
  if (known !== undefined) return known;
  const use: LibraryUse = {
    running: 0,
    silent: 0,
    silentBeginnings: 0,
    restarts: 0,
    opening: new Mutex(),
    restarting: undefined,
  };
  USES.set(path, use);
  return use;
}
