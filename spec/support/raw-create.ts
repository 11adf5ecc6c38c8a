import { JuteWriter } from '../../lib/protocol/jute.js';
import { writeAcl } from '../../lib/protocol/records.js';
import { closeSessionRequest, type WireRequest } from '../../lib/protocol/requests.js';
import { connectNodeZooKeeper } from '../../lib/zookeeper/node-zookeeper-connection.js';

const WORLD = { perms: 31, scheme: 'world', id: 'anyone' };
const CREATE = 1;
const NULL_LENGTH = -1;

/** Creates a znode with null data, as the Java client can and ours does not: by a request of its own making. */
export function createWithNullData(port: number, absolutePath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = connectNodeZooKeeper(
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
        event: () => {},
        closed: ({ cause }) => reject(cause),
      },
    );
  });
}

function createRequest(path: string): WireRequest<string> {
  const writer = new JuteWriter().int(0).int(0).int(CREATE);
  writer.string(path).int(NULL_LENGTH).vector([WORLD], writeAcl).int(0);
  const frame = writer.bytes;
  frame.writeInt32BE(frame.length - 4, 0);
  return { name: 'create', frame, decode: (reader) => reader.string() };
}
