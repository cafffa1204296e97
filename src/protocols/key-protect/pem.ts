// The textual encoding of certificates and public keys (RFC 7468).

import { type Bytes, base64 } from '../../base/bytes.ts';

const LINE = /.{1,64}/g;

export function pemText(label: 'CERTIFICATE' | 'PUBLIC KEY', der: Bytes): string {
  const lines = base64(der).match(LINE) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
