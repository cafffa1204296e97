// Every protocol that this server speaks, in one table.

import { adminProtocol } from '../protocols/admin/index.ts';
import { awsKmsProtocol } from '../protocols/aws-kms/index.ts';
import { barbicanProtocol } from '../protocols/barbican/index.ts';
import { keyProtectProtocol } from '../protocols/key-protect/index.ts';
import { keystoneProtocol } from '../protocols/keystone/index.ts';
import { kmipProtocol } from '../protocols/kmip/index.ts';
import type { Protocol } from './http.ts';

export const PROTOCOLS: readonly Protocol[] = [
  adminProtocol,
  awsKmsProtocol,
  keyProtectProtocol,
  keystoneProtocol,
  barbicanProtocol,
  kmipProtocol,
];
