import type { ZnodeTransaction } from '../../lib/core/transactional-client.js';
import { BlobStorage } from '../../recipes/blobs/index.js';
import { encodeManifest } from '../../recipes/blobs/manifest.js';
import { FakeClient } from '../../testing/fake-client.js';
import { sha256 } from './blobs.js';

/** A fake client that storages take. Its transactions are not used: a spec writes into its tree. */
class FakeBlobClient extends FakeClient {
  transaction(): ZnodeTransaction {
    throw new Error('the spec writes by itself');
  }
}

/** A storage on a fake client. */
export class FakeBlobs {
  readonly client = new FakeBlobClient();
  readonly storage = new BlobStorage(this.client);
  #generations = 0;

  constructor() {
    for (const path of ['/blobs', '/blobs/m']) this.client.tree.create(path);
  }

  /** As another client writes a small blob, whose id is one segment. */
  write(id: string, text: string): void {
    const inline = Buffer.from(text);
    this.#generations += 1;
    const data = encodeManifest({
      generation: `00000000-0000-0000-0000-${String(this.#generations).padStart(12, '0')}`,
      ...{ size: inline.length, mediaType: 'text/plain', sha256: sha256(inline), meta: {}, chunkSize: null, inline },
    });
    const path = `/blobs/m/${id}`;
    if (this.client.tree.get(path)) this.client.tree.set(path, data);
    else this.client.tree.create(path, data);
  }
}
