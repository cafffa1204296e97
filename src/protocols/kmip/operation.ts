// What an operation of KMIP is: it decodes its payload, whose other fields are then refused, and runs. It gives back the fields of the
// response payload.

import {
  StructureReader as Structure,
  type StructureReader,
  type TtlvField,
  type TtlvItem,
  type Version,
} from '../../wire/ttlv/index.ts';
import { withNamedObjects } from './name-references.ts';
import { withTemplates } from './objects/template.ts';
import type { KmipRequest } from './request.ts';

export type Payload = readonly (TtlvField | undefined)[];

export interface KmipOperation {
  /** The first version that has it. */
  readonly since: Version;
  serve(request: KmipRequest, payload: TtlvItem): Promise<Payload>;
}

export interface OperationParts<Input> {
  readonly since?: Version;
  decode(payload: StructureReader, request: KmipRequest): Input;
  run(request: KmipRequest, input: Input): Promise<Payload>;
}

export function operation<Input>({ since = '1.0', decode, run }: OperationParts<Input>): KmipOperation {
  return {
    since,
    async serve(request, payload) {
      const fields = new Structure(await withNamedObjects(request, await withTemplates(request, payload)));
      const input = decode(fields, request);
      fields.refuseOthers();
      return run(request, input);
    },
  };
}
