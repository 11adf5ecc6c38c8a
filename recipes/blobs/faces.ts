// What the faces over HTTP share with the storage, and users do not need.
export { encodeBlobId, validateBlobId, validatePrefix } from './blob-id.js';
export { toWritable, type WritableContent } from './content.js';
export { validateIfMatch, validatePutOptions } from './put-options.js';
export { newSha256 } from './sha256.js';
export { validateMediaType } from './values/index.js';
export { type CompleteWatchOptions, completeWatchOptions } from './watch-options.js';
export { fromWireBlob, toWireBlob, type WireBlob, type WireChange, type WireChanges } from './wire.js';
