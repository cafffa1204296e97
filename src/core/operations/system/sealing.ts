// The root key coming and going. These are the operations that a sealed server does: an administrator proves itself by an API key, which
// needs no key of ours, and the log is written without one.

import type { SecretBytes } from '../../../base/secret-bytes.ts';
import { KmsError } from '../../../domain/errors.ts';
import { requireWithin } from '../../checks.ts';
import type { Kms } from '../../kms.ts';
import type { UseOperation } from '../../operation.ts';
import type { RootKeyInUse, Sealing, SealState } from '../../ports/sealing.ts';
import { onSystem } from '../without-target.ts';

const SEAL = [{ type: 'system', id: 'seal' }] as const;

export const readSeal: UseOperation<undefined, undefined, SealState> = {
  name: 'system.seal.read',
  kind: 'read',
  ...onSystem('system.read'),
  whileSealed: true,
  run: kms => requireSealing(kms).state(),
  record: () => ({ targets: SEAL }),
};

export interface CustodyOverview {
  readonly sealed: boolean;
  readonly protectionLevels: readonly string[];
  readonly rootKeys: readonly RootKeyInUse[];
}

/** What protects what. */
export const readCustody: UseOperation<undefined, undefined, CustodyOverview> = {
  name: 'system.custody.read',
  kind: 'read',
  ...onSystem('system.read'),
  whileSealed: true,
  async run(kms) {
    const sealing = requireSealing(kms);
    const [{ sealed }, rootKeys] = await Promise.all([sealing.state(), sealing.rootKeys()]);
    return { sealed, protectionLevels: kms.custody.protectionLevels, rootKeys };
  },
  record: () => ({ targets: [{ type: 'system', id: 'custody' }] }),
};

/** The entry says how many are there, never which bytes. */
export const giveShare: UseOperation<{ readonly share?: SecretBytes | undefined }, undefined, SealState> = {
  name: 'system.unseal',
  kind: 'use',
  ...onSystem('system.unseal'),
  whileSealed: true,
  run: (kms, { input: { share } }) => requireSealing(kms).giveShare(share),
  record: (_input, _target, state) => ({
    targets: SEAL,
    details: {
      sealed: state?.sealed,
      given: state?.shares.reduce((count, { given }) => count + given.length, 0),
    },
  }),
};

export const forgetShares: UseOperation<undefined, undefined, SealState> = {
  name: 'system.unseal.reset',
  kind: 'use',
  ...onSystem('system.unseal'),
  whileSealed: true,
  run: kms => requireSealing(kms).forgetShares(),
  record: () => ({ targets: SEAL }),
};

export const seal: UseOperation<undefined, undefined, SealState> = {
  name: 'system.seal',
  kind: 'use',
  ...onSystem('system.seal'),
  whileSealed: true,
  run: kms => requireSealing(kms).seal(),
  record: () => ({ targets: SEAL }),
};

export interface MakeSharesInput {
  readonly parts: number;
  readonly threshold: number;
}

/** They are shown to whoever asks, once, and count for nothing before a rotation brings them into service. */
export const makeShares: UseOperation<MakeSharesInput, undefined, { readonly shares: SecretBytes }> = {
  name: 'system.rootShares',
  kind: 'use',
  ...onSystem('system.rotateRoot'),
  check({ parts, threshold }) {
    requireWithin('parts', parts, 2, 255);
    requireWithin('threshold', threshold, 2, parts);
  },
  run: async (kms, { input }) => ({ shares: await requireSealing(kms).makeShares(input) }),
  discard: ({ shares }) => shares[Symbol.dispose](),
  record: ({ parts, threshold }) => ({
    targets: [{ type: 'system', id: 'rootShares' }],
    details: { parts, threshold },
  }),
};

function requireSealing({ sealing }: Kms): Sealing {
  if (sealing !== undefined) return sealing;
  throw new KmsError('unsupported', 'This server neither seals nor unseals.');
}
