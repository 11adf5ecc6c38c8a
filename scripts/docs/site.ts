/**
 * A plugin of typedoc: gives the guides their titles, groups and order, and the exports of each entry their categories.
 */
/** The members of typedoc that are used here: its own declarations need the types of a browser. */
interface Reflection {
  name: string;
  readonly kind: number;
  readonly children?: Reflection[];
  readonly signatures?: Reflection[];
  comment?: { readonly blockTags: unknown[] };
}

interface Document {
  name: string;
  readonly content: readonly { readonly text: string }[];
  readonly frontmatter: Record<string, unknown>;
}

interface Project {
  readonly documents?: Document[];
  readonly groups?: readonly { readonly title: string; readonly children: unknown[] }[];
  getReflectionsByKind(kind: number): Reflection[];
  getSymbolIdFromReflection(reflection: Reflection): { readonly fileName: string } | undefined;
}

interface Converter {
  on(event: 'createDocument', listener: (context: undefined, document: Document) => void): void;
  on(event: 'resolveBegin' | 'resolveEnd', listener: (at: { readonly project: Project }) => void, order?: number): void;
}

interface Renderer {
  on(event: 'endPage', listener: (page: { contents?: string | undefined }) => void): void;
}

interface Typedoc {
  readonly Comment: new (summary: [], tags: unknown[]) => { readonly blockTags: unknown[] };
  readonly CommentTag: new (name: string, text: { readonly kind: 'text'; readonly text: string }[]) => object;
  readonly ReflectionKind: Readonly<Record<'Module' | 'ClassOrInterface' | 'Method', number>>;
}

const TYPEDOC: string = 'typedoc';
const { Comment, CommentTag, ReflectionKind } = (await import(TYPEDOC)) as Typedoc;

/** The guides by their file names, in the order in which the site lists them. */
const GUIDES: Readonly<Record<string, readonly string[]>> = {
  'Getting started': ['getting-started', 'delivery-contract', 'states', 'loop-by-hand', 'README'],
  Guides: [
    'trees',
    'blobs',
    'pollers',
    'http',
    'events-over-http',
    'command',
    'testing-your-code',
    'project-setups',
    'tls-and-sasl',
  ],
  'In production': ['production', 'observing', 'metrics', 'troubleshooting', 'errors', 'behaviour', 'SECURITY'],
  Migrating: [
    'migrating-from-kazoo',
    'migrating-from-curator',
    'migrating-from-node-zookeeper-client',
    'migrating-from-zookeeper',
  ],
  Proofs: ['reliability', 'attacks', 'performance'],
  'The project': ['CHANGELOG', 'version-policy', 'dependencies', 'ARCHITECTURE', 'CONTRIBUTING'],
};

/** The categories of exports, by the folders of their files. The first that fits counts. */
const CATEGORIES: readonly (readonly [folder: string, category: string])[] = [
  ['recipes/decorators/', 'Decorators'],
  ['recipes/tree/', 'Trees and subscriptions'],
  ['recipes/changes/', 'Trees and subscriptions'],
  ['recipes/events/', 'Trees and subscriptions'],
  ['recipes/watches/', 'Watches'],
  ['recipes/delivering/', 'Watches'],
  ['recipes/observing/', 'Watches'],
  ['lib/zookeeper/', 'Client'],
  ['lib/core/', 'Client'],
];

/** Exports that go with the errors, besides the classes whose names end so. */
const OF_ERRORS = /(Error|ErrorDetails|ErrorCode|FailureDetails|FailureReason)$/;

/** What eventemitter3 gives each emitter: readers of a class look for its own members first. */
const OF_EMITTERS = new Set([
  'addListener',
  'emit',
  'eventNames',
  'listenerCount',
  'listeners',
  'off',
  'on',
  'once',
  'removeAllListeners',
  'removeListener',
]);

/** The sections of a page that are closed until a reader opens them. */
const FOLDED = /<details [^>]*><summary [^>]*data-key="section-Listeners/g;

/** The places of the guides in their groups. */
const places = new Map<unknown, number>();

/** Called by typedoc. */
export function load({ converter, renderer }: { readonly converter: Converter; readonly renderer: Renderer }): void {
  converter.on('createDocument', (_context, document) => entitle(document));
  converter.on('resolveBegin', ({ project }) => categorize(project));
  // After typedoc's own order.
  converter.on('resolveEnd', ({ project }) => sort(project), -1_000);
  renderer.on('endPage', (page) => {
    page.contents = page.contents?.replaceAll(FOLDED, (part) => part.replace(/ open\b/, ''));
  });
}

function entitle(document: Document): void {
  const file = document.name.slice(document.name.lastIndexOf('/') + 1);
  const [group, files] = Object.entries(GUIDES).find(([, names]) => names.includes(file)) ?? [];
  if (group === undefined) throw new Error(`scripts/docs/site.ts has no group for the guide ${file}`);
  const title = /^# (.+)$/m.exec(document.content.map(({ text }) => text).join(''))?.[1];
  if (title === undefined) throw new Error(`the guide ${file} has no title`);
  document.name = title.replaceAll('`', '');
  document.frontmatter.group = group;
  places.set(document, files?.indexOf(file) ?? 0);
}

function categorize(project: Project): void {
  for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
    for (const exported of module.children ?? []) put(exported, categoryOf(project, exported));
  }
  for (const owner of project.getReflectionsByKind(ReflectionKind.ClassOrInterface)) {
    const members = owner.children ?? [];
    if (!members.some(isOfEmitter)) continue;
    for (const member of members) put(member, isOfEmitter(member) ? 'Listeners' : 'Members');
  }
}

const isOfEmitter = ({ name, kind }: Reflection): boolean => kind === ReflectionKind.Method && OF_EMITTERS.has(name);

function categoryOf(project: Project, exported: Reflection): string {
  if (OF_ERRORS.test(exported.name)) return 'Errors';
  const file = project.getSymbolIdFromReflection(exported)?.fileName ?? '';
  return CATEGORIES.find(([folder]) => file.includes(folder))?.[1] ?? 'Exports';
}

function put(reflection: Reflection, category: string): void {
  const tag = new CommentTag('@category', [{ kind: 'text', text: category }]);
  const comment = reflection.comment ?? reflection.signatures?.[0]?.comment;
  if (comment) comment.blockTags.push(tag);
  else reflection.comment = new Comment([], [tag]);
}

function sort(project: Project): void {
  const compare = (a: unknown, b: unknown): number => (places.get(a) ?? 0) - (places.get(b) ?? 0);
  project.documents?.sort(compare);
  for (const { title, children } of project.groups ?? []) if (Object.hasOwn(GUIDES, title)) children.sort(compare);
}
