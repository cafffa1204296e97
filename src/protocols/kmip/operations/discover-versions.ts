// Discover Versions: which versions are served, of those that the client names if it names any.

import { answerRequest } from '../../../core/operations/answer-request.ts';
import { make, read } from '../../../wire/ttlv/index.ts';
import { SERVED_VERSIONS } from '../dialects.ts';
import { numbersOf } from '../names.ts';
import { operation } from '../operation.ts';
import { perform } from '../request.ts';

export const DISCOVER_VERSIONS = operation({
  decode: payload =>
    payload.many(
      'ProtocolVersion',
      read.structure(fields => {
        const version = `${fields.one('ProtocolVersionMajor', read.integer)}.${fields.one('ProtocolVersionMinor', read.integer)}`;
        fields.refuseOthers();
        return version;
      }),
    ),

  async run(request, asked) {
    await perform(request, answerRequest, { asked: 'DiscoverVersions' });
    const versions = SERVED_VERSIONS.filter(version => asked.length === 0 || asked.includes(version));
    return versions.map(version => {
      const { major, minor } = numbersOf(version);
      return make.structure('ProtocolVersion', [
        make.integer('ProtocolVersionMajor', major),
        make.integer('ProtocolVersionMinor', minor),
      ]);
    });
  },
});
