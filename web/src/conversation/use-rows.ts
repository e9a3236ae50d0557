/** The rows of a timeline, the same objects where nothing changed, and whether older ones were just put in front. */
import type { TimelineView } from '@natter/client';
import { useLayoutEffect, useMemo, useRef } from 'react';
import { calendar } from '../hooks/use-browser.ts';
import { prepended, toRows, type Row } from '../lib/timeline-rows.ts';

export function useRows(entries: TimelineView['entries'], ownId: string, readUpTo: number | null): { rows: Row[]; hasPrepended: boolean } {
  const drawn = useRef<Row[]>([]);
  const rows = useMemo(() => toRows(entries, { ownId, calendar, readUpTo, previous: drawn.current }), [entries, ownId, readUpTo]);
  const hasPrepended = prepended(drawn.current, rows) > 0;
  useLayoutEffect(() => {
    drawn.current = rows;
  }, [rows]);
  return { rows, hasPrepended };
}
