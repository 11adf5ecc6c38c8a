import { JuteWriter } from '../../lib/protocol/jute.js';
import { createRecord as createBody, requestHeaderRecord } from '../../lib/protocol/messages.js';
import { OpCode } from '../../lib/protocol/op-code.js';
import { closeSessionRequest, type WireRequest } from '../../lib/protocol/requests.js';
import { connectTcp } from '../../lib/zookeeper/connection/socket.js';

const WORLD = { perms: 31, scheme: 'world', id: 'anyone' };

/** Creates a znode with null data, as the Java client can and ours does not: by a request of its own making. */
export function createWithNullData(port: number, absolutePath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = connectTcp(
      { server: { host: '127.0.0.1', port }, sessionTimeout: 5_000, session: null, lastZxid: 0n, auth: [] },
      {
        opened: () =>
          connection.request(createRequest(absolutePath), (error) => {
            if (error !== 0) return reject(new Error(`create ${absolutePath}: error ${error}`));
            connection.request(closeSessionRequest(), () => {
              connection.destroy();
              resolve();
            });
          }),
        heard: () => {},
        reached: () => {},
        receiving: () => {},
        event: () => {},
        closed: ({ cause }) => reject(cause),
      },
    );
  });
}

function createRequest(path: string): WireRequest<string> {
  const { bytes: frame } = new JuteWriter().frame((writer) => {
    requestHeaderRecord.write(writer, { xid: 0, op: OpCode.create });
    createBody.write(writer, { path, data: null, acl: [WORLD], flags: 0 });
  });
  return { name: 'create', frame, decode: (reader) => reader.string() };
}
