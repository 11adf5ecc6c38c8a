// For the faces over HTTP: users do not need it.
export { encodeBlobId, validateBlobId, validatePrefix } from './blob-id.js';
export { mediaTypeFor, type Pieces, toWritable, type WritableContent } from './content.js';
export { validateIfMatch, validatePutOptions } from './put-options.js';
export { newSha256 } from './sha256.js';
export { toHeaders, validateMediaType } from './values/index.js';
export { type CompleteWatchOptions, completeWatchOptions } from './watch-options.js';
export { fromWireBlob, toWireBlob, type WireBlob, type WireChanges } from './wire.js';
