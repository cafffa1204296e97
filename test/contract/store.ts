// What every store must do, as one suite that runs on each engine.

import { accessContract } from './store-access.ts';
import { claimContract } from './store-claims.ts';
import { keySearchContract } from './store-key-search.ts';
import { keyWalkContract } from './store-key-walk.ts';
import { keyContract } from './store-keys.ts';
import { logContract } from './store-log.ts';
import { projectsApartContract } from './store-projects-apart.ts';
import { registrationContract } from './store-registrations.ts';
import type { StoreSubject } from './store-samples.ts';
import { secretContract } from './store-secrets.ts';
import { snapshotContract } from './store-snapshot.ts';
import { transactionContract } from './store-transactions.ts';
import { transportKeyContract } from './store-transport-keys.ts';

/** Registers the suite for the subject; to be called while tests are being declared. */
export function storeContract(subject: StoreSubject): void {
  keyContract(subject);
  keySearchContract(subject);
  keyWalkContract(subject);
  registrationContract(subject);
  transportKeyContract(subject);
  secretContract(subject);
  accessContract(subject);
  logContract(subject);
  transactionContract(subject);
  projectsApartContract(subject);
  claimContract(subject);
  snapshotContract(subject);
}
