/** The part of package.json that says where documents are. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
  /** As npm writes it: `git+https://host/owner/name.git`. */
  readonly repository?: { readonly url: string };
}

/** A link or an image of Markdown whose target is neither absolute nor a heading of the same document. */
const RELATIVE = /(!?)\[([^\]]*)\]\((?!https?:|mailto:|#)([^)\s]+)\)/g;
/** Files that npm packs in any case. */
const ALWAYS = ['package.json', 'LICENSE', 'README.md'];

/**
 * Links of the packed README: to the repository's file of this version. Without a `repository` there is no such place
 * yet: files of the package are linked where a registry's mirror shows them, and others are named.
 */
export function withAbsoluteLinks(readme: string, { name, version, files, repository }: Manifest): string {
  const packed = new Set([...ALWAYS, ...files]);
  const home = repository?.url.replace(/^git\+/, '').replace(/\.git$/, '');
  return readme.replaceAll(RELATIVE, (_link, image: string, text: string, target: string) => {
    const [path = ''] = target.split('#');
    if (home !== undefined) {
      return `${image}[${text}](${home}/${image === '' ? 'blob' : 'raw'}/v${version}/${target})`;
    }
    if (packed.has(path)) return `${image}[${text}](https://unpkg.com/${name}@${version}/${target})`;
    return text.includes(path) ? text : `${text} (\`${path}\`)`;
  });
}
