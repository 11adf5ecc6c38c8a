import { describe, expect, it } from 'vitest';
import { runHere } from './run-here.js';

describe('zk-recipes multi', () => {
  it.each<[string, string]>([
    ['', 'there is no operation on stdin'],
    ['{"op":"set"', 'line 1 of stdin is not an object of JSON'],
    ['\n[]', 'line 2 of stdin is not an object of JSON'],
    ['{"op":"sett","path":"/a"}', 'line 1 of stdin: op must be one of check, set, delete, create, but is "sett"'],
    ['{"op":"set","path":"a"}', 'line 1 of stdin: "a" is not a znode path'],
    ['{"op":"check","path":"/a"}', 'line 1 of stdin: version must be a whole number'],
    [
      '{"op":"set","path":"/a","dat":"x"}',
      'line 1 of stdin: set has only the fields op, path, version, data, encoding',
    ],
    ['{"op":"set","path":"/a","ttl":5}', 'line 1 of stdin: set has only the fields op, path, version, data, encoding'],
    ['{"op":"create","path":"/a","version":3}', 'create has only the fields op, path, data, encoding, mode, ttl, acl'],
    ['{"op":"check","path":"/a","version":3,"data":"x"}', 'check has only the fields op, path, version'],
    ['{"op":"delete","path":"/a","data":"x"}', 'delete has only the fields op, path, version'],
    ['{"op":"set","path":"/a","data":{}}', 'line 1 of stdin: data must be a string'],
    ['{"op":"set","path":"/a","data":"&","encoding":"base64"}', 'data is not base64'],
    ['{"op":"create","path":"/a","mode":"ephemeral"}', 'would be gone with the session of this command'],
  ])('refuses %j before anything is sent', async (input, reason) => {
    // Nothing can connect in these specs.
    const { code, output, errors } = await runHere(['--connect', '127.0.0.1:1', 'multi'], input);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toEqual([expect.stringContaining(reason)]);
  });
});
