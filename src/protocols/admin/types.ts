// The answers of the protocol as types, for its clients in this project.

import type { z } from 'zod';
import type { ErrorCode } from '../../domain/errors.ts';
import type { ErrorReply } from './errors.ts';
import type {
  authorityReply,
  bindingReply,
  certifiedClientReply,
  credentialReply,
  explainReply,
  issuedCredentialReply,
  keyRingReply,
  principalReply,
  projectReply,
  ruleReply,
  tokenKeyReply,
  whoamiReply,
} from './shapes/access.ts';
import type { checkpointReply, entriesReply, receiptReply, statusReply } from './shapes/audit.ts';
import type {
  ciphertextReply,
  dataKeyReply,
  exportReply,
  keyReply,
  lastUseReply,
  linksReply,
  nameReply,
  plaintextReply,
  randomReply,
  versionReply,
} from './shapes/keys.ts';
import type {
  encapsulateReply,
  encryptByReply,
  macReply,
  publicKeyReply,
  sharedSecretReply,
  signReply,
  verdictReply,
  wrapReply,
} from './shapes/mechanisms.ts';
import type { registrationReply } from './shapes/registrations.ts';
import type {
  custodyReply,
  hardwareReply,
  madeSharesReply,
  sealReply,
  sweepReply,
} from './shapes/sealing.ts';
import type { searchKeysReply } from './shapes/search.ts';
import type { transportKeyFactsReply, transportKeyReply } from './shapes/transport-keys.ts';

export type { ErrorCode, ErrorReply };

export interface PageReply<Item> {
  readonly items: readonly Item[];
  readonly next?: string | undefined;
}

export type ProjectReply = z.output<typeof projectReply>;
export type KeyRingReply = z.output<typeof keyRingReply>;
export type KeyReply = z.output<typeof keyReply>;
export type ExportReply = z.output<typeof exportReply>;
export type LinksReply = z.output<typeof linksReply>;
export type LinkReply = LinksReply['items'][number];
export type VersionReply = z.output<typeof versionReply>;
export type LastUseReply = z.output<typeof lastUseReply>;
export type NameReply = z.output<typeof nameReply>;
export type RegistrationReply = z.output<typeof registrationReply>;
export type TransportKeyFactsReply = z.output<typeof transportKeyFactsReply>;
export type TransportKeyReply = z.output<typeof transportKeyReply>;
export type SearchKeysReply = z.output<typeof searchKeysReply>;
export type CiphertextReply = z.output<typeof ciphertextReply>;
export type PlaintextReply = z.output<typeof plaintextReply>;
export type DataKeyReply = z.output<typeof dataKeyReply>;
export type EncryptByReply = z.output<typeof encryptByReply>;
export type SignReply = z.output<typeof signReply>;
export type VerdictReply = z.output<typeof verdictReply>;
export type MacReply = z.output<typeof macReply>;
export type SharedSecretReply = z.output<typeof sharedSecretReply>;
export type EncapsulateReply = z.output<typeof encapsulateReply>;
export type PublicKeyReply = z.output<typeof publicKeyReply>;
export type WrapReply = z.output<typeof wrapReply>;
export type RandomReply = z.output<typeof randomReply>;
export type PrincipalReply = z.output<typeof principalReply>;
export type AuthorityReply = z.output<typeof authorityReply>;
export type CertifiedClientReply = z.output<typeof certifiedClientReply>;
export type CredentialReply = z.output<typeof credentialReply>;
export type IssuedCredentialReply = z.output<typeof issuedCredentialReply>;
export type TokenKeyReply = z.output<typeof tokenKeyReply>;
export type BindingReply = z.output<typeof bindingReply>;
export type RuleReply = z.output<typeof ruleReply>;
export type ExplainReply = z.output<typeof explainReply>;
export type WhoamiReply = z.output<typeof whoamiReply>;
export type EntryReply = z.output<typeof entriesReply>['items'][number];
export type CheckpointReply = z.output<typeof checkpointReply>;
export type ReceiptReply = z.output<typeof receiptReply>;
export type SealReply = z.output<typeof sealReply>;
export type MadeSharesReply = z.output<typeof madeSharesReply>;
export type CustodyReply = z.output<typeof custodyReply>;
export type HardwareReply = z.output<typeof hardwareReply>;
export type SweepReply = z.output<typeof sweepReply>;
export type StatusReply = z.output<typeof statusReply>;
