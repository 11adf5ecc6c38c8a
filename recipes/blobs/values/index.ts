export { BlobRegistry } from './blob-registry.js';
export { type BlobJson, BlobValue, blobType, type UrlValueOptions, type ValueOptions } from './blob-value.js';
export { type MediaType, matchMediaType, parseMediaType, validateMediaType } from './media-type.js';
export { type RequestHeaders, toHeaders } from './request-headers.js';
export type { ValueSource } from './value-source.js';
