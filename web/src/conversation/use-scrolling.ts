/**
 * Where the reader is in the list. At the bottom it stays at the bottom, whatever
 * grows; anywhere else nothing moves under the reader's eyes. Own messages bring it down.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { Row } from '../lib/timeline-rows.ts';

/** Nearer than this to the end counts as being there. */
const BOTTOM_PX = 48;
/** Older messages are fetched when the top is nearer than this. */
const TOP_PX = 900;

interface ScrollingOptions {
  rows: readonly Row[];
  scroller: RefObject<HTMLDivElement | null>;
  virtualizer: RefObject<VirtualizerHandle | null>;
  onNearTop: () => void;
}

export function useScrolling({ rows, scroller, virtualizer, onNearTop }: ScrollingOptions) {
  const [isAtBottom, setIsAtBottom] = useState(true);
  const sticks = useRef(true);
  const lastTop = useRef(0);
  const lastKey = useRef<string | undefined>(undefined);

  const stick = useCallback(() => {
    const element = scroller.current;
    if (element && sticks.current) element.scrollTop = element.scrollHeight;
  }, [scroller]);

  const toBottom = useCallback(() => {
    sticks.current = true;
    setIsAtBottom(true);
    virtualizer.current?.scrollToIndex(rows.length - 1, { align: 'end' });
    stick();
  }, [rows.length, stick, virtualizer]);

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    const isNear = scrollHeight - scrollTop - clientHeight < BOTTOM_PX;
    // What grows below moves the end away without any scrolling: only going up lets go of it.
    if (isNear) sticks.current = true;
    else if (scrollTop < lastTop.current) sticks.current = false;
    lastTop.current = scrollTop;
    setIsAtBottom(isNear || sticks.current);
    if (scrollTop < TOP_PX) onNearTop();
  }, [scroller, onNearTop]);

  useLayoutEffect(() => {
    const last = rows.at(-1);
    const isNewOwn = last?.kind === 'local' && last.key !== lastKey.current;
    lastKey.current = last?.key;
    if (isNewOwn) toBottom();
    else stick();
    const element = scroller.current;
    if (element && element.scrollTop < TOP_PX) onNearTop();
  }, [rows, scroller, stick, toBottom, onNearTop]);

  // Heights are known only once they are laid out: rows are measured after they are drawn, and the composer grows.
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(stick);
    for (const part of [element, ...element.children]) observer.observe(part);
    return () => observer.disconnect();
  }, [scroller, stick]);

  return { isAtBottom, onScroll, toBottom };
}
