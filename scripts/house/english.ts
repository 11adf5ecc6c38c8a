import { commentsOf } from './comments.js';
import { proseLinesOf } from './markdown.js';
import type { SourceTree, Violation } from './source-tree.js';

interface Habit {
  readonly name: string;
  readonly most: number;
  readonly pattern: RegExp;
  readonly isInDocuments: boolean;
}

/** Wordings that hide the subject or the verb of the domain. A few uses are right; more are a habit. */
const HABITS: readonly Habit[] = [
  {
    name: 'comments that begin with "What" or "Whoever"',
    most: 10,
    pattern: /^(What|Whoever)\b/g,
    isInDocuments: false,
  },
  {
    name: 'uses of "tell", "told" or "tells"',
    most: 10,
    pattern: /\b(tell|told|tells|telling)\b/gi,
    isInDocuments: true,
  },
];

interface Sentence {
  readonly place: string;
  readonly prose: string;
}

/** Counts the uses of each wording, and reports all of them if there are too many. */
export function checkEnglish(tree: SourceTree): Violation[] {
  const comments = [...tree].filter(([file]) => file.endsWith('.ts')).flatMap(commentSentences);
  const documents = [...tree].filter(([file]) => file.endsWith('.md')).flatMap(documentSentences);
  return HABITS.flatMap((habit) => {
    const uses = usesOf(habit, habit.isInDocuments ? [...comments, ...documents] : comments);
    if (uses.length <= habit.most) return [];
    return uses.map(({ place, prose }, index) => ({
      rule: 'English',
      place,
      message: `is number ${index + 1} of ${uses.length} ${habit.name}, of which ${habit.most} are allowed: ${prose}`,
    }));
  });
}

function usesOf({ pattern }: Habit, sentences: readonly Sentence[]): Sentence[] {
  return sentences.flatMap((sentence) => [...sentence.prose.matchAll(pattern)].map(() => sentence));
}

function commentSentences([file, text]: readonly [string, string]): Sentence[] {
  return commentsOf(text).map(({ line, prose }) => ({ place: `${file}:${line}`, prose }));
}

function documentSentences([file, text]: readonly [string, string]): Sentence[] {
  return proseLinesOf(text).map(({ line, text: prose }) => ({
    place: `${file}:${line}`,
    prose: prose.replaceAll(/`[^`]*`/g, '``').trim(),
  }));
}
