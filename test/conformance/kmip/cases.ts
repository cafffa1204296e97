// The published OASIS test cases as conversations: each file is a script of requests and responses in the XML encoding, with variables in
// place of what a run decides. They lie outside the project; without them a small conversation of our own stands in.

import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { utf8 } from '../../../src/base/bytes.ts';
import type { TtlvField } from '../../../src/wire/ttlv/make.ts';
import { fieldOfXml } from '../../../src/wire/ttlv/read-xml.ts';
import type { Version } from '../../../src/wire/ttlv/versions.ts';
import { readXmlDocument, type XmlElement } from '../../../src/wire/ttlv/xml-document.ts';

const PUBLISHED = join(import.meta.dirname, '../../../../shared/reference/kmip-testcases');
const SMALL = join(import.meta.dirname, 'small');

export const hasPublishedCases = existsSync(PUBLISHED);

export interface KmipMessage {
  /** `v1.4/CS-BC-M-1-14.xml #3`. */
  readonly label: string;
  readonly version: Version;
  /** The element as it was published, its variables replaced. */
  readonly element: XmlElement;
  readonly field: TtlvField;
}

/** Files of the published cases, or of our own, relative to their folder. */
function caseFiles(folder: string): readonly string[] {
  return globSync('v*/*.xml', { cwd: folder }).sort();
}

const LIMITS = { bytesMax: 16_777_216, depthMax: 34, itemsMax: 100_000 };

/** Every message of every case. */
export function readCases(): readonly KmipMessage[] {
  const folder = hasPublishedCases ? PUBLISHED : SMALL;
  return caseFiles(folder).flatMap(file => readCase(join(folder, file), file));
}

/** The cases of 1.0 to 1.2 have the numbers of steps, lines of comment and even line numbers as text between elements. */
function withoutText(text: string): string {
  return text.replace(/<!--[\s\S]*?-->/g, '').replace(/(<(?:[^<>"]|"[^"]*")*>)[^<]*/g, '$1');
}

function readCase(path: string, file: string): readonly KmipMessage[] {
  const text = replaceVariables(withoutText(readFileSync(path, 'utf8')));
  const version = file.slice(1, 4) as Version;
  return readXmlDocument(utf8(text), LIMITS).children.map((element, at) => ({
    label: `${file} #${at}`,
    version,
    element,
    field: fieldOfXml(element),
  }));
}

/** An instant for $NOW, in seconds. */
const NOW = 1_700_000_000;

/** Texts may keep their variables; bytes and instants become some of the right shape, the same for the same name. */
function replaceVariables(text: string): string {
  return text
    .replace(/value="\$NOW([+-]\d+)?"/g, (_, shift: string | undefined) => {
      const instant = new Date((NOW + Number(shift ?? 0)) * 1000);
      return `value="${instant.toISOString().slice(0, 19)}+00:00"`;
    })
    .replace(/type="ByteString" value="(\$[A-Z_0-9]+)"/g, (_, name: string) => {
      return `type="ByteString" value="${createHash('sha256').update(name).digest('hex')}"`;
    });
}
