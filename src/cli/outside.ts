// What the command line borrows from the server itself: starting it, working beside a stopped one, verifying the audit log without any,
// and telling its entries in another's words.
// Loaded when a command needs it, and by no other file: everything else talks to the administration protocol.

import { SETTINGS } from '../server/settings-table.ts';

/** The options of `serve` are the settings of the server. */
export const SERVER_SETTINGS = SETTINGS;

export function loadServer() {
  return import('../server/main.ts');
}

export function loadOffline() {
  return import('../server/offline.ts');
}

export async function loadVerifier() {
  const [log, receipt, note, failure] = await Promise.all([
    import('../audit/verify.ts'),
    import('../audit/receipt.ts'),
    import('../audit/signed-note.ts'),
    import('../audit/verification-failure.ts'),
  ]);
  const { verifyExport } = log;
  const { verifyReceipt } = receipt;
  return {
    verifyExport,
    verifyReceipt,
    parseVerifierKey: note.parseVerifierKey,
    describeFailure: failure.describeFailure,
  };
}

export function loadActivityEvents() {
  return import('../protocols/key-protect/activity/event.ts');
}

export function loadSettings() {
  return import('../server/settings.ts');
}
