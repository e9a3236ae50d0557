/** The tables of docs/access.md, as rows: a request, and what it answers to each role. */
import text from '../../../docs/access.md?raw';

export interface Row {
  /** `METHOD /path with words that tell it from others`. */
  request: string;
  answers: Record<string, number>;
}

export function tableUnder(heading: string): Row[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/access.md has no section "${heading}"`);
  const [head = [], _rule, ...rows] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const roles = head.slice(1);
  return rows.map(([request = '', ...cells]) => ({
    request: request.replaceAll('`', ''),
    answers: Object.fromEntries(roles.map((role, index) => [role, Number(cells[index])])),
  }));
}

/** `GET /path/{of}` of a row. */
export const routeOf = ({ request }: Row): string => request.split(' ').slice(0, 2).join(' ');

export const SECTIONS = ['In a group', 'In a direct conversation', 'Between people', 'One’s own', 'Anybody’s'] as const;
