import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Manifest, withAbsoluteLinks } from '../../scripts/package/absolute-links.js';

const HOME = 'https://host.example/owner/zk-recipes';
const unpublished: Manifest = { name: 'zk-recipes', version: '1.2.3', files: ['dist', 'CHANGELOG.md'] };
const published: Manifest = { ...unpublished, repository: { url: `git+${HOME}.git` } };

describe('the links of the packed documents', () => {
  it('lead to the repository, at the tag of the version', () => {
    expect(withAbsoluteLinks('[trees](docs/trees.md#limits) and [log](CHANGELOG.md)', published)).toBe(
      `[trees](${HOME}/blob/v1.2.3/docs/trees.md#limits) and [log](${HOME}/blob/v1.2.3/CHANGELOG.md)`,
    );
  });

  it('show images from there', () => {
    expect(withAbsoluteLinks('![states](docs/states.svg)', published)).toBe(
      `![states](${HOME}/raw/v1.2.3/docs/states.svg)`,
    );
  });

  it('stay as they are when they are absolute, or lead to a heading', () => {
    const text = '[a](https://example.org/a) [b](#start) [c](http://example.org)';
    expect(withAbsoluteLinks(text, published)).toBe(text);
  });

  it('lead, without a repository, to files of the package alone, and name the others', () => {
    expect(withAbsoluteLinks('[log](CHANGELOG.md), [trees](docs/trees.md#limits)', unpublished)).toBe(
      '[log](https://unpkg.com/zk-recipes@1.2.3/CHANGELOG.md), trees (`docs/trees.md`)',
    );
  });

  it.each(['README.md', 'CHANGELOG.md', 'SECURITY.md'])('of this %s are none that is relative', async (name) => {
    const document = await readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
    for (const manifest of [published, unpublished]) {
      expect(withAbsoluteLinks(document, manifest)).not.toMatch(/\]\((?!https?:|#)/);
    }
  });
});
