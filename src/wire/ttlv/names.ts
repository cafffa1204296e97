// Names as the XML and JSON encodings write them (KMIP Additional Message Encodings 1.0 section 4.1.3; Profiles 2.1 section 5.4.1.1.3).

/** `Cryptographic Usage Mask` becomes `CryptographicUsageMask`, `PKCS#11 Function` `PKCS_11Function`, `3DES` `DES3`. */
export function normalizeName(text: string): string {
  const words = text
    .replace(/[()]/g, ' ')
    .replace(/\W([A-Za-z][a-z])/g, ' $1')
    .split(/\s+/)
    .filter(word => word !== '')
    .map(word => word.replace(/\W/g, '_'));
  const [first, ...others] = words;
  if (first === undefined) return '';
  return [first.replace(/^([0-9]+)(.*)$/, '$2$1'), ...others].map(capitalized).join('');
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
